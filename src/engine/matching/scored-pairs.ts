/** Pairs of table indices, a < b, with their cosine similarity. */
export interface ScoredPairs {
  a: Uint32Array
  b: Uint32Array
  score: Float32Array
}
