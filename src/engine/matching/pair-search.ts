import type { BlockProduct } from '../../shared/domain/block-product.ts'
import { createLinkQuota } from './link-quota.ts'
import type { LinkQuota } from './link-quota.ts'
import { createPace } from './pace.ts'
import { projectTable, type ProjectedTable } from './projection.ts'

/** Embeddings of `count` photos: count × dimension float32, row by row, each row of unit length. */
export interface VectorTable {
  count: number
  dimension: number
  vectors: Float32Array
}

/** Pairs of table indices, a < b, with their cosine similarity. */
export interface ScoredPairs {
  a: Uint32Array
  b: Uint32Array
  score: Float32Array
}

export interface PairSearchOptions {
  /** Lowest cosine similarity of a pair. */
  floor: number
  /** By table index: 1 for photos that joined since the last search; pairs without one are left out. Null: all pairs. */
  isNew: Uint8Array | null
  signal: AbortSignal | undefined
  /** Told a share of the work, 0–1, rising. */
  onProgress?: (share: number) => void
}

/**
 * Finds pairs of similar vectors. An index library stands in by implementing this; it may miss pairs, and says how many.
 * Each pair comes once. Throws `cancelled` once the signal is raised.
 */
export interface PairSearch {
  findPairs(table: VectorTable, options: PairSearchOptions): AsyncGenerator<ScoredPairs, void, void>
}

/** Vectors in a block: rows are few, so that little of the triangle is computed twice; columns many, to feed the cores. */
const rowsInBlock = 512
const columnsInBlock = 4096
/** Bytes of one block of columns at most, whatever the dimension. */
const columnBytes = 32 * 2 ** 20
/** Fewer products than this are computed on the whole vectors: they take less time than a projection. */
const productsWorthProjecting = 2_000_000
/** With more candidates than this share of a block's pairs, the whole vectors' product is faster than looking at each. */
const crowdedShare = 1 / 100
/** Steps of quality between 1 and the floor by which a photo with too many links chooses, the finest near 1. */
const qualityLevels = 32

/** Rows of the table in a search order, handed out in contiguous blocks. */
class OrderedVectors {
  readonly #table: VectorTable
  /** Table index by position; null where they are equal. */
  readonly #order: Uint32Array | null

  constructor(table: VectorTable, order: Uint32Array | null) {
    this.#table = table
    this.#order = order
  }

  indexAt(position: number): number {
    return this.#order ? this.#order[position]! : position
  }

  /** A view where rows lie together, else a copy. */
  block(from: number, to: number): Float32Array {
    const { dimension, vectors } = this.#table
    if (!this.#order) return vectors.subarray(from * dimension, to * dimension)
    // On shared memory, so that the product need not copy it again for every block.
    const copy = new Float32Array(new SharedArrayBuffer((to - from) * dimension * 4))
    for (let position = from; position < to; position++) {
      const first = this.#order[position]! * dimension
      copy.set(vectors.subarray(first, first + dimension), (position - from) * dimension)
    }
    return copy
  }
}

/** New photos first; null when all are new, which needs no order. */
function newFirst(count: number, isNew: Uint8Array | null): { order: Uint32Array | null; newCount: number } {
  if (!isNew) return { order: null, newCount: count }
  const order = new Uint32Array(count)
  let newCount = 0
  for (let at = 0; at < count; at++) if (isNew[at]) order[newCount++] = at
  if (newCount === count) return { order: null, newCount }
  let next = newCount
  for (let at = 0; at < count; at++) if (!isNew[at]) order[next++] = at
  return { order, newCount }
}

/** Positions in the search order; `left` is where the block of columns begins that this one is a part of. */
interface Block {
  firstRow: number
  endRow: number
  left: number
  firstColumn: number
  endColumn: number
}

function keepPairs(
  found: { rows: Int32Array; columns: Int32Array; scores: Float32Array },
  vectors: OrderedVectors,
  block: Block,
  floor: number,
  quota: LinkQuota,
  scoreOf: ((first: number, second: number) => number) | null,
): ScoredPairs {
  const a: number[] = []
  const b: number[] = []
  const score: number[] = []
  const span = Math.max(1e-6, 1 - floor)
  for (let at = 0; at < found.scores.length; at++) {
    const row = block.firstRow + found.rows[at]!
    const column = block.firstColumn + found.columns[at]!
    if (column <= row) continue
    const first = vectors.indexAt(row)
    const second = vectors.indexAt(column)
    const cosine = Math.min(1, scoreOf === null ? found.scores[at]! : scoreOf(first, second))
    if (cosine < floor) continue
    const level = Math.min(qualityLevels - 1, Math.floor(qualityLevels * Math.sqrt((1 - cosine) / span)))
    if (!quota.admit(first, second, level)) continue
    a.push(Math.min(first, second))
    b.push(Math.max(first, second))
    score.push(cosine)
  }
  return { a: Uint32Array.from(a), b: Uint32Array.from(b), score: Float32Array.from(score) }
}

/** Cosine of two rows of the table. */
function scoreRows({ dimension, vectors }: VectorTable): (first: number, second: number) => number {
  return (first, second) => {
    const [a, b] = [first * dimension, second * dimension]
    let sum = 0
    for (let k = 0; k < dimension; k++) sum += vectors[a + k]! * vectors[b + k]!
    return sum
  }
}

/** Column blocks from left to right; within each, the row blocks that it shares pairs with. */
function* upperTriangle(count: number, newCount: number, width: number): Generator<Block, void, void> {
  for (let left = 0; left < count; left += width) {
    const endColumn = Math.min(count, left + width)
    for (let firstRow = 0; firstRow < Math.min(newCount, endColumn); firstRow += rowsInBlock) {
      const endRow = Math.min(newCount, endColumn, firstRow + rowsInBlock)
      yield { firstRow, endRow, left, firstColumn: Math.max(left, firstRow), endColumn }
    }
  }
}

/** Products of blocks of one table, whole or projected. */
function blockMultiplier(product: BlockProduct, vectors: OrderedVectors, dimension: number, floor: number) {
  let columns: { left: number; values: Float32Array } | null = null
  return ({ firstRow, endRow, left, firstColumn, endColumn }: Block) => {
    if (columns?.left !== left) columns = { left, values: vectors.block(left, endColumn) }
    const values = columns.values.subarray((firstColumn - left) * dimension)
    const rows = vectors.block(firstRow, endRow)
    const found = product.above(rows, endRow - firstRow, values, endColumn - firstColumn, dimension, floor)
    // A failure is met where it is awaited; this keeps it quiet when the search has stopped by then.
    found.catch(() => undefined)
    return found
  }
}

/**
 * Search by blocks of the product of the table with itself: every pair at or over the floor, except that photos with more
 * than 64 partners keep their best (see [Note: Crowds]). Long vectors are first compared by short ones, which may miss a
 * pair close to the floor in a thousand; scores are exact (see [Note: Projection]). Only the upper triangle is computed, and
 * with `isNew` only what has a new photo. One product is always on its way while the last one is read. Beside the table it
 * holds the short vectors, two blocks of rows and of columns (views of the table where all photos are new) and 34 bytes a
 * photo.
 */
export function createBlockPairSearch(product: BlockProduct): PairSearch {
  return {
    async *findPairs(table, { floor, isNew, signal, onProgress }) {
      const { count, dimension } = table
      const pace = createPace(signal)
      const quota = createLinkQuota(count, qualityLevels)
      const { order, newCount } = newFirst(count, isNew)
      const total = newCount * count - (newCount * newCount) / 2
      const projected: ProjectedTable | null =
        total > productsWorthProjecting ? await projectTable(table, floor, signal) : null
      const searched = { ...table, ...projected }
      const whole = new OrderedVectors(table, order)
      const multiplyWhole = blockMultiplier(product, whole, dimension, floor)
      const multiply =
        projected === null
          ? multiplyWhole
          : blockMultiplier(product, new OrderedVectors(searched, order), projected.dimension, projected.floor)
      const width = Math.max(rowsInBlock, Math.min(columnsInBlock, Math.floor(columnBytes / (4 * dimension))))
      const blocks = upperTriangle(count, newCount, width)
      const start = () => {
        const next = blocks.next()
        return next.done ? null : { block: next.value, found: multiply(next.value) }
      }
      const scoreOf = scoreRows(table)
      let done = 0
      let current = start()
      while (current) {
        const following = start()
        const { block } = current
        const pairs = (block.endRow - block.firstRow) * (block.endColumn - block.firstColumn)
        const candidates = await current.found
        const crowded = projected !== null && candidates.scores.length > pairs * crowdedShare
        const found = crowded ? await multiplyWhole(block) : candidates
        const kept = keepPairs(found, whole, block, floor, quota, projected === null || crowded ? null : scoreOf)
        if (kept.a.length > 0) yield kept
        done += pairs
        onProgress?.(Math.min(1, done / total))
        await pace.rest()
        current = following
      }
      onProgress?.(1)
    },
  }
}
