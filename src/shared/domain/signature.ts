/**
 * [Note: Perceptual signature]
 *
 * All hashes are taken from the oriented picture in sRGB on white, reduced to a square of luma (Rec. 601), so that turning
 * or mirroring the picture permutes the hash.
 *
 * pHash (Zauner 2010, "Implementation and Benchmarking of Perceptual Image Hash Functions", with signs instead of the
 * median): the 8 × 8 low-frequency block of the 32 × 32 DCT-II. Bit 8·v + u (v vertical, u horizontal frequency) is 1 when
 * the coefficient is > 0; bit 0 (the mean) is always 0. Signs make the symmetries exact: mirroring horizontally complements
 * every bit of odd u, mirroring vertically every bit of odd v, transposing swaps u and v.
 *
 * dHash (Krawetz 2013, "Kind of Like That"), both ways: bit 8·row + column of `rowHash` is 1 when cell (row, column) of a
 * 9-wide, 8-high reduction is brighter than its right neighbour; bit 8·row + column of `columnHash` is 1 when cell
 * (row, column) of an 8-wide, 9-high reduction is brighter than the one below.
 *
 * A 64-bit hash is 8 bytes, bit k in byte k >> 3 at position k & 7.
 */
export interface PerceptualSignature {
  /** 8 bytes. */
  pHash: Uint8Array
  /** 8 bytes. */
  rowHash: Uint8Array
  /** 8 bytes. */
  columnHash: Uint8Array
  /** 32 × 32 luma, row by row, area-averaged from the whole oriented picture (aspect ratio not kept). 1,024 bytes. */
  luma: Uint8Array
}
