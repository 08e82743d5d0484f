import type { NearestProduct } from '../../shared/domain/nearest-product.ts'
import type { Pace } from './pace.ts'
import { OrderedVectors } from './search-blocks.ts'
import type { VectorTable } from './search-blocks.ts'

/** Sampled rows for each centroid. */
const sampledRows = 48
const iterations = 5
const rowsAtOnce = 1024

/** Directions that a table's vectors gather around: count × dimension, each of unit length, on shared memory. */
export interface Centroids {
  count: number
  vectors: Float32Array
  /** Least and greatest number of table and centroids. */
  range: { low: number; high: number }
}

/** For each row its nearest centroids: the nearest first, the others in no order. */
export async function nearestCentroids(
  product: NearestProduct,
  { dimension }: VectorTable,
  rows: { count: number; block(from: number, to: number): Float32Array },
  centroids: Centroids,
  probes: number,
  pace: Pace,
): Promise<Uint16Array> {
  const nearest = new Uint16Array(rows.count * probes)
  for (let start = 0; start < rows.count; start += rowsAtOnce) {
    const end = Math.min(rows.count, start + rowsAtOnce)
    const question = { perRow: probes, perColumn: 1, range: centroids.range }
    const found = await product.nearest(
      rows.block(start, end),
      end - start,
      centroids.vectors,
      centroids.count,
      dimension,
      question,
    )
    for (let row = 0; row < end - start; row++) {
      const first = row * probes
      let best = first
      for (let at = first + 1; at < first + probes; at++) if (found.rowScores[at]! > found.rowScores[best]!) best = at
      const to = (start + row) * probes
      for (let probe = 0; probe < probes; probe++) nearest[to + probe] = found.rowPartners[first + probe]!
      nearest[to + best - first] = found.rowPartners[first]!
      nearest[to] = found.rowPartners[best]!
    }
    await pace.rest()
  }
  return nearest
}

/**
 * Spherical k-means on an evenly spread sample (Dhillon and Modha 2001): some tens of rows a centroid and a few rounds are
 * plenty for an inverted file (Jégou et al. 2011).
 *
 * @param count at most 65,536
 */
export async function findCentroids(
  product: NearestProduct,
  table: VectorTable,
  count: number,
  range: { low: number; high: number },
  pace: Pace,
): Promise<Centroids> {
  const { dimension } = table
  const sampled = Math.min(table.count, count * sampledRows)
  const sample = new OrderedVectors(
    table,
    Uint32Array.from({ length: sampled }, (_, at) => Math.floor((at * table.count) / sampled)),
  )
  const centroids: Centroids = { count, vectors: new Float32Array(new SharedArrayBuffer(4 * count * dimension)), range }
  for (let at = 0; at < count; at++) {
    const from = Math.floor((at * sampled) / count)
    centroids.vectors.set(sample.block(from, from + 1), at * dimension)
  }
  const rows = { count: sampled, block: (from: number, to: number) => sample.block(from, to) }
  for (let round = 0; round < iterations; round++) {
    const nearest = await nearestCentroids(product, table, rows, centroids, 1, pace)
    await moveToMeans(table, rows, nearest, centroids, pace)
  }
  return centroids
}

async function moveToMeans(
  { dimension }: VectorTable,
  rows: { count: number; block(from: number, to: number): Float32Array },
  nearest: Uint16Array,
  centroids: Centroids,
  pace: Pace,
): Promise<void> {
  const { count, vectors } = centroids
  const sums = new Float32Array(count * dimension)
  for (let start = 0; start < rows.count; start += rowsAtOnce) {
    const end = Math.min(rows.count, start + rowsAtOnce)
    const block = rows.block(start, end)
    for (let row = start; row < end; row++) {
      const to = nearest[row]! * dimension
      const from = (row - start) * dimension
      for (let k = 0; k < dimension; k++) sums[to + k]! += block[from + k]!
    }
    await pace.rest()
  }
  let { low, high } = centroids.range
  for (let at = 0; at < count; at++) {
    const sum = sums.subarray(at * dimension, (at + 1) * dimension)
    let squares = 0
    for (const value of sum) squares += value * value
    // A centroid that no row of the sample is nearest to stays where it is.
    if (squares === 0) continue
    const scale = 1 / Math.sqrt(squares)
    for (let k = 0; k < dimension; k++) {
      const value = sum[k]! * scale
      vectors[at * dimension + k] = value
      low = Math.min(low, value)
      high = Math.max(high, value)
    }
  }
  centroids.range = { low, high }
}
