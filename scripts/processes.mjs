// Starting other programs from the set-up scripts. Runs on any Node ≥ 20, before any dependency is installed.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const projectRoot = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
export const cacheFolder = path.join(projectRoot, '.cache')

/** An error whose message alone is worth showing to the person. */
export class SetupError extends Error {}

/** @param {string} text */
export function say(text) {
  process.stderr.write(`${text}\n`)
}

/**
 * Runs `body` and leaves with its exit code; a SetupError is shown as its message alone.
 * @param {() => Promise<number>} body
 */
export async function runMain(body) {
  try {
    process.exitCode = await body()
  } catch (error) {
    if (error instanceof SetupError) say(`Twinlens: ${error.message}`)
    else console.error(error)
    process.exitCode = 1
  }
}

/** The Node 24 that the devDependency `node` brings: the engine's native packages need it, whatever the system has. */
export const node24 = path.join(
  projectRoot,
  'node_modules',
  'node',
  'bin',
  process.platform === 'win32' ? 'node.exe' : 'node',
)

const signalNumbers = os.constants.signals

/**
 * Runs a program to its end with the terminal handed through; signals sent to this process are passed on, so that Ctrl-C
 * and `kill` reach the program and it can end in its own way.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string, stdio?: import('node:child_process').StdioOptions }} [options]
 * @returns {Promise<number>} its exit code, 128 + number where a signal ended it
 */
export function runThrough(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: options.stdio ?? 'inherit',
      cwd: options.cwd ?? process.cwd(),
      env: options.env ?? process.env,
    })
    // In a terminal Ctrl-C reaches the whole group already: passing it on would be a second one. Here it only has to keep
    // this process alive until the child ends.
    const inTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY
    const handlers = new Map(
      ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => [
        signal,
        () => {
          if (signal !== 'SIGINT' || !inTerminal) child.kill(/** @type {NodeJS.Signals} */ (signal))
        },
      ]),
    )
    for (const [signal, handler] of handlers) process.on(signal, handler)
    const release = () => {
      for (const [signal, handler] of handlers) process.off(signal, handler)
    }
    child.once('error', (error) => {
      release()
      reject(error)
    })
    child.once('exit', (code, signal) => {
      release()
      resolve(code ?? 128 + (signal === null ? 1 : (signalNumbers[signal] ?? 1)))
    })
  })
}

/**
 * Runs a program quietly and returns what it printed.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ timeoutMs?: number, cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 */
export function capture(command, args, options = {}) {
  const result = spawnSync(command, args, {
    cwd: options.cwd ?? projectRoot,
    env: options.env ?? process.env,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
  })
  return {
    ok: result.status === 0,
    timedOut: result.error !== undefined && 'code' in result.error && result.error.code === 'ETIMEDOUT',
    output: `${result.stdout ?? ''}${result.stderr ?? ''}${result.error ? result.error.message : ''}`,
  }
}

/**
 * How to start npm: through the Node that runs npm now, its own Node, or as `npm` from the PATH.
 * A `.cmd` file cannot be started without a shell on Windows, so npm's JavaScript is looked for first.
 * @returns {{ command: string, prefix: string[] }}
 */
export function findNpm() {
  const candidates = [
    process.env.npm_execpath ?? '',
    path.join(path.dirname(process.execPath), 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    path.join(path.dirname(process.execPath), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
  ]
  const script = candidates.find((file) => path.basename(file) === 'npm-cli.js' && existsSync(file))
  if (script !== undefined) {
    // `npm run` puts node_modules/.bin first: the system's Node must run an installation that replaces node_modules.
    const outer = process.env.npm_node_execpath
    return { command: outer && existsSync(outer) ? outer : process.execPath, prefix: [script] }
  }
  if (process.platform === 'win32') {
    throw new SetupError(
      'npm was not found. Start with `npm start` (or `npm test`) from a terminal with Node 20 or newer.',
    )
  }
  return { command: 'npm', prefix: [] }
}
