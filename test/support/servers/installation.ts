import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const projectRoot = fileURLToPath(new URL('../../..', import.meta.url))

/** Where the recipes of `resources/servers` are. */
export const recipes = path.join(projectRoot, 'resources', 'servers')

/** Where tests install them: kept between runs, never part of the repository. */
export const installations = path.join(projectRoot, '.cache', 'servers')

/** Caps what a server of a test takes of the machine. */
export const testThreads = '2'

/**
 * Runs `work` in one process of this machine at a time for each name; others wait until it is done. A lock whose owner has
 * died is taken over.
 */
export async function exclusively<T>(name: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(installations, { recursive: true })
  const lock = path.join(installations, `${name}.lock`)
  const mine = `${lock}.${process.pid}.${Math.random().toString(36).slice(2)}`
  writeFileSync(mine, String(process.pid))
  try {
    while (!take(mine, lock)) {
      if (!ownerLives(lock)) rmSync(lock, { force: true })
      else await sleep(200)
    }
    try {
      return await work()
    } finally {
      rmSync(lock, { force: true })
    }
  } finally {
    rmSync(mine, { force: true })
  }
}

/** A hard link appears with its content or not at all, so nobody reads an empty lock. */
function take(mine: string, lock: string): boolean {
  try {
    linkSync(mine, lock)
    return true
  } catch {
    return false
  }
}

function ownerLives(lock: string): boolean {
  try {
    process.kill(Number(readFileSync(lock, 'utf8')), 0)
    return true
  } catch (error) {
    // Another user's process lives too.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/**
 * Runs a set-up command of a recipe to its end.
 * @throws Error with the end of what it printed
 */
export async function runRecipe(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } })
  let output = ''
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-8192)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${path.basename(command)} ${args.join(' ')} failed with code ${code}:\n${output}`)
}
