import type { BestPartners } from './best-partners.ts'
import type { Pace } from './pace.ts'
import type { ScoredPairs } from './scored-pairs.ts'
import { scoreRows } from './search-blocks.ts'
import type { VectorTable } from './search-blocks.ts'

/** By row its best partners, best first: from `starts[row]` to `starts[row + 1]`. */
export interface NearestLists {
  starts: Uint32Array
  partners: Uint32Array
  scores: Float32Array
}

/** Exact scores; keeps what is nearer than a row's reach and notes the new rows' own. */
export async function scoreAnew(
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

function hasPartner({ starts, partners }: NearestLists, row: number, partner: number): boolean {
  return partners.subarray(starts[row], starts[row + 1]).includes(partner)
}

/** Whether the pair is in the list of either row. */
export function isListed(lists: NearestLists, a: number, b: number): boolean {
  return hasPartner(lists, a, b) || hasPartner(lists, b, a)
}

/** Pairs that are in the list of either row, once. */
export function joinSides(lists: NearestLists): ScoredPairs {
  const { starts, partners, scores } = lists
  const room = starts.at(-1) ?? 0
  const [a, b, score] = [new Uint32Array(room), new Uint32Array(room), new Float32Array(room)]
  let size = 0
  for (let row = 0; row + 1 < starts.length; row++) {
    for (let at = starts[row]!; at < starts[row + 1]!; at++) {
      const partner = partners[at]!
      // A pair that both list is told by the lower one.
      if (partner < row && hasPartner(lists, partner, row)) continue
      a[size] = Math.min(row, partner)
      b[size] = Math.max(row, partner)
      score[size++] = scores[at]!
    }
  }
  return { a: a.slice(0, size), b: b.slice(0, size), score: score.slice(0, size) }
}
