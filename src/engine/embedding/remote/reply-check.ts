import { TwinlensError } from '../../../shared/errors.ts'

export interface CheckedVectors {
  /** count × dimension, unit length. */
  vectors: Float32Array
  /** Length of each vector as it came. */
  rawNorms: Float32Array
}

/** Vectors this close to unit length are taken as they are: float32 rounding of a server's own normalisation stays below it, half floats do not. */
const unitTolerance = 2e-6

/**
 * Checks what a server sent as vectors and gives them unit length. An array that needs no change is returned as it is.
 *
 * @param raw count × dimension values
 * @param dimension null: whatever divides evenly among `count`
 * @param address display text of the server
 * @throws TwinlensError `server-nonsense`, telling what was wrong
 */
export function checkedVectors(
  raw: Float32Array,
  count: number,
  dimension: number | null,
  address: string,
): CheckedVectors & { dimension: number } {
  const length = dimension ?? raw.length / count
  if (!Number.isInteger(length) || length < 1 || raw.length !== count * length) {
    const expected = dimension === null ? `${count} vectors` : `${count} × ${dimension} numbers`
    throw nonsense(address, `${expected} were expected and ${raw.length} numbers came`)
  }
  const rawNorms = new Float32Array(count)
  let vectors = raw
  for (let index = 0; index < count; index++) {
    const start = index * length
    const norm = normOf(raw, start, length)
    if (!Number.isFinite(norm))
      throw nonsense(address, `vector ${index + 1} of ${count} has numbers that are not finite`)
    if (norm === 0) throw nonsense(address, `vector ${index + 1} of ${count} is all zeros`)
    rawNorms[index] = norm
    if (Math.abs(norm - 1) <= unitTolerance) continue
    if (vectors === raw) vectors = raw.slice()
    for (let at = start; at < start + length; at++) vectors[at] = (raw[at] as number) / norm
  }
  return { vectors, rawNorms, dimension: length }
}

/** In double, so that a large finite vector does not overflow. */
function normOf(values: Float32Array, start: number, length: number): number {
  let sum = 0
  for (let at = start; at < start + length; at++) {
    const value = values[at] as number
    sum += value * value
  }
  return Math.sqrt(sum)
}

/** An answer that is no answer. `what` goes on after a colon, in lower case, without a full stop. */
export function nonsense(address: string, what: string, cause?: unknown): TwinlensError {
  return new TwinlensError(
    'server-nonsense',
    `${address} sent an answer that can't be used: ${what}. Nothing of it was kept.`,
    cause === undefined ? {} : { cause },
  )
}
