import type { BlockProduct } from '../../shared/domain/block-product.ts'
import { createLinkQuota } from './link-quota.ts'
import type { LinkQuota } from './link-quota.ts'
import { createPace } from './pace.ts'
import { projectTable, type ProjectedTable } from './projection.ts'
import { columnsInBlock, newFirst, OrderedVectors, scoreRows, upperTriangle } from './search-blocks.ts'
import type { Block, VectorTable } from './search-blocks.ts'

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

/** Rows of a block are few, so that little of the triangle is computed twice. */
const rowsInBlock = 512
/** Fewer products than this are computed on the whole vectors: they take less time than a projection. */
const productsWorthProjecting = 2_000_000
/** With more candidates than this share of a block's pairs, the whole vectors' product is faster than looking at each. */
const crowdedShare = 1 / 100
/** Steps of quality between 1 and the floor by which a photo with too many links chooses, the finest near 1. */
const qualityLevels = 32

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
      const blocks = upperTriangle(count, newCount, rowsInBlock, columnsInBlock(dimension, rowsInBlock))
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
