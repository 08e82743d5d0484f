import type { EmbeddingMatrix } from '../catalog/embeddings.ts'
import type { NeighbourSearch } from '../matching/neighbour-search.ts'
import type { ScoredPairs } from '../matching/scored-pairs.ts'
import { neighbours } from '../matching/thresholds.ts'
import { pairKey } from '../../shared/domain/pair-key.ts'
import type { Candidates } from './confirm-candidates.ts'
import { noDistance } from './link-buffers.ts'

export interface NeighbourParts {
  whole: EmbeddingMatrix
  /** Of some of the same contents, with the border around the picture left out. */
  frames: EmbeddingMatrix
  /** By row of `whole`: 1 for contents that were not searched for yet. */
  isNew: Uint8Array
  search: NeighbourSearch
  floor: number
  signal: AbortSignal
}

/** Both views of all contents in one table, on shared memory. */
function tableOf({ whole, frames, isNew }: NeighbourParts) {
  const { dimension } = whole
  const rowOf = new Map(Array.from(whole.contentIds, (id, row) => [id, row] as const))
  const framed = Array.from(frames.contentIds.keys()).filter((row) => rowOf.has(frames.contentIds[row]!))
  const count = whole.contentIds.length + framed.length
  const vectors = new Float32Array(new SharedArrayBuffer(count * dimension * 4))
  vectors.set(whole.vectors)
  const owner = new Int32Array(count)
  const isNewRow = new Uint8Array(count)
  whole.contentIds.forEach((_, row) => {
    owner[row] = row
    isNewRow[row] = isNew[row]!
  })
  framed.forEach((from, at) => {
    const row = whole.contentIds.length + at
    const ownRow = rowOf.get(frames.contentIds[from]!)!
    owner[row] = ownRow
    isNewRow[row] = isNew[ownRow]!
    vectors.set(frames.vectors.subarray(from * dimension, (from + 1) * dimension), row * dimension)
  })
  return { table: { count, dimension, vectors }, owner, isNewRow }
}

/**
 * The pairs among the best of a new row. A search also names the best new partners of every old row; looking at those would cost
 * a library of a hundred thousand photos a million looks for each thousand that come, and a true partner of a new photo is among
 * that one's own best.
 */
function wantedByNewRows({ a, b, score }: ScoredPairs, isNewRow: Uint8Array): number[] {
  const bestFirst = Array.from(score.keys()).sort((p, q) => score[q]! - score[p]!)
  const taken = new Map<number, number>()
  return bestFirst.filter((k) => {
    const wanting = [a[k]!, b[k]!].filter((row) => isNewRow[row] === 1 && (taken.get(row) ?? 0) < neighbours.partners)
    for (const row of wanting) taken.set(row, (taken.get(row) ?? 0) + 1)
    return wanting.length > 0
  })
}

/**
 * Pairs of contents that the model finds alike: the best partners of each, the picture within a border counted as a view of its
 * own. Of several pairs of views the best one speaks. Throws `cancelled`.
 */
export async function neighbourCandidates(parts: NeighbourParts): Promise<Candidates> {
  const { whole, search, floor, signal } = parts
  const { table, owner, isNewRow } = tableOf(parts)
  const { pairs } = await search.findNeighbours(table, {
    owner,
    partners: neighbours.partners,
    floor,
    isNew: isNewRow,
    signal,
  })
  const best = new Map<number, { a: number; b: number; score: number; framed: boolean }>()
  for (const k of wantedByNewRows(pairs, isNewRow)) {
    const [rowA, rowB, score] = [pairs.a[k]!, pairs.b[k]!, pairs.score[k]!]
    const ids = [whole.contentIds[owner[rowA]!]!, whole.contentIds[owner[rowB]!]!]
    const [a, b] = [Math.min(...ids), Math.max(...ids)]
    const framed = rowA >= whole.contentIds.length || rowB >= whole.contentIds.length
    const key = pairKey(a, b)
    const before = best.get(key)
    if (before === undefined || before.score < score)
      best.set(key, { a, b, score, framed: framed || (before?.framed ?? false) })
    else if (framed) before.framed = true
  }
  const found = [...best.values()]
  return {
    a: Int32Array.from(found, ({ a }) => a),
    b: Int32Array.from(found, ({ b }) => b),
    score: Float32Array.from(found, ({ score }) => Math.min(1, score)),
    distance: new Uint8Array(found.length).fill(noDistance),
    orientation: new Uint8Array(found.length),
    framed: Uint8Array.from(found, ({ framed }) => (framed ? 1 : 0)),
  }
}
