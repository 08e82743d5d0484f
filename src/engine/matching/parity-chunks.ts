import { countBits } from './orientation.ts'

/**
 * [Note: Parity chunks]
 *
 * The 64 bits of a sign pHash fall into four chunks of 16 by the parity of (u, v): even-even, odd-even, even-odd, odd-odd.
 * A mirror complements whole chunks and a transposition permutes bits within even-even and within odd-odd, and exchanges
 * odd-even with even-odd. So over the eight orientations a chunk takes only one or two values and their transposes, where an
 * arbitrary cut of the hash would take eight. Bit 4·(v >> 1) + (u >> 1) of a chunk stands for (u, v).
 */
export interface ChunkTable {
  count: number
  evenEven: Uint16Array
  oddEven: Uint16Array
  evenOdd: Uint16Array
  oddOdd: Uint16Array
}

/** Values of a chunk. */
export const chunkValues = 65_536

/** Four bits of even position of each byte. */
const evenBits = Uint8Array.from(
  { length: 256 },
  (_, byte) => (byte & 1) | ((byte >> 1) & 2) | ((byte >> 2) & 4) | ((byte >> 3) & 8),
)

function gather(lo: number, hi: number): number {
  return (
    evenBits[lo & 0x55]! |
    (evenBits[(lo >>> 16) & 0x55]! << 4) |
    (evenBits[hi & 0x55]! << 8) |
    (evenBits[(hi >>> 16) & 0x55]! << 12)
  )
}

export function createChunkTable(count: number): ChunkTable {
  const chunk = () => new Uint16Array(count)
  return { count, evenEven: chunk(), oddEven: chunk(), evenOdd: chunk(), oddOdd: chunk() }
}

/** Writes row `index` of the table from the two words of a pHash. */
export function setChunks(table: ChunkTable, index: number, lo: number, hi: number): void {
  table.evenEven[index] = gather(lo, hi)
  table.oddEven[index] = gather(lo >>> 1, hi >>> 1)
  table.evenOdd[index] = gather(lo >>> 8, hi >>> 8)
  table.oddOdd[index] = gather(lo >>> 9, hi >>> 9)
}

/** By chunk value: the value with its 4 × 4 bits transposed. */
export const transposedChunk = Uint16Array.from({ length: chunkValues }, (_, value) => {
  let turned = 0
  for (let bit = 0; bit < 16; bit++) if ((value >> bit) & 1) turned |= 1 << (4 * (bit & 3) + (bit >> 2))
  return turned
})

/** Per chunk, in the order of `ChunkTable`: bits that differ. */
export type ChunkDistances = [evenEven: number, oddEven: number, evenOdd: number, oddOdd: number]

/** How far row `b`, turned by an orientation (index), is from row `a`, chunk by chunk. */
export function chunkDistances(table: ChunkTable, a: number, b: number, orientation: number): ChunkDistances {
  const { evenEven, oddEven, evenOdd, oddOdd } = table
  const turned = orientation & 4
  const horizontal = orientation & 1 ? 0xffff : 0
  const vertical = orientation & 2 ? 0xffff : 0
  const oddEvenOfB = turned ? transposedChunk[evenOdd[b]!]! : oddEven[b]!
  const evenOddOfB = turned ? transposedChunk[oddEven[b]!]! : evenOdd[b]!
  return [
    countBits(evenEven[a]! ^ (turned ? transposedChunk[evenEven[b]!]! : evenEven[b]!)),
    countBits(oddEven[a]! ^ oddEvenOfB ^ horizontal),
    countBits(evenOdd[a]! ^ evenOddOfB ^ vertical),
    countBits(oddOdd[a]! ^ (turned ? transposedChunk[oddOdd[b]!]! : oddOdd[b]!) ^ horizontal ^ vertical),
  ]
}
