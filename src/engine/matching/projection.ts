import { createPace } from './pace.ts'

/**
 * [Note: Projection]
 *
 * Most of an all-pairs search over long vectors is spent on pairs that are nowhere near the floor. So candidates are found on
 * short vectors, and each candidate's score is computed anew on the long ones: scores are exact, and a pair can only be
 * missed, with a probability that is set here.
 *
 * A vector x is split along the table's mean direction m: x = a·m + r. The short vector is a, as it is, and a signed-sum
 * sketch of r (feature hashing: Weinberger et al. 2009; each of the K numbers is the sum of D/K numbers of r, with fixed
 * pseudo-random signs and order), brought back to the length of r. For two vectors whose rests have the squared length t and
 * the cosine ρ, the product of the short vectors is that of the long ones with a standard deviation of t·(1 − ρ²)/√K. The
 * mean direction is kept apart because non-negative vectors have much in common along it (t is 0.4 with the default model,
 * not 1), which makes the deviation that much smaller.
 *
 * Candidates are taken from `deviations` of these below the floor. On the default model's vectors the deviation measured near
 * the floor is up to 1.3 times this estimate, so that a pair exactly at the floor is missed about once in 1,000, and one that
 * lies 0.02 above it never.
 */
const deviations = 4.2

/** Numbers of a short vector, about, beside the one along the mean. */
const shortLength = 160
/** Vectors that are not at least this many times as long are searched as they are. */
const leastGroup = 4
/** Rows from which the mean direction is taken. */
const sampledRows = 2_000

export interface ProjectedTable {
  /** Numbers of a short vector. */
  dimension: number
  /** Row by row, in shared memory. */
  vectors: Float32Array
  /** A pair is a candidate where the product of its short vectors reaches this. */
  floor: number
}

interface Sketch {
  /** K: sums of a short vector. */
  sums: number
  /** For each place of the long vector, sum by sum, where it is taken from. */
  order: Uint32Array
  sign: Float32Array
}

/** Fixed signs and order for a dimension: K sums of `group` numbers each, the last few of fewer. */
function sketchOf(dimension: number, sums: number): Sketch {
  let state = 0x2545f491
  // xorshift32 (Marsaglia 2003).
  const next = (): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
  const order = Uint32Array.from({ length: dimension }, (_, i) => i)
  for (let i = dimension - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1))
    ;[order[i], order[j]] = [order[j]!, order[i]!]
  }
  return { sums, order, sign: Float32Array.from({ length: dimension }, () => (next() < 0.5 ? -1 : 1)) }
}

/** Unit vector along the mean of rows spread over the table. */
function meanDirection(vectors: Float32Array, count: number, dimension: number): Float64Array {
  const mean = new Float64Array(dimension)
  const step = Math.max(1, Math.floor(count / sampledRows))
  for (let row = 0; row < count; row += step) {
    const from = row * dimension
    for (let k = 0; k < dimension; k++) mean[k]! += vectors[from + k]!
  }
  const length = Math.sqrt(mean.reduce((sum, value) => sum + value * value, 0))
  return length > 0 ? mean.map((value) => value / length) : mean
}

/** One short vector at `to` of `short`; returns the squared length of what is not along the mean. */
function projectRow(
  long: Float32Array,
  from: number,
  mean: Float64Array,
  { sums, order, sign }: Sketch,
  short: Float32Array,
  to: number,
): number {
  const dimension = mean.length
  let along = 0
  for (let k = 0; k < dimension; k++) along += long[from + k]! * mean[k]!
  for (let start = 0; start < dimension; start += sums) {
    const end = Math.min(sums, dimension - start)
    for (let k = 0; k < end; k++) {
      const at = order[start + k]!
      short[to + k]! += sign[start + k]! * (long[from + at]! - along * mean[at]!)
    }
  }
  const rest = Math.max(0, 1 - along * along)
  let squares = 0
  for (let k = to; k < to + sums; k++) squares += short[k]! * short[k]!
  const scale = squares > 0 ? Math.sqrt(rest / squares) : 0
  for (let k = to; k < to + sums; k++) short[k]! *= scale
  short[to + sums] = along
  return rest
}

/**
 * Short vectors that stand in for long ones while candidates are looked for ([Note: Projection]); null where the vectors are
 * too short already for that to pay. Costs 650 bytes and a few microseconds a vector. Throws `cancelled`.
 *
 * @param table count × dimension, each row of unit length
 * @param floor lowest cosine of the pairs that are wanted
 */
export async function projectTable(
  table: { count: number; dimension: number; vectors: Float32Array },
  floor: number,
  signal: AbortSignal | undefined,
): Promise<ProjectedTable | null> {
  const { count, dimension, vectors } = table
  const group = Math.floor(dimension / shortLength)
  if (group < leastGroup) return null
  const pace = createPace(signal)
  const sketch = sketchOf(dimension, Math.ceil(dimension / group))
  const mean = meanDirection(vectors, count, dimension)
  const length = sketch.sums + 1
  const short = new Float32Array(new SharedArrayBuffer(count * length * 4))
  let rests = 0
  for (let row = 0; row < count; row++) {
    rests += projectRow(vectors, row * dimension, mean, sketch, short, row * length)
    if (row % 256 === 255 && pace.due()) await pace.rest()
  }
  const rest = Math.max(1e-6, rests / Math.max(1, count))
  const cosineOfRests = Math.min(1, Math.max(0, (floor - (1 - rest)) / rest))
  const deviation = (rest * (1 - cosineOfRests * cosineOfRests)) / Math.sqrt(sketch.sums)
  return { dimension: length, vectors: short, floor: floor - deviations * deviation }
}
