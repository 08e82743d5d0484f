/** Embeddings of `count` photos: count × dimension float32, row by row, each row of unit length. */
export interface VectorTable {
  count: number
  dimension: number
  vectors: Float32Array
}

/** Columns of a block are many, to feed the cores. */
const mostColumns = 4096
/** Bytes of one block of columns at most, whatever the dimension. */
const columnBytes = 32 * 2 ** 20

/** Vectors in a block of columns. */
export function columnsInBlock(dimension: number, rowsInBlock: number): number {
  return Math.max(rowsInBlock, Math.min(mostColumns, Math.floor(columnBytes / (4 * dimension))))
}

/** Rows of the table in a search order, handed out in contiguous blocks. */
export class OrderedVectors {
  readonly #table: VectorTable
  /** Table index by position; null where they are equal. */
  readonly #order: Uint32Array | null

  constructor(table: VectorTable, order: Uint32Array | null) {
    this.#table = table
    this.#order = order
  }

  indexAt(position: number): number {
    return this.#order ? this.#order[position]! : position
  }

  /** A view where rows lie together on shared memory, else a copy there: a product need not copy it again for every block. */
  block(from: number, to: number): Float32Array {
    const { dimension, vectors } = this.#table
    const together = this.#order ? null : vectors.subarray(from * dimension, to * dimension)
    if (together?.buffer instanceof SharedArrayBuffer) return together
    const copy = new Float32Array(new SharedArrayBuffer((to - from) * dimension * 4))
    if (together) copy.set(together)
    else {
      for (let position = from; position < to; position++) {
        const first = this.indexAt(position) * dimension
        copy.set(vectors.subarray(first, first + dimension), (position - from) * dimension)
      }
    }
    return copy
  }
}

/** New photos first; no order when all are new, which needs none. */
export function newFirst(count: number, isNew: Uint8Array | null): { order: Uint32Array | null; newCount: number } {
  if (!isNew) return { order: null, newCount: count }
  const order = new Uint32Array(count)
  let newCount = 0
  for (let at = 0; at < count; at++) if (isNew[at]) order[newCount++] = at
  if (newCount === count) return { order: null, newCount }
  let next = newCount
  for (let at = 0; at < count; at++) if (!isNew[at]) order[next++] = at
  return { order, newCount }
}

/** Positions in the search order; `left` is where the block of columns begins that this one is a part of. */
export interface Block {
  firstRow: number
  endRow: number
  left: number
  firstColumn: number
  endColumn: number
}

/**
 * Column blocks from left to right; within each, the row blocks that it shares pairs with. Columns begin with the rows
 * themselves where these are among them: there, and only there, a pair comes twice.
 */
export function* upperTriangle(
  count: number,
  newCount: number,
  height: number,
  width: number,
): Generator<Block, void, void> {
  for (let left = 0; left < count; left += width) {
    const endColumn = Math.min(count, left + width)
    for (let firstRow = 0; firstRow < Math.min(newCount, endColumn); firstRow += height) {
      const endRow = Math.min(newCount, endColumn, firstRow + height)
      yield { firstRow, endRow, left, firstColumn: Math.max(left, firstRow), endColumn }
    }
  }
}

/** Cosine of two rows of the table. */
export function scoreRows({ dimension, vectors }: VectorTable): (first: number, second: number) => number {
  return (first, second) => {
    const [a, b] = [first * dimension, second * dimension]
    let sum = 0
    for (let k = 0; k < dimension; k++) sum += vectors[a + k]! * vectors[b + k]!
    return sum
  }
}
