import { countBits } from './orientation.ts'
import type { Keypoints } from './keypoints.ts'

/** Corners of two pictures that look alike: number of one in `a`, of the other in `b`, and the bits that differ, of 256. */
export interface KeypointMatches {
  count: number
  a: Uint16Array
  b: Uint16Array
  distance: Uint8Array
}

/** Bits by which two descriptions of one corner may differ. */
const mostBits = 72
/** Of the first 64 of them: a random pair differs in 32 ± 4, a true one at the limit in 18 ± 4. */
const mostBitsOfFirst = 25
/** A best partner must be this much better than the second best, unless it is very close. */
const ratio = 0.92

/**
 * Pairs of corners that are each other's best. About 1 ms for 320 × 320 corners.
 *
 * @param mirrored compare with the corners of `b` as they would be described in its mirror image (see [Note: Key points])
 */
export function matchKeypoints(a: Keypoints, b: Keypoints, mirrored: boolean): KeypointMatches {
  const bestOfA = new Int16Array(a.count).fill(-1)
  const distanceOfA = new Uint16Array(a.count).fill(mostBits + 1)
  const secondOfA = new Uint16Array(a.count).fill(256)
  const bestOfB = new Int16Array(b.count).fill(-1)
  const distanceOfB = new Uint16Array(b.count).fill(mostBits + 1)
  const words = b.descriptors
  const shift = mirrored ? 4 : 0
  for (let i = 0; i < a.count; i++) {
    const at = 8 * i
    const a0 = a.descriptors[at]!
    const a1 = a.descriptors[at + 1]!
    for (let j = 0; j < b.count; j++) {
      const to = 8 * j
      let bits = countBits(a0 ^ words[to + shift]!) + countBits(a1 ^ words[to + 1 + shift]!)
      if (bits > mostBitsOfFirst) continue
      bits += countBits(a.descriptors[at + 2]! ^ words[to + 2 + shift]!)
      bits += countBits(a.descriptors[at + 3]! ^ words[to + 3 + shift]!)
      bits += countBits(a.descriptors[at + 4]! ^ words[to + 4 - shift]!)
      bits += countBits(a.descriptors[at + 5]! ^ words[to + 5 - shift]!)
      bits += countBits(a.descriptors[at + 6]! ^ words[to + 6 - shift]!)
      bits += countBits(a.descriptors[at + 7]! ^ words[to + 7 - shift]!)
      if (bits < distanceOfA[i]!) {
        secondOfA[i] = distanceOfA[i]!
        distanceOfA[i] = bits
        bestOfA[i] = j
      } else if (bits < secondOfA[i]!) secondOfA[i] = bits
      if (bits < distanceOfB[j]!) {
        distanceOfB[j] = bits
        bestOfB[j] = i
      }
    }
  }
  const pairs: number[] = []
  for (let i = 0; i < a.count; i++) {
    const j = bestOfA[i]!
    if (j < 0 || bestOfB[j] !== i) continue
    if (distanceOfA[i]! > 24 && distanceOfA[i]! > ratio * secondOfA[i]!) continue
    pairs.push(i)
  }
  pairs.sort((p, q) => distanceOfA[p]! - distanceOfA[q]! || p - q)
  return {
    count: pairs.length,
    a: Uint16Array.from(pairs),
    b: Uint16Array.from(pairs, (i) => bestOfA[i]!),
    distance: Uint8Array.from(pairs, (i) => distanceOfA[i]!),
  }
}
