import { Orientation } from '../../shared/contract/groups.ts'

/**
 * [Note: Eight orientations]
 *
 * An orientation is an index 0–7 into `Orientation.options`: bit 2 says "transpose first", bit 0 then "mirror
 * horizontally", bit 1 then "mirror vertically". So 5 (transpose, then mirror horizontally) is a quarter turn clockwise, and
 * 6 is its inverse. On a sign pHash (see [Note: Perceptual signature]) each of these is an isometry of the Hamming
 * distance: the mirrors complement the bits of odd horizontal or vertical frequency, the transposition permutes bits.
 */
export const orientationCount = 8

/** Bits of odd horizontal frequency u, in each half of a pHash (bit 8·v + u). */
const oddHorizontal = 0xaaaaaaaa | 0
/** Bits of odd vertical frequency v. */
const oddVertical = 0xff00ff00 | 0

/** A 64-bit hash as two unsigned 32-bit words, the lower bits first. */
export type HashWords = readonly [lo: number, hi: number]

export function orientationName(index: number): Orientation {
  const name = Orientation.options[index]
  if (name === undefined) throw new RangeError(`No orientation ${index}`)
  return name
}

export function orientationIndex(name: Orientation): number {
  return Orientation.options.indexOf(name)
}

function swapMirrors(mirrors: number): number {
  return ((mirrors & 1) << 1) | (mirrors >> 1)
}

/** The single orientation that does `first`, then `second` (indices). */
export function composeOrientations(first: number, second: number): number {
  const carried = second & 4 ? swapMirrors(first & 3) : first & 3
  return ((first ^ second) & 4) | (carried ^ (second & 3))
}

/** The orientation that undoes this one (index). */
export function invertOrientation(index: number): number {
  return index & 4 ? 4 | swapMirrors(index & 3) : index
}

/** Reads hash number `index` of a table of 8-byte hashes stored as little-endian word pairs. */
export function hashAt(words: Uint32Array, index: number): HashWords {
  return [words[2 * index] ?? 0, words[2 * index + 1] ?? 0]
}

/** Transposes the 8 × 8 bit matrix whose bit 8·row + column is bit k of the hash (Warren, Hacker's Delight, 7–3). */
export function transposeBits(hash: HashWords): HashWords {
  let [lo, hi] = hash
  let swap = (lo ^ (lo >>> 7)) & 0x00aa00aa
  lo ^= swap ^ (swap << 7)
  swap = (hi ^ (hi >>> 7)) & 0x00aa00aa
  hi ^= swap ^ (swap << 7)
  swap = (lo ^ (lo >>> 14)) & 0x0000cccc
  lo ^= swap ^ (swap << 14)
  swap = (hi ^ (hi >>> 14)) & 0x0000cccc
  hi ^= swap ^ (swap << 14)
  swap = ((lo >>> 4) ^ hi) & 0x0f0f0f0f
  return [(lo ^ (swap << 4)) >>> 0, (hi ^ swap) >>> 0]
}

/** The pHash of the picture turned by an orientation (index), from the pHash of the picture. */
export function orientHash(lo: number, hi: number, orientation: number): HashWords {
  const [low, high] = orientation & 4 ? transposeBits([lo, hi]) : [lo, hi]
  const flips = (orientation & 1 ? oddHorizontal : 0) ^ (orientation & 2 ? oddVertical : 0)
  return [(low ^ flips) >>> 0, (high ^ flips) >>> 0]
}

function reverseColumns(word: number): number {
  let bits = ((word >>> 1) & 0x55555555) | ((word & 0x55555555) << 1)
  bits = ((bits >>> 2) & 0x33333333) | ((bits & 0x33333333) << 2)
  return ((bits >>> 4) & 0x0f0f0f0f) | ((bits & 0x0f0f0f0f) << 4)
}

function reverseRows(word: number): number {
  return (word >>> 24) | ((word >>> 8) & 0xff00) | ((word << 8) & 0xff0000) | (word << 24)
}

/**
 * Both dHashes of the turned picture. A mirror reverses the cells and, along the direction in which a hash compares,
 * complements its bits (equal neighbours aside); transposing exchanges the two hashes.
 */
export function orientGradients(
  rowHash: HashWords,
  columnHash: HashWords,
  orientation: number,
): { rowHash: HashWords; columnHash: HashWords } {
  let row = orientation & 4 ? transposeBits(columnHash) : rowHash
  let column = orientation & 4 ? transposeBits(rowHash) : columnHash
  if (orientation & 1) {
    row = [~reverseColumns(row[0]) >>> 0, ~reverseColumns(row[1]) >>> 0]
    column = [reverseColumns(column[0]) >>> 0, reverseColumns(column[1]) >>> 0]
  }
  if (orientation & 2) {
    row = [reverseRows(row[1]) >>> 0, reverseRows(row[0]) >>> 0]
    column = [~reverseRows(column[1]) >>> 0, ~reverseRows(column[0]) >>> 0]
  }
  return { rowHash: row, columnHash: column }
}

/** Number of one bits in the lower 32 bits (Warren, Hacker's Delight, 5–1). */
export function countBits(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555)
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333)
  bits = (bits + (bits >>> 4)) & 0x0f0f0f0f
  return Math.imul(bits, 0x01010101) >>> 24
}

/** Hamming distance of two hashes, bits. */
export function hammingDistance(a: HashWords, b: HashWords): number {
  return countBits(a[0] ^ b[0]) + countBits(a[1] ^ b[1])
}

/**
 * Where each cell of a turned square comes from: cell `row · side + column` of the turned square is cell `map[that]` of the
 * square before.
 */
export function orientationMap(side: number, orientation: number): Uint16Array {
  const map = new Uint16Array(side * side)
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const y = orientation & 2 ? side - 1 - row : row
      const x = orientation & 1 ? side - 1 - column : column
      map[row * side + column] = orientation & 4 ? x * side + y : y * side + x
    }
  }
  return map
}
