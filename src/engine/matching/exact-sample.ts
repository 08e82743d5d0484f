import type { BlockProduct } from '../../shared/domain/block-product.ts'
import { BestPartners } from './best-partners.ts'
import type { Pace } from './pace.ts'
import { columnsInBlock, OrderedVectors } from './search-blocks.ts'
import type { VectorTable } from './search-blocks.ts'

/** Rows whose best partners are known for certain, to hold a search against. */
export interface ExactSample {
  /** Rows of the table. */
  rows: Uint32Array
  /** By place in `rows`: the best partners over the floor. */
  partners: Uint32Array[]
}

export interface SampleQuestion {
  product: BlockProduct
  table: VectorTable
  /** By row: the photo that it is a view of. */
  owner: Int32Array
  /** Partners of each. */
  wanted: number
  /** Their lowest cosine. */
  floor: number
  pace: Pace
}

const sampleSize = 256

/** New rows, evenly spread. */
export function sampleRows(count: number, isNew: Uint8Array | null): Uint32Array {
  const candidates = isNew === null ? null : Uint32Array.from([...isNew.keys()].filter((row) => isNew[row] === 1))
  const from = candidates?.length ?? count
  const size = Math.min(from, sampleSize)
  return Uint32Array.from({ length: size }, (_, at) => {
    const place = Math.floor(((at + 0.5) * from) / size)
    return candidates === null ? place : (candidates[place] ?? 0)
  })
}

/** The best partners of some rows among all, by the whole product of the vectors as they are. Throws `cancelled`. */
export async function searchSample(
  { product, table, owner, wanted, floor, pace }: SampleQuestion,
  rows: Uint32Array,
): Promise<ExactSample> {
  const { count, dimension } = table
  const sample = new OrderedVectors(table, rows).block(0, rows.length)
  const all = new OrderedVectors(table, null)
  const best = new BestPartners(wanted, new Float32Array(rows.length).fill(floor))
  const width = columnsInBlock(dimension, 1)
  // A block names what is over the floor, and over what every row has found so far.
  let least = floor
  for (let left = 0; left < count; left += width) {
    const right = Math.min(count, left + width)
    const found = await product.above(sample, rows.length, all.block(left, right), right - left, dimension, least)
    for (let at = 0; at < found.scores.length; at++) {
      const place = found.rows[at]!
      const partner = left + found.columns[at]!
      if (owner[rows[place]!] !== owner[partner]) best.offer(place, partner, found.scores[at]!)
    }
    least = Number.POSITIVE_INFINITY
    for (let place = 0; place < rows.length; place++) least = Math.min(least, best.least(place))
    await pace.rest()
  }
  return { rows, partners: Array.from(rows, (_, place) => best.partnersOf(place).slice()) }
}

/** Share of the sample's exact partners that `found` holds; 1 where they have none. */
export function recallOnSample(
  { rows, partners }: ExactSample,
  found: (row: number, partner: number) => boolean,
): number {
  let wanted = 0
  let met = 0
  partners.forEach((list, place) => {
    for (const partner of list) {
      wanted++
      if (found(rows[place] ?? 0, partner)) met++
    }
  })
  return wanted === 0 ? 1 : met / wanted
}
