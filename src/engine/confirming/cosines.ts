import type { EmbeddingMatrix } from '../catalog/embeddings.ts'

/** Cosine similarity of two contents, 0 where one has no vector. */
export function cosinesOf({ contentIds, vectors, dimension }: EmbeddingMatrix): (a: number, b: number) => number {
  const rowOf = new Map(Array.from(contentIds, (id, row) => [id, row] as const))
  return (a, b) => {
    const [rowA, rowB] = [rowOf.get(a), rowOf.get(b)]
    if (rowA === undefined || rowB === undefined) return 0
    let sum = 0
    for (let k = 0; k < dimension; k++) sum += vectors[rowA * dimension + k]! * vectors[rowB * dimension + k]!
    return Math.min(1, sum)
  }
}
