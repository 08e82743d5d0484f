import { findCentroids, nearestCentroids } from './centroids.ts'
import type { Centroids } from './centroids.ts'
import type { ExactSample } from './exact-sample.ts'
import type { NeighbourTask } from './gather-by-blocks.ts'
import { OrderedVectors } from './search-blocks.ts'

/**
 * [Note: Inverted file]
 *
 * Above some hundred thousand rows the whole product takes minutes to hours. Then rows are gathered around √n centroids, and a
 * row is compared only with those gathered around the few centroids that it is itself nearest to: its probes (Sivic and
 * Zisserman 2003; Jégou et al. 2011). How many probes that takes depends on the photos, so it is not set but found out: some
 * rows are compared with all others, and the number is the least with which `recallAimed` of their best partners would have
 * been seen. Where that is a large part of all centroids the vectors have no structure to make use of, and the whole product
 * is computed after all. A pair is seen when one of its rows visits the other's home. The recall is measured on the same rows
 * when the search is done.
 */
export interface InvertedFile {
  centroids: Centroids
  /** Centroids that a row is compared at. */
  probes: number
  /** By row its probes, the nearest first. */
  probesOf: Uint16Array
}

const recallAimed = 0.995
/** With a greater share of the centroids to probe, the whole product is as fast. */
const worthwhileShare = 0.3
const leastProbes = 4
const rowsAtOnce = 1024

/**
 * Null where the vectors do not gather around centroids enough for it to pay. Takes 2 · probes + 4 bytes a row. Throws
 * `cancelled`.
 *
 * @param sample some new rows
 */
export async function openInvertedFile(task: NeighbourTask, sample: ExactSample): Promise<InvertedFile | null> {
  const { product, table, range, pace } = task
  const centroids = await findCentroids(product, table, Math.round(Math.sqrt(table.count)), range, pace)
  const probes = await probesFor(task, centroids, sample)
  if (probes > centroids.count * worthwhileShare) return null
  const all = new OrderedVectors(table, null)
  const rows = { count: table.count, block: (from: number, to: number) => all.block(from, to) }
  const probesOf = await nearestCentroids(product, table, rows, centroids, probes, pace)
  return { centroids, probes, probesOf }
}

/** Per row the place of each centroid in the order of its nearness: row by row, by centroid. */
async function centroidRanks(
  { product, table, pace }: NeighbourTask,
  rows: Uint32Array,
  centroids: Centroids,
): Promise<Uint16Array> {
  const { count, vectors, range } = centroids
  const ranks = new Uint16Array(rows.length * count)
  const ordered = new OrderedVectors(table, rows)
  for (let start = 0; start < rows.length; start += rowsAtOnce) {
    const end = Math.min(rows.length, start + rowsAtOnce)
    const question = { perRow: count, perColumn: 1, range }
    const block = ordered.block(start, end)
    const { rowPartners, rowScores } = await product.nearest(
      block,
      end - start,
      vectors,
      count,
      table.dimension,
      question,
    )
    for (let row = start; row < end; row++) {
      const first = (row - start) * count
      const order = Uint32Array.from({ length: count }, (_, at) => first + at)
      order.sort((x, y) => rowScores[y]! - rowScores[x]!)
      order.forEach((at, rank) => (ranks[row * count + rowPartners[at]!] = rank))
    }
    await pace.rest()
  }
  return ranks
}

/** The least number of probes with which the sample's partners are found well enough, from either side. */
async function probesFor(task: NeighbourTask, centroids: Centroids, sample: ExactSample): Promise<number> {
  const { count } = centroids
  const rows = Uint32Array.from(new Set([...sample.rows, ...sample.partners.flatMap((list) => [...list])]))
  const ranks = await centroidRanks(task, rows, centroids)
  const placeOf = new Map(Array.from(rows, (row, place) => [row, place]))
  const homes = Uint32Array.from(rows, (_, place) => ranks.subarray(place * count, (place + 1) * count).indexOf(0))
  const needed: number[] = []
  sample.partners.forEach((list, at) => {
    const own = placeOf.get(sample.rows[at]!) ?? 0
    for (const partner of list) {
      const other = placeOf.get(partner) ?? 0
      // Old rows visit nobody.
      const visited = task.isNew !== null && !task.isNew[partner] ? count : ranks[other * count + homes[own]!]!
      needed.push(1 + Math.min(ranks[own * count + homes[other]!]!, visited))
    }
  })
  needed.sort((x, y) => x - y)
  return Math.min(count, Math.max(leastProbes, needed[Math.ceil(recallAimed * needed.length) - 1] ?? 0))
}
