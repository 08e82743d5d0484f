import type { VectorNumbers } from '../../shared/domain/vector-numbers.ts'

/** Embeddings of `count` photos: count × dimension numbers, row by row, each row of unit length. */
export interface VectorTable {
  count: number
  dimension: number
  vectors: VectorNumbers
}

/** Columns of a block are many, to feed the cores. */
const mostColumns = 4096
/** Bytes of one block of columns at most, whatever the dimension. */
const columnBytes = 32 * 2 ** 20

/** Vectors in a block of columns. */
export function columnsInBlock(dimension: number, rowsInBlock: number): number {
  return Math.max(rowsInBlock, Math.min(mostColumns, Math.floor(columnBytes / (4 * dimension))))
}

/** Blocks that are handed out before the memory of the first one is used again: one at work, one asked for, one being filled. */
const blocksKept = 3

/**
 * Shared memory for blocks, used in turns. New memory for every block would pile up: the thread that reads them hardly ever
 * collects its garbage.
 */
export class BlockRoom {
  readonly #blocks: Float32Array<SharedArrayBuffer>[] = []
  #turn = 0

  /** Valid until three more were taken. */
  take(length: number): Float32Array {
    const turn = this.#turn++ % blocksKept
    let block = this.#blocks[turn]
    if (block === undefined || block.length < length) {
      block = new Float32Array(new SharedArrayBuffer(4 * length))
      this.#blocks[turn] = block
    }
    return block.subarray(0, length)
  }
}

/** Rows of the table in a search order, handed out in contiguous blocks. */
export class OrderedVectors {
  readonly #table: VectorTable
  readonly #room: BlockRoom
  /** Table index by position; null where they are equal. */
  readonly #order: Uint32Array | null

  constructor(table: VectorTable, order: Uint32Array | null, room: BlockRoom = new BlockRoom()) {
    this.#table = table
    this.#room = room
    this.#order = order
  }

  indexAt(position: number): number {
    return this.#order ? this.#order[position]! : position
  }

  /**
   * A view where float32 rows lie together on shared memory, else a copy there as float32: a product need not copy it again for
   * every block. A copy is valid until three more blocks were asked for.
   */
  block(from: number, to: number): Float32Array {
    const { dimension, vectors } = this.#table
    const together = this.#order ? null : vectors.subarray(from * dimension, to * dimension)
    if (together instanceof Float32Array && together.buffer instanceof SharedArrayBuffer) return together
    const copy = this.#room.take((to - from) * dimension)
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
    // Four sums, which the processor adds up side by side: a third of the time of one.
    let [s, t, u, v] = [0, 0, 0, 0]
    let k = 0
    for (; k + 3 < dimension; k += 4) {
      s += vectors[a + k]! * vectors[b + k]!
      t += vectors[a + k + 1]! * vectors[b + k + 1]!
      u += vectors[a + k + 2]! * vectors[b + k + 2]!
      v += vectors[a + k + 3]! * vectors[b + k + 3]!
    }
    for (; k < dimension; k++) s += vectors[a + k]! * vectors[b + k]!
    return s + t + u + v
  }
}
