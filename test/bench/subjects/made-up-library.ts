import type { VectorNumbers } from '../../../src/shared/domain/vector-numbers.ts'
import { createRandom } from '../../fixtures/generator/random.ts'

/**
 * Vectors that lie together as a convolution model's pooled, rectified, unit-length ones do: no negative numbers, two
 * different photos at a cosine near 0.6; `copies` of them are near copies of an earlier one, at 0.8 to 1.
 */
export function madeUpVectors(count: number, dimension: number, copies: number): Float32Array {
  const random = createRandom(`vectors/${count}/${dimension}`)
  const gauss = (): number => (random.next() + random.next() + random.next() + random.next() - 2) * Math.sqrt(3)
  const profile = Float32Array.from({ length: dimension }, () => Math.exp(0.5 * gauss()))
  const vectors = new Float32Array(new SharedArrayBuffer(4 * count * dimension))
  for (let i = 0; i < count; i++) {
    const own = vectors.subarray(i * dimension, (i + 1) * dimension)
    const copied = i > 0 && random.next() < copies ? random.integer(0, i - 1) : null
    const strength = random.between(0.05, 0.7)
    let squares = 0
    for (let d = 0; d < dimension; d++) {
      const scale = profile[d] ?? 0
      const value =
        copied === null
          ? Math.max(0, scale * (0.8 + gauss()))
          : Math.max(0, (vectors[copied * dimension + d] ?? 0) + (strength * scale * gauss()) / Math.sqrt(dimension))
      own[d] = value
      squares += value * value
    }
    const norm = Math.sqrt(squares)
    for (let d = 0; d < dimension; d++) own[d] = (own[d] ?? 0) / norm
  }
  return vectors
}

/** Hidden factors of made-up scenes, and how many of them each number of a vector is mixed from. */
const factors = 200
const mixedFrom = 12
/** Photos of one event and of one place (home, a town, a festival); the place makes up this share of their variance. */
const eventSize = 20
const placeSize = 400
const placeShare = 0.3
/** Share of a number's variance that is noise of its own. */
const ownNoise = 0.15

/**
 * Vectors as `madeUpVectors` gives them, but with a structure as photos have it, which an index can make use of: the numbers
 * are mixed from hidden factors whose frequencies fall as 1 / (j + 2), so that the spectrum is that of the default model's
 * vectors (a third of the variance in 10 directions, 0.6 in 50, 0.85 in 200), and photos come in places and events. Two photos of
 * different places have a cosine of about 0.56 ± 0.05. `copies` of them are near copies of an earlier photo, at 0.9 to 1;
 * `copyOf` names it, −1 for the others. `vectors` is filled.
 */
export function fillWithScenes(vectors: VectorNumbers, count: number, copies: number): Int32Array {
  const dimension = vectors.length / count
  const random = createRandom(`scenes/${count}/${dimension}`)
  const gauss = (): number => (random.next() + random.next() + random.next() + random.next() - 2) * Math.sqrt(3)
  const noise = Float32Array.from({ length: 2 ** 16 }, gauss)
  const profile = Float32Array.from({ length: dimension }, () => Math.exp(0.5 * gauss()))
  // Inverse of the sum of 1 / (j + 2).
  const pickFactor = (): number => Math.min(factors - 1, Math.floor(2 * ((factors + 2) / 2) ** random.next() - 2))
  const picks = Uint8Array.from({ length: dimension * mixedFrom }, pickFactor)
  const weight = Math.sqrt((1 - ownNoise) / mixedFrom)
  const weights = Float32Array.from(picks, () => (random.chance(0.5) ? weight : -weight))
  const copyOf = new Int32Array(count).fill(-1)
  const place = new Float32Array(factors)
  const event = new Float32Array(factors)
  const own = new Float32Array(factors)
  for (let i = 0; i < count; i++) {
    if (i % placeSize === 0) for (let j = 0; j < factors; j++) place[j] = gauss()
    if (i % eventSize === 0) for (let j = 0; j < factors; j++) event[j] = gauss()
    const eventShare = random.between(0.2, 0.5)
    const [p, e, o] = [placeShare, eventShare, 1 - placeShare - eventShare].map(Math.sqrt) as [number, number, number]
    for (let j = 0; j < factors; j++) own[j] = p * (place[j] ?? 0) + e * (event[j] ?? 0) + o * gauss()
    const from = i > 0 && random.next() < copies ? random.integer(0, i - 1) : -1
    copyOf[i] = from
    const strength = random.between(0.05, 0.5) / Math.sqrt(dimension)
    const [start, stride] = [random.integer(0, 2 ** 16 - 1), 2 * random.integer(0, 2 ** 15 - 1) + 1]
    let squares = 0
    for (let d = 0; d < dimension; d++) {
      const scale = profile[d] ?? 0
      const chance = noise[(start + d * stride) & 0xffff] ?? 0
      let value =
        from < 0 ? 0.8 + Math.sqrt(ownNoise) * chance : (vectors[from * dimension + d] ?? 0) + strength * scale * chance
      if (from < 0) {
        for (let m = d * mixedFrom, end = m + mixedFrom; m < end; m++)
          value += (weights[m] ?? 0) * (own[picks[m] ?? 0] ?? 0)
        value *= scale
      }
      if (value < 0) value = 0
      vectors[i * dimension + d] = value
      squares += value * value
    }
    const norm = Math.sqrt(squares)
    for (let at = i * dimension, end = at + dimension; at < end; at++) vectors[at] = (vectors[at] ?? 0) / norm
  }
  return copyOf
}

/** As `fillWithScenes` makes them, in float32. */
export function madeUpScenes(
  count: number,
  dimension: number,
  copies: number,
): { vectors: Float32Array; copyOf: Int32Array } {
  const vectors = new Float32Array(new SharedArrayBuffer(4 * count * dimension))
  return { vectors, copyOf: fillWithScenes(vectors, count, copies) }
}

/** 64-bit hashes in word pairs: random, a tenth of them within 0 to 9 bits of an earlier one. Bit 0 is always 0. */
export function madeUpHashes(count: number, key: string): Uint32Array {
  const random = createRandom(`hashes/${key}/${count}`)
  const words = new Uint32Array(2 * count)
  for (let i = 0; i < count; i++) {
    if (i > 0 && random.chance(0.1)) {
      const from = random.integer(0, i - 1)
      words[2 * i] = words[2 * from] ?? 0
      words[2 * i + 1] = words[2 * from + 1] ?? 0
      for (let flips = random.integer(0, 9); flips > 0; flips--) {
        const bit = random.integer(1, 63)
        const at = 2 * i + (bit >> 5)
        words[at] = (words[at] ?? 0) ^ (1 << (bit & 31))
      }
      continue
    }
    words[2 * i] = Math.floor(random.next() * 2 ** 31) * 2
    words[2 * i + 1] = Math.floor(random.next() * 2 ** 32)
  }
  return words
}
