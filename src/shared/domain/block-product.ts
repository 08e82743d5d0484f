/** Pairs (row, column) of one block, in order of row, then column. The three arrays have the same length. */
export interface BlockPairs {
  /** Index of the row within the block, 0 … rowCount − 1. */
  rows: Int32Array
  /** Index of the column within the block, 0 … columnCount − 1. */
  columns: Int32Array
  /** Dot products of the two vectors, ≥ `floor`. */
  scores: Float32Array
}

/**
 * Compares every row vector with every column vector and keeps what reaches a floor. Matching asks for it; how the product is
 * computed (ONNX Runtime, a GPU, plain JavaScript) is the affair of whoever hands it in.
 */
export interface BlockProduct {
  /**
   * All pairs with dot(row, column) ≥ `floor`. Calls may overlap; they are answered in the order they were made. The input
   * arrays are only read, and are read again until the promise settles where they stand on shared memory (then nothing is
   * copied).
   *
   * @param rows rowCount × dimension float32, row by row
   * @param columns columnCount × dimension float32, row by row
   */
  above(
    rows: Float32Array,
    rowCount: number,
    columns: Float32Array,
    columnCount: number,
    dimension: number,
    floor: number,
  ): Promise<BlockPairs>
}
