import type { EmbeddingMatrix } from '../catalog/embeddings.ts'

/** Cosine similarity of two contents as wholes, 0 where one has no vector. */
export function cosinesOf(embeddings: EmbeddingMatrix): (a: number, b: number) => number {
  const { contentIds, wholeCount, vectors, dimension } = embeddings
  const whole = contentIds.subarray(0, wholeCount)
  // By content id: ids are given in order and hardly have gaps. Counted from 1, 0 where there is none.
  const rowOf = new Int32Array(whole.reduce((most, id) => Math.max(most, id), 0) + 1)
  whole.forEach((id, row) => (rowOf[id] = row + 1))
  return (a, b) => {
    const [rowA, rowB] = [(rowOf[a] ?? 0) - 1, (rowOf[b] ?? 0) - 1]
    if (rowA < 0 || rowB < 0) return 0
    let sum = 0
    for (let k = 0; k < dimension; k++) sum += vectors[rowA * dimension + k]! * vectors[rowB * dimension + k]!
    return Math.min(1, sum)
  }
}
