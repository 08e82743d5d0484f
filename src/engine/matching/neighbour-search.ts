import type { BlockProduct } from '../../shared/domain/block-product.ts'
import type { NearestProduct } from '../../shared/domain/nearest-product.ts'
import { BestPartners } from './best-partners.ts'
import { recallOnSample, sampleRows, searchSample } from './exact-sample.ts'
import { gatherByBlocks, mostViews } from './gather-by-blocks.ts'
import type { NeighbourTask } from './gather-by-blocks.ts'
import { gatherByCentroids } from './gather-by-centroids.ts'
import { openInvertedFile } from './inverted-file.ts'
import { isListed, joinSides, scoreAnew } from './nearest-lists.ts'
import { createPace } from './pace.ts'
import type { Pace } from './pace.ts'
import type { ScoredPairs } from './scored-pairs.ts'
import type { VectorTable } from './search-blocks.ts'

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
  /** What was found, held against the whole product of a sample of rows; null of a search so small that this would be most of it. */
  recall: SampledRecall | null
}

export interface SampledRecall {
  /** Share of the sample's best partners that were found. */
  share: number
  /** Rows of the sample. */
  sampled: number
  /** Whether an index chose what was compared. */
  indexed: boolean
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
/** Of those, what a single block is asked for: choosing the best of a block takes as long as its product, by their number. */
const spareOfBlock = 5

/** A candidate may lie this many standard deviations of the rounding below the floor. */
const deviations = 10

/** Comparisons from which an index is tried: some 200 seconds of one core at 1,280 numbers. */
const comparisonsWorthAnIndex = 2e10

/** Comparisons from which recall is measured: a search of some 20,000 rows, to which the sample adds a fortieth. */
const comparisonsWorthASample = 2e8

/**
 * Search by blocks of the product of the table with itself, or of the new rows with all: see [Note: Nearest neighbours]; above
 * some 200,000 new rows at an inverted file's probes, where the vectors allow it ([Note: Inverted file]). A raised signal is
 * noticed after each block. Beside the table it holds 300 bytes a row (with the index some 100 more) and two blocks of rows
 * and of columns.
 *
 * @param settings.indexFrom comparisons of two rows from which an index is tried
 * @param settings.sampleFrom comparisons from which recall is measured; never more than `indexFrom`
 */
export function createBlockNeighbourSearch(
  product: NearestProduct & BlockProduct,
  settings: { indexFrom?: number; sampleFrom?: number } = {},
): NeighbourSearch {
  const { indexFrom = comparisonsWorthAnIndex, sampleFrom = comparisonsWorthASample } = settings
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
      const most = partners + spareOfBlock + mostViews(owner)
      const task: NeighbourTask = { product, table, owner, isNew, range, best, most, margin, pace, onProgress }
      const newCount = isNew === null ? table.count : isNew.reduce((sum, flag) => sum + flag, 0)
      const comparisons = newCount * table.count - newCount ** 2 / 2
      const question = { product, table, owner, wanted: partners, floor, pace }
      const sample =
        comparisons < Math.min(sampleFrom, indexFrom)
          ? null
          : await searchSample(question, sampleRows(table.count, isNew))
      const index = sample === null || comparisons < indexFrom ? null : await openInvertedFile(task, sample)
      if (index === null) await gatherByBlocks(task)
      else await gatherByCentroids(task, index)
      const nearest = await scoreAnew(table, best, { partners, reach, isNew, pace })
      onProgress?.(1)
      const recall = sample && {
        share: recallOnSample(sample, (row, partner) => isListed(nearest, row, partner)),
        sampled: sample.rows.length,
        indexed: index !== null,
      }
      return { pairs: joinSides(nearest), reach, recall }
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
