import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { get } from 'node:http'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RunningServer } from './running-server.ts'

/**
 * Ends the group when this process dies, however it dies: the pipe on its standard input closes then. The server itself takes
 * the place of the shell, so the leader's id is the server's.
 */
const bound = 'exec 3<&0; (cat <&3 >/dev/null; kill -KILL -$$) >/dev/null 2>&1 & exec 3<&- </dev/null; exec "$@"'

/** Ports that nothing listened on a moment ago; held all at once, so that no two are the same. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => {
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
    return address.port
  })
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}

export interface ServerCommand {
  /** For messages: `Triton`. */
  title: string
  command: string
  args: readonly string[]
  env: Readonly<Record<string, string>>
  url: string
  port: number
  folder: string
  /** Answers 2xx when the server is ready. */
  readyUrl: string
  readyTimeoutMs: number
}

export function makeServerFolder(name: string): string {
  return mkdtempSync(path.join(os.tmpdir(), `twinlens-${name}-`))
}

/**
 * Starts a server in a process group of its own and waits until it is ready.
 * @throws Error with the end of its log when it ends before, or is not ready in time; nothing of it is left then
 */
export async function startServer(wanted: ServerCommand): Promise<RunningServer> {
  const logFile = path.join(wanted.folder, 'server.log')
  const output = openSync(logFile, 'a')
  const child = spawn('sh', ['-c', bound, 'sh', wanted.command, ...wanted.args], {
    detached: true,
    stdio: ['pipe', output, output],
    env: { ...process.env, ...wanted.env },
  })
  closeSync(output)
  // A test that forgets `stop` must not keep the runner from ending; the pipe then ends the server.
  child.unref()
  const { pid } = child
  if (pid === undefined) throw new Error(`${wanted.title} could not be started: sh was not found.`)
  const exited = once(child, 'exit')
  const hasExited = () => child.exitCode !== null || child.signalCode !== null
  const log = () => readFileSync(logFile, 'utf8').slice(-8192)
  let regions: string[] = []

  const kill = async () => {
    child.ref()
    signalGroup(pid, 'SIGKILL')
    if (!hasExited()) await exited
    while (processesOf(pid).length > 0) await sleep(20)
    for (const region of regions) rmSync(region, { force: true })
  }
  const stop = async () => {
    if (!hasExited()) {
      child.ref()
      child.kill('SIGTERM')
      await Promise.race([exited, sleep(5000, undefined, { ref: false })])
    }
    await kill()
    rmSync(wanted.folder, { recursive: true, force: true })
  }

  const deadline = performance.now() + wanted.readyTimeoutMs
  while (!(await answers(wanted.readyUrl))) {
    const late = performance.now() > deadline
    if (!late && !hasExited()) {
      await sleep(100)
      continue
    }
    const why = late
      ? `was not ready after ${wanted.readyTimeoutMs / 1000} s`
      : `ended with code ${child.exitCode ?? '?'}`
    const tail = log()
    await stop()
    throw new Error(`${wanted.title} ${why}. The end of its log:\n${tail}`)
  }
  regions = sharedMemoryOf(pid)
  return { url: wanted.url, port: wanted.port, pid, folder: wanted.folder, log, stop, kill }
}

/** On a connection of its own: a kept one would make a server that ends wait for it. */
function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: 2000 }, (reply) => {
      reply.resume().once('close', () => resolve(reply.statusCode === 200))
    })
    request.once('timeout', () => request.destroy())
    request.once('error', () => resolve(false))
  })
}

function signalGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal)
  } catch {
    // Nothing of the group is left.
  }
}

/** Command lines of the living processes of a group; none where there is no /proc. */
export function processesOf(leader: number): string[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return []
    try {
      // After the command's name in parentheses: state, parent, process group. Z has ended and waits to be counted.
      const [state, , group] = readFileSync(`/proc/${entry}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
      return group === String(leader) && state !== 'Z' ? [readFileSync(`/proc/${entry}/cmdline`, 'utf8')] : []
    } catch {
      return [] // it has ended meanwhile
    }
  })
}

/** Files in /dev/shm that Triton's Python processes of a group have been given; killed ones leave them behind. */
export function sharedMemoryOf(leader: number): string[] {
  const names = processesOf(leader).flatMap((line) => line.match(/triton_python_backend_shm_region_[\w-]+/g) ?? [])
  return [...new Set(names)].map((name) => path.join('/dev/shm', name))
}
