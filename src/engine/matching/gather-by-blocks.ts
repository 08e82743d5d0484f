import type { BlockNearest, NearestProduct } from '../../shared/domain/nearest-product.ts'
import type { BestPartners } from './best-partners.ts'
import type { Pace } from './pace.ts'
import { columnsInBlock, newFirst, OrderedVectors, upperTriangle } from './search-blocks.ts'
import type { Block, VectorTable } from './search-blocks.ts'

/** A search for nearest neighbours, as those who gather candidates see it. */
export interface NeighbourTask {
  product: NearestProduct
  table: VectorTable
  owner: Int32Array
  /** By row; null: all are new. */
  isNew: Uint8Array | null
  /** Least and greatest number of the table. */
  range: { low: number; high: number }
  /** Takes in what is found. */
  best: BestPartners
  /** Partners of a row that a block is asked for: the row itself and the other views of its photo may be among its best. */
  most: number
  /** A candidate's rounded score may lie this far below its true one. */
  margin: number
  pace: Pace
  onProgress: ((share: number) => void) | undefined
}

/** Rows of a block. */
const rowsInBlock = 1024

/**
 * Offers every pair with a new row to both its rows, block by block of the table's product with itself ([Note: Nearest
 * neighbours]). One block is always on its way while the last one is read.
 */
export async function gatherByBlocks(task: NeighbourTask): Promise<void> {
  const { product, table, owner, isNew, range, best, most, pace, onProgress } = task
  const { count, dimension } = table
  const { order, newCount } = newFirst(count, isNew)
  const vectors = new OrderedVectors(table, order)
  const columnVectors = new OrderedVectors(table, order)
  const blocks = upperTriangle(count, newCount, rowsInBlock, columnsInBlock(dimension, rowsInBlock))
  let columns: { left: number; values: Float32Array } | null = null
  const start = () => {
    const next = blocks.next()
    if (next.done) return null
    const { firstRow, endRow, left, firstColumn, endColumn } = next.value
    if (columns?.left !== left) columns = { left, values: columnVectors.block(left, endColumn) }
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
export function mostViews(owner: Int32Array): number {
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
