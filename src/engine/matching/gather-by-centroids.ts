import type { BlockNearest } from '../../shared/domain/nearest-product.ts'
import type { NeighbourTask } from './gather-by-blocks.ts'
import type { InvertedFile } from './inverted-file.ts'
import { BlockRoom, columnsInBlock, OrderedVectors } from './search-blocks.ts'

/** Products of a block: as many as of 1,024 rows with 4,096 columns, however many columns a centroid has. */
const productsInBlock = 2 ** 22
const leastRows = 1024
const mostRows = 4096

/** Rows by centroid: those of centroid c from `starts[c]` to `starts[c + 1]`. */
interface RowLists {
  starts: Uint32Array
  rows: Uint32Array
}

/** @param each calls back with every row and a centroid of it; called twice */
function listByCentroid(centroids: number, each: (take: (row: number, centroid: number) => void) => void): RowLists {
  const starts = new Uint32Array(centroids + 1)
  each((_, centroid) => starts[centroid + 1]!++)
  for (let c = 0; c < centroids; c++) starts[c + 1]! += starts[c]!
  const rows = new Uint32Array(starts[centroids]!)
  const next = starts.slice()
  each((row, centroid) => {
    rows[next[centroid]!++] = row
  })
  return { starts, rows }
}

interface CentroidBlock {
  rows: Uint32Array
  columns: Uint32Array
  columnValues: Float32Array
}

/** Those who probe a centroid against those whose nearest it is. */
function* centroidBlocks(task: NeighbourTask, file: InvertedFile): Generator<CentroidBlock, void, void> {
  const { table, isNew } = task
  const { centroids, probes, probesOf } = file
  const homes = listByCentroid(centroids.count, (take) => {
    for (let row = 0; row < table.count; row++) take(row, probesOf[row * probes]!)
  })
  const visitors = listByCentroid(centroids.count, (take) => {
    for (let row = 0; row < table.count; row++) {
      if (isNew !== null && !isNew[row]) continue
      for (let at = row * probes; at < (row + 1) * probes; at++) take(row, probesOf[at]!)
    }
  })
  const width = columnsInBlock(table.dimension, leastRows)
  const room = new BlockRoom()
  for (let c = 0; c < centroids.count; c++) {
    const [firstVisitor, endVisitor] = [visitors.starts[c]!, visitors.starts[c + 1]!]
    if (firstVisitor === endVisitor) continue
    for (let left = homes.starts[c]!; left < homes.starts[c + 1]!; left += width) {
      const columns = homes.rows.subarray(left, Math.min(homes.starts[c + 1]!, left + width))
      const columnValues = new OrderedVectors(table, columns, room).block(0, columns.length)
      const height = Math.min(mostRows, Math.max(leastRows, Math.floor(productsInBlock / columns.length)))
      for (let first = firstVisitor; first < endVisitor; first += height) {
        yield { rows: visitors.rows.subarray(first, Math.min(endVisitor, first + height)), columns, columnValues }
      }
    }
  }
}

/** As `gatherByBlocks`, at the probes of an inverted file only ([Note: Inverted file]). */
export async function gatherByCentroids(task: NeighbourTask, file: InvertedFile): Promise<void> {
  const { product, table, range, most, pace, onProgress } = task
  const blocks = centroidBlocks(task, file)
  const room = new BlockRoom()
  const start = () => {
    const next = blocks.next()
    if (next.done) return null
    const { rows, columns, columnValues } = next.value
    const found = product.nearest(
      new OrderedVectors(table, rows, room).block(0, rows.length),
      rows.length,
      columnValues,
      columns.length,
      table.dimension,
      { perRow: most, perColumn: most, range },
    )
    // A failure is met where it is awaited; this keeps it quiet when the search has stopped by then.
    found.catch(() => undefined)
    return { block: next.value, found }
  }
  let visits = 0
  const total = table.count
  let current = start()
  while (current) {
    const following = start()
    offerVisit(await current.found, current.block, task, file)
    if (following?.block.columns !== current.block.columns) visits += current.block.columns.length
    onProgress?.(Math.min(0.99, visits / total))
    await pace.rest()
    current = following
  }
}

function offerVisit(found: BlockNearest, block: CentroidBlock, task: NeighbourTask, file: InvertedFile): void {
  const { owner, best, isNew } = task
  const { probes, probesOf } = file
  const { rows, columns } = block
  for (let at = 0; at < found.rowPartners.length; at++) {
    const row = rows[Math.floor(at / found.perRow)]!
    if (found.rowScores[at]! <= best.least(row)) continue
    const partner = columns[found.rowPartners[at]!]!
    if (owner[row] !== owner[partner]) best.offer(row, partner, found.rowScores[at]!)
  }
  const visits = (row: number, centroid: number): boolean => {
    if (isNew !== null && !isNew[row]) return false
    for (let at = row * probes; at < (row + 1) * probes; at++) if (probesOf[at] === centroid) return true
    return false
  }
  for (let at = 0; at < found.columnPartners.length; at++) {
    const row = columns[Math.floor(at / found.perColumn)]!
    if (found.columnScores[at]! <= best.least(row)) continue
    const partner = rows[found.columnPartners[at]!]!
    // Where the column visits the partner's home in its turn, the pair comes with that visit.
    if (owner[row] === owner[partner] || visits(row, probesOf[partner * probes]!)) continue
    best.offer(row, partner, found.columnScores[at]!)
  }
}
