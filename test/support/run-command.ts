import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ScanResult } from '../../src/shared/contract/scan-result.ts'

const project = fileURLToPath(new URL('../..', import.meta.url))
const commandLine = join(project, 'src/engine/hosts/command-line.ts')

/** The command as a person has it, where `npm run build` has made it. */
export const builtCommand = join(project, 'out/engine/command-line.mjs')

/** The Node that the engine needs: this one, or the one that the project installs. */
export function nodeBinary(): string {
  const major = Number(process.versions.node.split('.')[0])
  return major >= 24 ? process.execPath : join(project, 'node_modules/node/bin/node')
}

export interface CommandOutcome {
  code: number | null
  stdout: string
  stderr: string
  seconds: number
}

/** Runs the real command, from its sources unless another `entry` is given, in a process of its own and waits for its end. */
export function runCommand(
  args: readonly string[],
  timeoutMs = 300_000,
  entry: string = commandLine,
): Promise<CommandOutcome> {
  const started = performance.now()
  const child = spawn(nodeBinary(), [entry, ...args], { cwd: project, stdio: ['ignore', 'pipe', 'pipe'] })
  const text = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (part: string) => (text.stdout += part))
  child.stderr.setEncoding('utf8').on('data', (part: string) => (text.stderr += part))
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve({ code, ...text, seconds: (performance.now() - started) / 1000 })
    })
  })
}

interface ScanOutcome {
  outcome: CommandOutcome
  result: ScanResult
}

/** Scans with the real command; `workspace` holds its catalog and result. Fails with its output unless it exits 0 or 1. */
export async function scanWithCommand(
  folder: string,
  workspace: string,
  extra: readonly string[] = [],
  entry: string = commandLine,
): Promise<ScanOutcome> {
  const json = join(workspace, 'result.json')
  const args = ['scan', folder, '--catalog', join(workspace, 'catalog'), '--json', json, ...extra]
  const outcome = await runCommand(args, 300_000, entry)
  if (outcome.code !== 0 && outcome.code !== 1) {
    throw new Error(`scan ended with ${outcome.code}\n${outcome.stderr.slice(-4000)}\n${outcome.stdout.slice(-2000)}`)
  }
  return { outcome, result: ScanResult.parse(JSON.parse(await readFile(json, 'utf8'))) }
}
