import type { BlockPairs } from '../../shared/domain/block-product.ts'
import type { BlockNearest, NearestQuestion } from '../../shared/domain/nearest-product.ts'

/** Two sets of vectors, row by row. */
export interface BlockVectors {
  rows: Float32Array
  rowCount: number
  columns: Float32Array
  columnCount: number
  dimension: number
}

export type BlockQuestion = { kind: 'above'; floor: number } | ({ kind: 'nearest' } & NearestQuestion)

export interface BlockRequest {
  id: number
  /** Holds the graphs. */
  modelsDir: string
  threads: number
  vectors: BlockVectors
  question: BlockQuestion
}

export type BlockAnswer = ({ kind: 'above' } & BlockPairs) | ({ kind: 'nearest' } & BlockNearest)

export type BlockReply = { id: number } & (
  { kind: 'answered'; answer: BlockAnswer } | { kind: 'failed'; message: string }
)
