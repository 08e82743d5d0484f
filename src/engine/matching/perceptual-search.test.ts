import { describe, expect, it } from 'vitest'
import { hammingDistance, hashAt, orientGradients, orientHash } from './orientation.ts'
import { findPerceptualPairs } from './perceptual-search.ts'
import type { PerceptualPairs, SignatureTable } from './perceptual-search.ts'

/** SplitMix32 (Steele, Lea, Flood 2014, 32-bit variant). */
function randomWords(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x9e3779b9) | 0
    let mixed = state ^ (state >>> 16)
    mixed = Math.imul(mixed, 0x21f0aaad)
    mixed ^= mixed >>> 15
    mixed = Math.imul(mixed, 0x735a2d97)
    return (mixed ^ (mixed >>> 15)) >>> 0
  }
}

/** Hashes of which two thirds are turned and damaged copies of others, by up to `damage` bits. */
function tableWithCopies(count: number, damage: number, seed: number): SignatureTable {
  const random = randomWords(seed)
  const pHash = new Uint32Array(2 * count)
  for (let at = 0; at < count; at++) {
    let words: [number, number] = [random() & ~1, random()]
    if (at > 0 && random() % 3 > 0) {
      const from = random() % at
      words = [...orientHash(pHash[2 * from] ?? 0, pHash[2 * from + 1] ?? 0, random() % 8)]
      for (let bits = random() % (damage + 1); bits > 0; bits--)
        words[random() & 1] = ((words[0] ?? 0) ^ (1 << (random() & 31))) >>> 0
    }
    pHash.set(words, 2 * at)
  }
  const gradients = () => Uint32Array.from({ length: 2 * count }, random)
  return { count, pHash, rowHash: gradients(), columnHash: gradients() }
}

type Found = Map<string, string>

function bruteForce(table: SignatureTable, maxDistance: number, isNew: Uint8Array | null): Found {
  const found: Found = new Map()
  for (let b = 1; b < table.count; b++) {
    const turns = [0, 1, 2, 3, 4, 5, 6, 7].map((turn) => orientHash(...hashAt(table.pHash, b), turn))
    for (let a = 0; a < b; a++) {
      if (isNew && !isNew[a] && !isNew[b]) continue
      const own = hashAt(table.pHash, a)
      let least = 64
      let best = 0
      turns.forEach((turned, turn) => {
        const distance = hammingDistance(own, turned)
        if (distance < least) [least, best] = [distance, turn]
      })
      if (least <= maxDistance) found.set(`${a}-${b}`, `${least} bits, orientation ${best}`)
    }
  }
  return found
}

function asMap(pairs: PerceptualPairs): Found {
  const found: Found = new Map()
  for (let at = 0; at < pairs.count; at++) {
    found.set(`${pairs.a[at]}-${pairs.b[at]}`, `${pairs.distance[at]} bits, orientation ${pairs.orientation[at]}`)
  }
  expect(found.size).toBe(pairs.count)
  return found
}

const quiet = { isNew: null, signal: undefined }

describe('findPerceptualPairs', () => {
  it.each([0, 3, 4, 7, 8, 9, 10])('finds what comparing each with each finds, within %i bits', async (maxDistance) => {
    const table = tableWithCopies(1000, 14, 7 + maxDistance)
    const found = asMap(await findPerceptualPairs(table, { ...quiet, maxDistance }))
    const expected = bruteForce(table, maxDistance, null)
    expect(expected.size).toBeGreaterThan(25)
    expect(found).toEqual(expected)
  })

  it('finds exactly the pairs with a new photo when photos join', async () => {
    const table = tableWithCopies(1500, 12, 5)
    const isNew = Uint8Array.from({ length: 1500 }, (_, at) => (at % 11 === 3 ? 1 : 0))
    const found = asMap(await findPerceptualPairs(table, { maxDistance: 10, isNew, signal: undefined }))
    expect(found).toEqual(bruteForce(table, 10, isNew))
  })

  it('links 100,000 photos of one hash into a star and stays small', async () => {
    const count = 100_000
    const rowHash = Uint32Array.from({ length: 2 * count }, (_, at) => (at >> 1) % 1000)
    const blank = new Uint32Array(2 * count)
    const pairs = await findPerceptualPairs(
      { count, pHash: blank, rowHash, columnHash: blank },
      { ...quiet, maxDistance: 10 },
    )
    expect(pairs.count).toBeLessThan(20 * count)
    let linkedToFirst = 0
    let linkedByGradients = 0
    for (let at = 0; at < pairs.count; at++) {
      if (pairs.a[at] === 0) linkedToFirst++
      // Neighbours in the order of dHashes: photos that agree in the second hash too.
      if (pairs.a[at] === 5 && pairs.b[at] === 1005) linkedByGradients++
    }
    expect(linkedToFirst).toBe(count - 1)
    expect(linkedByGradients).toBe(1)
  })

  it('bounds the links of a crowd of near-identical hashes, each linked to a leader or to its 64 best', async () => {
    const count = 4000
    const random = randomWords(3)
    const pHash = new Uint32Array(2 * count)
    for (let at = 0; at < count; at++) pHash.set([(0x12345678 ^ (random() & 0x3333)) >>> 0, random() & 0x30], 2 * at)
    const blank = new Uint32Array(2 * count)
    const pairs = await findPerceptualPairs(
      { count, pHash, rowHash: blank, columnHash: blank },
      { ...quiet, maxDistance: 10 },
    )
    expect(pairs.count).toBeLessThan(400 * count)
    const degree = new Uint32Array(count)
    for (let at = 0; at < pairs.count; at++) {
      degree[pairs.a[at] ?? 0]!++
      degree[pairs.b[at] ?? 0]!++
    }
    expect(Math.min(...degree)).toBeGreaterThanOrEqual(64)
    expect(Math.max(...degree)).toBe(count - 1)
  })

  it('measures the second hash at the orientation of the first', async () => {
    const table = tableWithCopies(2, 0, 11)
    const turned = orientHash(...hashAt(table.pHash, 0), 5)
    const gradients = orientGradients(hashAt(table.rowHash, 0), hashAt(table.columnHash, 0), 5)
    table.pHash.set(turned, 2)
    table.rowHash.set(gradients.rowHash, 2)
    table.columnHash.set(gradients.columnHash, 2)
    const pairs = await findPerceptualPairs(table, { ...quiet, maxDistance: 0 })
    expect(pairs).toMatchObject({ count: 1, orientation: Uint8Array.of(6), gradientDistance: Uint8Array.of(0) })
  })

  it('lets others run meanwhile and stops soon after the signal', async () => {
    const table = tableWithCopies(60_000, 10, 2)
    const stop = new AbortController()
    let turns = 0
    const ticking = setInterval(() => {
      if (++turns === 8) stop.abort()
    }, 2)
    const search = findPerceptualPairs(table, { maxDistance: 10, isNew: null, signal: stop.signal })
    await expect(search).rejects.toMatchObject({ code: 'cancelled' })
    clearInterval(ticking)
    expect(turns).toBeLessThan(30)
  })
})
