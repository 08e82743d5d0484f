import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { throwIfCancelled, TwinlensError } from '../../shared/errors.ts'
import type { ServerAccess, ServerConnection } from '../embedding/remote/inference-client.ts'
import { openConnection } from '../embedding/remote/open-connection.ts'

const askEveryMs = 100
/** TensorRT builds an engine for minutes at its first start. */
const readyLimitMs = 20 * 60_000
/** Between the polite and the other way of ending it. */
const endLimitMs = 15_000
/** Of what it printed, in an error. */
const shownOutput = 600

export interface StartedServer {
  /** From the start of its process until it called itself ready. */
  readyMs: number
  /** Ends it and everything it started. */
  stop(): Promise<void>
}

/**
 * Starts a server with the person's own command and waits until it is ready.
 *
 * @param command for the system's shell
 * @throws TwinlensError `invalid-request` where something answers at its address already, `server-failed` when it ends before it is
 *   ready, `server-not-ready` when that takes more than 20 minutes, `cancelled`
 */
export async function startServer(command: string, access: ServerAccess, signal: AbortSignal): Promise<StartedServer> {
  const connection = openConnection(access)
  try {
    if ((await connection.inspect(signal)).reachable)
      throw new TwinlensError(
        'invalid-request',
        `--start: something answers at ${connection.address} already. Stop it first: its start is to be measured.`,
      )
    const started = performance.now()
    const server = run(command)
    try {
      await untilReady(connection, server, signal)
      return { readyMs: performance.now() - started, stop: server.stop }
    } catch (error) {
      await server.stop()
      throw error
    }
  } finally {
    await connection.close()
  }
}

interface RunningCommand {
  hasEnded(): boolean
  output(): string
  stop(): Promise<void>
}

/** In a process group of its own, so that what a script starts ends with it; Windows has no such groups. */
function run(command: string): RunningCommand {
  const grouped = process.platform !== 'win32'
  const child = spawn(command, { shell: true, detached: grouped, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-shownOutput)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  child.on('error', (error) => keep(Buffer.from(error.message)))
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null || child.pid === undefined
  const exited = once(child, 'exit').catch(() => undefined)
  const kill = (how: NodeJS.Signals): void => {
    try {
      if (grouped && child.pid !== undefined) process.kill(-child.pid, how)
      else child.kill(how)
    } catch {
      // It has ended by itself.
    }
  }
  return {
    hasEnded,
    output: () => output.trim(),
    async stop() {
      kill('SIGTERM')
      if (!hasEnded()) await Promise.race([exited, sleep(endLimitMs, undefined, { ref: false })])
      kill('SIGKILL')
    },
  }
}

async function untilReady(connection: ServerConnection, server: RunningCommand, signal: AbortSignal): Promise<void> {
  const limit = performance.now() + readyLimitMs
  while (!(await connection.isReady(signal))) {
    throwIfCancelled(signal)
    if (server.hasEnded())
      throw new TwinlensError(
        'server-failed',
        `--start: the server ended before it was ready. It said: ${server.output()}`,
      )
    if (performance.now() > limit)
      throw new TwinlensError('server-not-ready', `--start: ${connection.address} was not ready within 20 minutes.`)
    await sleep(askEveryMs)
  }
}
