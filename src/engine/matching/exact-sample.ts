import { BestPartners } from './best-partners.ts'
import type { NeighbourTask } from './gather-by-blocks.ts'
import { columnsInBlock, OrderedVectors, scoreRows } from './search-blocks.ts'

/** Rows whose best partners are known for certain, to hold an index against. */
export interface ExactSample {
  /** Rows of the table. */
  rows: Uint32Array
  /** By place in `rows`: the best partners over the floor, best first. */
  partners: Uint32Array[]
}

/**
 * The best partners of some rows among all, by the whole product.
 *
 * @param rows of the table, all of them new, at most 1,024
 * @param wanted partners of each
 * @param floor their lowest cosine
 */
export async function searchSample(
  { product, table, owner, range, most, margin, pace }: NeighbourTask,
  rows: Uint32Array,
  wanted: number,
  floor: number,
): Promise<ExactSample> {
  const { count, dimension } = table
  const sample = new OrderedVectors(table, rows).block(0, rows.length)
  const all = new OrderedVectors(table, null)
  // As many as the task itself keeps, since the product is rounded.
  const best = new BestPartners(most, new Float32Array(rows.length).fill(floor - margin))
  const width = columnsInBlock(dimension, 1)
  for (let left = 0; left < count; left += width) {
    const right = Math.min(count, left + width)
    const question = { perRow: most, perColumn: 1, range }
    const found = await product.nearest(sample, rows.length, all.block(left, right), right - left, dimension, question)
    for (let at = 0; at < found.rowPartners.length; at++) {
      const place = Math.floor(at / found.perRow)
      const partner = left + found.rowPartners[at]!
      if (owner[rows[place]!] !== owner[partner]) best.offer(place, partner, found.rowScores[at]!)
    }
    await pace.rest()
  }
  const scoreOf = scoreRows(table)
  const partners = Array.from(rows, (row, place) => {
    const scored = Array.from(best.partnersOf(place), (partner) => ({ partner, score: scoreOf(row, partner) }))
    const near = scored.filter(({ score }) => score >= floor).sort((a, b) => b.score - a.score)
    return Uint32Array.from(near.slice(0, wanted), ({ partner }) => partner)
  })
  return { rows, partners }
}
