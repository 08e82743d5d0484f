import { execFile } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'

export type Half = 'first' | 'second'

/** The cores of a half, as `taskset` takes them; null where there is but one core, or no `taskset`. */
function listOf(half: Half | 'all'): string | null {
  const cores = availableCores
  if (process.platform !== 'linux' || cores < 2) return null
  const middle = cores >> 1
  if (half === 'all') return `0-${cores - 1}`
  return half === 'first' ? `0-${middle - 1}` : `${middle}-${cores - 1}`
}

const availableCores = availableParallelism()

/**
 * Runs `work` with this process and all that it starts meanwhile on one half of the machine's cores, so that a server and its client
 * don't take each other's time; processes that are up already stay where they are.
 */
export async function onHalf<T>(half: Half, work: () => Promise<T>): Promise<T> {
  const list = listOf(half)
  if (list === null) throw new Error('the cores of this machine can’t be split')
  await pin(list)
  try {
    return await work()
  } finally {
    await pin(listOf('all') ?? '')
  }
}

async function pin(list: string): Promise<void> {
  await promisify(execFile)('taskset', ['-a', '-c', '-p', list, String(process.pid)])
}
