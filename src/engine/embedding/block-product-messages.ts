import type { BlockPairs } from '../../shared/domain/block-product.ts'

export interface BlockRequest {
  id: number
  modelPath: string
  threads: number
  rows: Float32Array
  rowCount: number
  columns: Float32Array
  columnCount: number
  dimension: number
  floor: number
}

export type BlockReply = ({ kind: 'pairs'; id: number } & BlockPairs) | { kind: 'failed'; id: number; message: string }
