import type { LinkQuota } from './link-quota.ts'
import { countBits, invertOrientation, orientationCount } from './orientation.ts'
import type { Pace } from './pace.ts'
import { chunkDistances, chunkValues, transposedChunk } from './parity-chunks.ts'
import type { ChunkDistances, ChunkTable } from './parity-chunks.ts'

/**
 * [Note: Perceptual join]
 *
 * Finds all pairs within r bits over eight orientations, exactly. Four chunk distances (see [Note: Parity chunks]) add up to
 * the distance of a pair, so in a pair of distance d the smallest of them is at most ⌊d / 4⌋ (pigeonhole, as in multi-index
 * hashing: Norouzi, Punjani, Fleet 2012). Pass k = 0, 1, 2 therefore joins, chunk by chunk, entries whose chunk differs in
 * exactly k bits; a pair counts where its nearest chunk does, the first in the order of `steps` on a tie. A chunk late in
 * that order is the nearest one only when the earlier ones are k + 1 bits away, which with r ≤ 10 spares most of pass 2.
 *
 * Within a chunk the join is by buckets: entries sorted by chunk value lie next to each other, and bucket x meets bucket
 * x ^ mask. One mirror is fixed by the chunk, the other complements two further chunks together, so one bit count p of those
 * two decides both: p, or 32 − p.
 */
interface Step {
  /** Index of the chunk in `ChunkDistances`; for the exchanged pair under transposition, odd-even. */
  chunk: 0 | 1 | 2 | 3
  transposed: boolean
  /** Number of chunks before this one in the order of ties. */
  order: number
}

const steps: readonly Step[] = [
  { chunk: 1, transposed: false, order: 0 },
  { chunk: 2, transposed: false, order: 1 },
  { chunk: 3, transposed: false, order: 2 },
  { chunk: 0, transposed: false, order: 3 },
  // Odd-even against the other's even-odd, in both directions, is the second and the third chunk at once.
  { chunk: 3, transposed: true, order: 0 },
  { chunk: 1, transposed: true, order: 1 },
  { chunk: 0, transposed: true, order: 3 },
]

const orderOfTies = { plain: [1, 2, 3, 0], transposed: [3, 1, 2, 0] } as const

/** One mirror state of the chunk: what it complements, and the orientation (mirror bits) for p ≤ 16 and for p > 16. */
interface Variant {
  key: number
  primary: number
  secondary: number
  near: number
  far: number
}

const oddVariants = (highHalf: number, near: number): Variant[] => [
  { key: 0, primary: 0, secondary: 0, near: 0, far: 3 - near },
  { key: 0xffff, primary: highHalf, secondary: 0, near, far: 3 },
]
const variantsOfChunk: Record<0 | 1 | 2 | 3, Variant[]> = {
  0: [
    { key: 0, primary: 0, secondary: 0, near: 0, far: 3 },
    { key: 0, primary: 0xffff, secondary: 0xffff, near: 1, far: 2 },
  ],
  1: oddVariants(0xffff0000 | 0, 1),
  2: oddVariants(0xffff0000 | 0, 2),
  3: [
    { key: 0, primary: 0, secondary: 0, near: 0, far: 3 },
    { key: 0xffff, primary: 0xffff, secondary: 0, near: 1, far: 2 },
  ],
}

/** Entries sorted by the value of one chunk, those that still look for partners first within each value. */
interface BucketList {
  /** Values that occur, ascending. */
  keys: Uint32Array
  start: Uint32Array
  activeEnd: Uint32Array
  id: Uint32Array
  /** Two chunks that a mirror complements together. */
  primary: Int32Array
  /** The remaining chunk. */
  secondary: Uint16Array
}

const masksByBits: number[][] = [[], [], []]
for (let mask = 0; mask < chunkValues; mask++) masksByBits[countBits(mask)]?.push(mask)

const sliceOfEntries = 65_536

function keysOf(table: ChunkTable, chunk: number, transposed: boolean): Uint16Array {
  if (chunk === 0) return table.evenEven
  if (chunk === 3) return table.oddOdd
  return (chunk === 1) !== transposed ? table.oddEven : table.evenOdd
}

async function buildList(
  table: ChunkTable,
  step: Step,
  transposed: boolean,
  active: Uint8Array,
  pace: Pace,
): Promise<BucketList> {
  const { count, evenEven, oddEven, evenOdd, oddOdd } = table
  const keys = keysOf(table, step.chunk, transposed)
  const [first, second] = transposed ? [evenOdd, oddEven] : [oddEven, evenOdd]
  const low = step.chunk === 1 ? second : first
  const high = step.chunk === 0 || step.chunk === 3 ? second : oddOdd
  const other = step.chunk === 0 ? oddOdd : evenEven
  const turn = (value: number) => (transposed ? transposedChunk[value]! : value)

  const next = new Uint32Array(2 * chunkValues + 1)
  for (let from = 0; from < count; from += sliceOfEntries) {
    const to = Math.min(count, from + sliceOfEntries)
    for (let entry = from; entry < to; entry++) next[2 * turn(keys[entry]!) + (active[entry] ? 0 : 1) + 1]!++
    if (pace.due()) await pace.rest()
  }
  for (let at = 1; at < next.length; at++) next[at]! += next[at - 1]!
  const occurring = Uint32Array.from({ length: chunkValues }, (_, key) => key).filter(
    (key) => next[2 * key]! < next[2 * key + 2]!,
  )
  const list: BucketList = {
    keys: occurring,
    start: new Uint32Array(chunkValues + 1),
    activeEnd: new Uint32Array(chunkValues),
    id: new Uint32Array(count),
    primary: new Int32Array(count),
    secondary: new Uint16Array(count),
  }
  list.start[chunkValues] = count
  for (let key = 0; key < chunkValues; key++) {
    list.start[key] = next[2 * key]!
    list.activeEnd[key] = next[2 * key + 1]!
  }
  for (let from = 0; from < count; from += sliceOfEntries) {
    const to = Math.min(count, from + sliceOfEntries)
    for (let entry = from; entry < to; entry++) {
      const at = next[2 * turn(keys[entry]!) + (active[entry] ? 0 : 1)]!++
      list.id[at] = entry
      list.primary[at] = turn(low[entry]!) | (turn(high[entry]!) << 16)
      list.secondary[at] = turn(other[entry]!)
    }
    if (pace.due()) await pace.rest()
  }
  return list
}

interface Sweep {
  a: BucketList
  b: BucketList
  variant: Variant
  /** Bits by which bucket keys differ, the variant's complement included. */
  keyMask: number
  /** Bits left for the other three chunks. */
  limit: number
  /** Whether each unordered pair would be met from both sides, and how the key of b's bucket is read on a's side. */
  halving: 'none' | 'same-key' | 'transposed-key'
  hit: (a: number, b: number, mirrors: number, distance: number) => void
}

/** Position in a sweep, to go on from after a rest. */
interface Cursor {
  /** Index in `keys` of the first list. */
  bucket: number
  row: number
}

const comparisonsBetweenRests = 1 << 20

/** Compares buckets from the cursor on; false when it stopped for a rest. The hot loop: about 2 ns a comparison. */
function sweepBuckets(sweep: Sweep, cursor: Cursor): boolean {
  const { a, b, variant, keyMask, limit, halving, hit } = sweep
  const { keys, primary: primaryOfA, secondary: secondaryOfA } = a
  const { primary: primaryOfB, secondary: secondaryOfB } = b
  const { primary: flipPrimary, secondary: flipSecondary } = variant
  const { start: startOfB, activeEnd: activeEndOfB } = b
  const halved = halving !== 'none'
  const byTransposed = halving === 'transposed-key'
  const leastSquare = (16 - limit) ** 2
  let work = 0
  for (let bucket = cursor.bucket; bucket < keys.length; bucket++) {
    const key = keys[bucket]!
    const otherKey = key ^ keyMask
    const mirrorKey = byTransposed ? transposedChunk[otherKey]! : otherKey
    if (halved && mirrorKey < key) continue
    const from = startOfB[otherKey]!
    const to = startOfB[otherKey + 1]!
    if (from === to) continue
    const firstRow = a.start[key]!
    const endRow = a.start[key + 1]!
    const within = halved && mirrorKey === key
    const activeRows = a.activeEnd[key]!
    const activeTo = activeEndOfB[otherKey]!
    for (let row = cursor.row || firstRow; row < endRow; row++) {
      const own = primaryOfA[row]! ^ flipPrimary
      const end = row < activeRows ? to : activeTo
      const begin = within ? from + (row - firstRow) + 1 : from
      for (let column = begin; column < end; column++) {
        // p or 32 − p is at most the limit: without a branch that chance would decide, which costs more than the count.
        const lean = countBits(own ^ primaryOfB[column]!) - 16
        if (lean * lean < leastSquare) continue
        const others = countBits(secondaryOfA[row]! ^ secondaryOfB[column]! ^ flipSecondary)
        const distance = 16 - Math.abs(lean) + others
        if (distance <= limit) hit(row, column, lean > 0 ? variant.far : variant.near, distance)
      }
      work += end - begin + 1
      if (work > comparisonsBetweenRests) {
        cursor.bucket = row + 1 < endRow ? bucket : bucket + 1
        cursor.row = row + 1 < endRow ? row + 1 : 0
        return false
      }
    }
    cursor.row = 0
    work += 4
  }
  return true
}

/** Whether `chunk` is the nearest chunk of a pair, the first in the order of ties. */
function isNearest(distances: ChunkDistances, chunk: number, transposed: boolean): boolean {
  let nearest = -1
  for (const candidate of transposed ? orderOfTies.transposed : orderOfTies.plain) {
    if (nearest < 0 || distances[candidate] < distances[nearest]!) nearest = candidate
  }
  return nearest === chunk
}

export interface JoinOptions {
  /** Bits, at most 10. */
  maxDistance: number
  /** Entries of which a pair needs at least one; null for all pairs. */
  isNew: Uint8Array | null
  quota: LinkQuota
  pace: Pace
  onProgress: (share: number) => void
  /** Called once for each pair a < b, with the least distance and the first orientation that gives it. */
  onPair: (a: number, b: number, distance: number, orientation: number) => void
}

/** Number of the exchanged chunk: under transposition odd-even meets even-odd. */
const exchanged = [0, 2, 1, 3] as const

function judge(table: ChunkTable, options: JoinOptions, step: Step) {
  const { quota, onPair, isNew } = options
  const { fullAt } = quota
  return (first: number, second: number, orientation: number, distance: number) => {
    if (distance >= fullAt[first]! && distance >= fullAt[second]!) return
    if (first === second || (isNew && !isNew[first] && !isNew[second])) return
    const inOrder = first < second
    const a = inOrder ? first : second
    const b = inOrder ? second : first
    const turn = inOrder ? orientation : invertOrientation(orientation)
    const chunk = inOrder || !step.transposed ? step.chunk : exchanged[step.chunk]
    if (!isNearest(chunkDistances(table, a, b, turn), chunk, step.transposed)) return
    for (let other = 0; other < orientationCount; other++) {
      if (other === turn) continue
      const [ee, oe, eo, oo] = chunkDistances(table, a, b, other)
      const better = ee + oe + eo + oo - distance
      // Met again, or met before, where the nearer orientation counts.
      if (better < 0 || (better === 0 && other < turn)) return
    }
    if (quota.admit(a, b, distance)) onPair(a, b, distance, turn)
  }
}

/** Joins a table of distinct hashes with itself. Throws `cancelled`. */
export async function joinPerceptually(table: ChunkTable, options: JoinOptions): Promise<void> {
  const { maxDistance, isNew, quota, pace } = options
  const active = isNew ?? new Uint8Array(table.count)
  const works = [0, 1, 2].flatMap((k) =>
    steps.filter((step) => 4 * k + step.order <= maxDistance).map((step) => ({ k, step, masks: masksByBits[k] ?? [] })),
  )
  const total = works.reduce((sum, work) => sum + work.masks.length, 0)
  let done = 0
  for (const { k, step, masks } of works) {
    // Those that have all the links they need below 4·k bits, which is what earlier passes found, look for no more.
    if (!isNew) for (let entry = 0; entry < table.count; entry++) active[entry] = quota.fullAt[entry]! > 4 * k ? 1 : 0
    const a = await buildList(table, step, false, active, pace)
    const b = step.transposed ? await buildList(table, step, true, active, pace) : a
    const judgePair = judge(table, options, step)
    const turned = step.transposed ? 4 : 0
    for (const mask of masks) {
      for (const variant of variantsOfChunk[step.chunk]) {
        const sweep: Sweep = {
          a,
          b,
          variant,
          keyMask: mask ^ variant.key,
          limit: maxDistance - k,
          halving: !step.transposed ? 'same-key' : step.chunk === 1 ? 'none' : 'transposed-key',
          hit: (row, column, mirrors, rest) => judgePair(a.id[row]!, b.id[column]!, turned | mirrors, rest + k),
        }
        const cursor: Cursor = { bucket: 0, row: 0 }
        while (!sweepBuckets(sweep, cursor)) if (pace.due()) await pace.rest()
      }
      options.onProgress(++done / total)
      if (pace.due()) await pace.rest()
    }
  }
}
