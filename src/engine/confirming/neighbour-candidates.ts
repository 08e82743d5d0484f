import type { EmbeddingMatrix } from '../catalog/embeddings.ts'
import type { NeighbourSearch, SampledRecall } from '../matching/neighbour-search.ts'
import type { ScoredPairs } from '../matching/scored-pairs.ts'
import { neighbours } from '../matching/thresholds.ts'
import { firstOfPair, pairKey, secondOfPair } from '../../shared/domain/pair-key.ts'
import type { Candidates } from './confirm-candidates.ts'
import { noDistance } from './link-buffers.ts'
import { distinct, placeOf } from './pair-keys.ts'

export interface NeighbourParts {
  /** Of all contents; its views are those of the picture with the border around it left out. */
  embeddings: EmbeddingMatrix
  /** By whole row: 1 for contents that were not searched for yet. */
  isNew: Uint8Array
  search: NeighbourSearch
  floor: number
  signal: AbortSignal
}

/**
 * Rows up to which the old ones are asked for their best among the new ones too: where very many lie within the rounding of the
 * product, that settles their order. In a larger library it would cost more than the search itself.
 */
const fewRows = 20_000
/** More than any cosine: a row with this reach looks for nobody. */
const outOfReach = 2

/** For each row the whole row of its content, and whether it is new. */
function ownersOf({ contentIds, wholeCount }: EmbeddingMatrix, isNew: Uint8Array) {
  const owner = Int32Array.from(contentIds.keys())
  const isNewRow = new Uint8Array(contentIds.length)
  isNewRow.set(isNew)
  if (contentIds.length === wholeCount) return { owner, isNewRow }
  const rowOf = new Map(Array.from(contentIds.subarray(0, wholeCount), (id, row) => [id, row] as const))
  for (let row = wholeCount; row < contentIds.length; row++) {
    owner[row] = rowOf.get(contentIds[row]!)!
    isNewRow[row] = isNew[owner[row]!]!
  }
  return { owner, isNewRow }
}

/** The pairs among the best of a new row, by index: a true partner of a new photo is among that one's own best. */
function wantedByNewRows({ a, b, score }: ScoredPairs, isNewRow: Uint8Array): Uint32Array {
  const all = Uint32Array.from(score.keys())
  if (!isNewRow.includes(0)) return all
  const taken = new Map<number, number>()
  return all
    .sort((p, q) => score[q]! - score[p]!)
    .filter((k) => {
      const wanting = [a[k]!, b[k]!].filter((row) => isNewRow[row] === 1 && (taken.get(row) ?? 0) < neighbours.partners)
      for (const row of wanting) taken.set(row, (taken.get(row) ?? 0) + 1)
      return wanting.length > 0
    })
}

/** Each pair of contents once, in order of content ids; of several pairs of views the best one speaks. */
function candidatesOf(
  { a, b, score }: ScoredPairs,
  wanted: Uint32Array,
  { contentIds, wholeCount }: EmbeddingMatrix,
): Candidates {
  const keyOf = (k: number): number => pairKey(contentIds[a[k]!]!, contentIds[b[k]!]!)
  const keys = distinct(Float64Array.from(wanted, keyOf))
  const scores = new Float32Array(keys.length)
  const framed = new Uint8Array(keys.length)
  for (const k of wanted) {
    const at = placeOf(keys, keyOf(k))
    scores[at] = Math.max(scores[at]!, Math.min(1, score[k]!))
    if (a[k]! >= wholeCount || b[k]! >= wholeCount) framed[at] = 1
  }
  return {
    a: Int32Array.from(keys, firstOfPair),
    b: Int32Array.from(keys, secondOfPair),
    score: scores,
    distance: new Uint8Array(keys.length).fill(noDistance),
    orientation: new Uint8Array(keys.length),
    framed,
  }
}

/**
 * Pairs of contents that the model finds alike: the best partners of each that is new, the picture within a border counted as a
 * view of its own. Old ones bring none: their best among those that come would cost a library of a hundred thousand photos a
 * million looks for each thousand. Throws `cancelled`.
 */
export async function neighbourCandidates(
  parts: NeighbourParts,
): Promise<{ candidates: Candidates; recall: SampledRecall | null }> {
  const { embeddings, isNew, search, floor, signal } = parts
  const { dimension, vectors } = embeddings
  const { owner, isNewRow } = ownersOf(embeddings, isNew)
  const table = { count: owner.length, dimension, vectors }
  const { pairs, recall } = await search.findNeighbours(table, {
    owner,
    partners: neighbours.partners,
    floor,
    isNew: isNewRow,
    reach: table.count <= fewRows ? null : new Float32Array(table.count).fill(outOfReach),
    signal,
  })
  return { candidates: candidatesOf(pairs, wantedByNewRows(pairs, isNewRow), embeddings), recall }
}
