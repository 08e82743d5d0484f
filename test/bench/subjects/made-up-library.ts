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
