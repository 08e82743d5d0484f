import { throwIfCancelled } from '../../shared/errors.ts'

/** Pictures whose decoder needs more memory than this go one at a time, so that a few giants cannot add up. */
const heavyBytes = 96_000_000

let tail: Promise<void> = Promise.resolve()

/** Runs `work` at once when it needs little memory, otherwise after every heavy one before it. */
export async function inHeavyLane<T>(
  decoderBytes: number,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  if (decoderBytes <= heavyBytes) return work()
  const before = tail
  const { promise, resolve } = Promise.withResolvers<void>()
  tail = promise
  try {
    await before
    throwIfCancelled(signal)
    return await work()
  } finally {
    resolve()
  }
}
