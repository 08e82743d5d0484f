import type { BlockNearest, NearestProduct } from '../../shared/domain/nearest-product.ts'
import { BestPartners } from './best-partners.ts'
import { createPace } from './pace.ts'
import type { Pace } from './pace.ts'
import type { ScoredPairs } from './pair-search.ts'
import { columnsInBlock, newFirst, OrderedVectors, scoreRows, upperTriangle } from './search-blocks.ts'
import type { Block, VectorTable } from './search-blocks.ts'

export interface NeighbourOptions {
  /** By row: the photo that it is a view of. Two rows of one photo are no pair. */
  owner: Int32Array
  /** Partners of each row, best first. */
  partners?: number
  /** Lowest cosine similarity of a pair. */
  floor?: number
  /** By row: 1 for those that joined since the last search; pairs without one are left out. Null: all are new. */
  isNew: Uint8Array | null
  /**
   * By row: the `reach` that an earlier search told, for rows that are not new. A new partner must be nearer than that. Null:
   * nothing is known, and every old row takes its best among the new ones.
   */
  reach?: Float32Array | null
  signal: AbortSignal | undefined
  /** Told a share of the work, 0–1, rising. */
  onProgress?: (share: number) => void
}

export interface Neighbours {
  /** Each pair once, a < b. */
  pairs: ScoredPairs
  /**
   * By row: the cosine of the last of its `partners`, below which nothing new concerns it; the floor where it has fewer. Of old
   * rows as it was given, though new partners may have raised it: too low a reach only lets more pairs in.
   */
  reach: Float32Array
}

/**
 * Finds each row's best partners. A pair is kept when it is among the best of one of its two rows, so new rows also come to
 * old ones whose partners are all further away. Throws `cancelled` once the signal is raised.
 */
export interface NeighbourSearch {
  findNeighbours(table: VectorTable, options: NeighbourOptions): Promise<Neighbours>
}

export const defaultPartners = 10
export const defaultNeighbourFloor = 0.6

/**
 * [Note: Nearest neighbours]
 *
 * A floor alone does not bound the pairs: with the default model a good part of all pairs of different photos lies above a
 * cosine of 0.6. So each row has a floor of its own, which rises: the score of the last partner that it still has a place
 * for. A block of the product gives the best few of each row and, across, of each column; whatever beats the row's floor
 * takes the place of the worst. Blocks never send more than that, whatever the vectors are.
 *
 * The product's vectors are rounded, so a row has some `spare` places more than it has partners. At the end every partner is
 * scored anew on the whole vectors, and the best of those are the row's: scores are exact, and one that belonged among the
 * best is missed only where more than `spare` others lie within the rounding (a standard deviation of 0.0004 on photos of the
 * default model).
 */
const spare = 10

/** Rows of a block. */
const rowsInBlock = 1024
/** A candidate may lie this many standard deviations of the rounding below the floor. */
const deviations = 10

/**
 * Search by blocks of the product of the table with itself, or of the new rows with all: see [Note: Nearest neighbours]. One
 * block is always on its way while the last one is read; a raised signal is noticed after each. Beside the table it holds
 * 300 bytes a row and two blocks of rows and of columns.
 */
export function createBlockNeighbourSearch(product: NearestProduct): NeighbourSearch {
  return {
    async findNeighbours(table, options) {
      const { partners = defaultPartners, floor = defaultNeighbourFloor, owner, isNew, signal, onProgress } = options
      const pace = createPace(signal)
      const range = await rangeOf(table, pace)
      const reach = startingReach(table.count, floor, isNew, options.reach ?? null)
      const margin = deviations * roundingOf(range)
      const best = new BestPartners(
        partners + spare,
        reach.map((least) => least - margin),
      )
      await searchBlocks(product, table, { owner, isNew, range, best, pace, onProgress, wanted: partners + spare })
      const nearest = await scoreAnew(table, best, { partners, reach, isNew, pace })
      onProgress?.(1)
      return { pairs: joinSides(nearest), reach }
    },
  }
}

function startingReach(
  count: number,
  floor: number,
  isNew: Uint8Array | null,
  known: Float32Array | null,
): Float32Array {
  const reach = new Float32Array(count).fill(floor)
  if (known !== null && isNew !== null) {
    for (let row = 0; row < count; row++) if (!isNew[row]) reach[row] = Math.max(floor, known[row]!)
  }
  return reach
}

async function rangeOf({ vectors }: VectorTable, pace: Pace): Promise<{ low: number; high: number }> {
  let low = 0
  let high = 0
  for (let start = 0; start < vectors.length; start += 2 ** 20) {
    const end = Math.min(vectors.length, start + 2 ** 20)
    for (let at = start; at < end; at++) {
      const value = vectors[at]!
      if (value < low) low = value
      else if (value > high) high = value
    }
    if (pace.due()) await pace.rest()
  }
  return { low, high }
}

/** Standard deviation of a rounded product of unit vectors: of each side's rounding, uniform within a step. */
function roundingOf({ low, high }: { low: number; high: number }): number {
  return Math.hypot((high - low) / 127, Math.max(high, -low) / 127) / Math.sqrt(12)
}

interface SearchParts {
  owner: Int32Array
  isNew: Uint8Array | null
  range: { low: number; high: number }
  best: BestPartners
  pace: Pace
  onProgress: ((share: number) => void) | undefined
  /** Partners of a row that are asked for, those of its own photo not counted. */
  wanted: number
}

async function searchBlocks(product: NearestProduct, table: VectorTable, parts: SearchParts): Promise<void> {
  const { owner, isNew, range, best, pace, onProgress } = parts
  const { count, dimension } = table
  const { order, newCount } = newFirst(count, isNew)
  const vectors = new OrderedVectors(table, order)
  // The row itself and the other views of its photo may be among its best.
  const most = parts.wanted + mostViews(owner)
  const blocks = upperTriangle(count, newCount, rowsInBlock, columnsInBlock(dimension, rowsInBlock))
  let columns: { left: number; values: Float32Array } | null = null
  const start = () => {
    const next = blocks.next()
    if (next.done) return null
    const { firstRow, endRow, left, firstColumn, endColumn } = next.value
    if (columns?.left !== left) columns = { left, values: vectors.block(left, endColumn) }
    const values = columns.values.subarray((firstColumn - left) * dimension)
    const rows = vectors.block(firstRow, endRow)
    const question = { perRow: most, perColumn: most, range }
    const found = product.nearest(rows, endRow - firstRow, values, endColumn - firstColumn, dimension, question)
    // A failure is met where it is awaited; this keeps it quiet when the search has stopped by then.
    found.catch(() => undefined)
    return { block: next.value, found }
  }
  const total = newCount * count - (newCount * newCount) / 2
  let done = 0
  let current = start()
  while (current) {
    const following = start()
    const { block } = current
    offerAll(await current.found, block, vectors, owner, best)
    done += (block.endRow - block.firstRow) * (block.endColumn - block.firstColumn)
    onProgress?.(Math.min(0.99, done / total))
    await pace.rest()
    current = following
  }
}

/** Rows of the photo that has the most. */
function mostViews(owner: Int32Array): number {
  const views = new Map<number, number>()
  let most = 0
  for (const photo of owner) {
    const now = (views.get(photo) ?? 0) + 1
    views.set(photo, now)
    if (now > most) most = now
  }
  return most
}

function offerAll(
  found: BlockNearest,
  { firstRow, endRow, firstColumn }: Block,
  vectors: OrderedVectors,
  owner: Int32Array,
  best: BestPartners,
): void {
  const { perRow, perColumn, rowPartners, rowScores, columnPartners, columnScores } = found
  for (let at = 0; at < rowPartners.length; at++) {
    const row = vectors.indexAt(firstRow + Math.floor(at / perRow))
    if (rowScores[at]! <= best.least(row)) continue
    const partner = vectors.indexAt(firstColumn + rowPartners[at]!)
    if (owner[row] !== owner[partner]) best.offer(row, partner, rowScores[at]!)
  }
  for (let at = 0; at < columnPartners.length; at++) {
    const column = firstColumn + Math.floor(at / perColumn)
    const row = vectors.indexAt(column)
    if (columnScores[at]! <= best.least(row)) continue
    const partnerAt = firstRow + columnPartners[at]!
    // Where columns are rows of this block too, the pair has come with the rows.
    if (column < endRow && partnerAt >= firstColumn) continue
    const partner = vectors.indexAt(partnerAt)
    if (owner[row] !== owner[partner]) best.offer(row, partner, columnScores[at]!)
  }
}

/** By row its best partners, best first: from `starts[row]` to `starts[row + 1]`. */
interface NearestLists {
  starts: Uint32Array
  partners: Uint32Array
  scores: Float32Array
}

/** Exact scores; keeps what is nearer than a row's reach and notes the new rows' own. */
async function scoreAnew(
  table: VectorTable,
  best: BestPartners,
  parts: { partners: number; reach: Float32Array; isNew: Uint8Array | null; pace: Pace },
): Promise<NearestLists> {
  const { partners: most, reach, isNew, pace } = parts
  const scoreOf = scoreRows(table)
  const starts = new Uint32Array(table.count + 1)
  const partners = new Uint32Array(table.count * most)
  const scores = new Float32Array(table.count * most)
  let size = 0
  for (let row = 0; row < table.count; row++) {
    const own = isNew === null || isNew[row] === 1
    const scored = Array.from(best.partnersOf(row), (partner) => ({
      partner,
      score: Math.fround(Math.min(1, scoreOf(Math.min(row, partner), Math.max(row, partner)))),
    }))
    const near = scored.filter(({ score }) => (own ? score >= reach[row]! : score > reach[row]!))
    near.sort((a, b) => b.score - a.score || a.partner - b.partner)
    for (const { partner, score } of near.slice(0, most)) {
      partners[size] = partner
      scores[size++] = score
    }
    if (own && near.length >= most) reach[row] = near[most - 1]!.score
    starts[row + 1] = size
    if (row % 64 === 63 && pace.due()) await pace.rest()
  }
  return { starts, partners, scores }
}

/** Pairs that are in the list of either row, once. */
function joinSides({ starts, partners, scores }: NearestLists): ScoredPairs {
  const room = starts.at(-1) ?? 0
  const [a, b, score] = [new Uint32Array(room), new Uint32Array(room), new Float32Array(room)]
  let size = 0
  const lists = (row: number, partner: number): boolean =>
    partners.subarray(starts[row], starts[row + 1]).includes(partner)
  for (let row = 0; row + 1 < starts.length; row++) {
    for (let at = starts[row]!; at < starts[row + 1]!; at++) {
      const partner = partners[at]!
      // A pair that both list is told by the lower one.
      if (partner < row && lists(partner, row)) continue
      a[size] = Math.min(row, partner)
      b[size] = Math.max(row, partner)
      score[size++] = scores[at]!
    }
  }
  return { a: a.slice(0, size), b: b.slice(0, size), score: score.slice(0, size) }
}
