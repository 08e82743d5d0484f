import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { createBlockProduct } from '../../src/engine/embedding/block-product.ts'
import { createBlockNeighbourSearch } from '../../src/engine/matching/neighbour-search.ts'
import type { NeighbourOptions, Neighbours } from '../../src/engine/matching/neighbour-search.ts'
import type { VectorTable } from '../../src/engine/matching/search-blocks.ts'
import type { BlockProduct } from '../../src/shared/domain/block-product.ts'
import type { NearestProduct } from '../../src/shared/domain/nearest-product.ts'
import { madeUpScenes, madeUpVectors } from '../bench/subjects/made-up-library.ts'
import { createRandom } from '../fixtures/generator/random.ts'

const product = createBlockProduct({ resourcesDir: fileURLToPath(new URL('../../resources', import.meta.url)) })
/** The same, with the comparisons that were asked for. */
const counted: NearestProduct & BlockProduct & { compared: number } = {
  compared: 0,
  above: (...question) => product.above(...question),
  nearest(...question) {
    this.compared += question[1] * question[3]
    return product.nearest(...question)
  },
}
const search = createBlockNeighbourSearch(product)
afterAll(() => product.close())

const most = 10

/** By row its partners over the floor with their cosines, best first, by the exact product. */
async function bruteForce(
  table: VectorTable & { vectors: Float32Array },
  owner: Int32Array,
  floor = 0.6,
): Promise<[number, number][][]> {
  const { count, dimension, vectors } = table
  const lists: [number, number][][] = []
  for (let start = 0; start < count; start += 250) {
    const rows = vectors.subarray(start * dimension, Math.min(count, start + 250) * dimension)
    const rowCount = rows.length / dimension
    const found = await product.above(rows, rowCount, vectors, count, dimension, floor)
    const block = Array.from({ length: rowCount }, (): [number, number][] => [])
    for (let at = 0; at < found.scores.length; at++) {
      const [row = 0, partner = 0] = [found.rows[at], found.columns[at]]
      if (owner[start + row] !== owner[partner]) block[row]?.push([partner, found.scores[at] ?? 0])
    }
    for (const list of block) lists.push(list.sort((a, b) => b[1] - a[1]))
  }
  return lists
}

function keysOf({ pairs }: Neighbours): Map<string, number> {
  const keys = new Map<string, number>()
  for (let at = 0; at < pairs.a.length; at++) {
    const [a = 0, b = 0] = [pairs.a[at], pairs.b[at]]
    expect(a).toBeLessThan(b)
    expect(keys.has(`${a}-${b}`)).toBe(false)
    keys.set(`${a}-${b}`, pairs.score[at] ?? 0)
  }
  return keys
}

const keyOf = (a: number, b: number): string => `${Math.min(a, b)}-${Math.max(a, b)}`

/** Share of the pairs in either row's list that were found. */
function recallOf(found: ReadonlyMap<string, number>, lists: [number, number][][]): { wanted: number; share: number } {
  const wanted = new Set<string>()
  lists.forEach((list, row) => {
    for (const [partner] of list.slice(0, most)) wanted.add(keyOf(row, partner))
  })
  return { wanted: wanted.size, share: [...wanted].filter((key) => found.has(key)).length / wanted.size }
}

function normalise(vector: Float32Array): void {
  const length = Math.hypot(...vector)
  for (let k = 0; k < vector.length; k++) vector[k] = (vector[k] ?? 0) / length
}

/** A library of whole photos and, for a third of them, a second view: a slightly changed copy in a row of its own. */
function libraryOf(
  photos: number,
  dimension: number,
): { table: VectorTable & { vectors: Float32Array }; owner: Int32Array; photos: number } {
  const random = createRandom('views')
  const whole = madeUpVectors(photos, dimension, 0.1)
  // More in common than those have: two different photos at 0.6 on average.
  for (let row = 0; row < photos; row++) {
    const own = whole.subarray(row * dimension, (row + 1) * dimension)
    for (let k = 0; k < dimension; k++) own[k] = (own[k] ?? 0) + 0.0016
    normalise(own)
  }
  const viewed = Array.from({ length: photos }, (_, at) => at).filter((at) => at % 3 === 0)
  const vectors = new Float32Array(new SharedArrayBuffer(4 * (photos + viewed.length) * dimension))
  vectors.set(whole)
  viewed.forEach((from, at) => {
    const own = vectors.subarray((photos + at) * dimension, (photos + at + 1) * dimension)
    for (let k = 0; k < dimension; k++) own[k] = (whole[from * dimension + k] ?? 0) + 0.003 * random.next()
    normalise(own)
  })
  const owner = Int32Array.from([...Array(photos).keys(), ...viewed])
  return { table: { count: owner.length, dimension, vectors }, owner, photos }
}

describe('nearest neighbours by the block product', () => {
  const { table, owner, photos } = libraryOf(3000, 1280)
  const exact = bruteForce(table, owner)
  const find = (options: Partial<NeighbourOptions>): Promise<Neighbours> =>
    search.findNeighbours(table, { owner, isNew: null, signal: undefined, ...options })

  it('finds the ten best of every row as brute force does, with exact scores, in a table where a third of all pairs are over the floor', async () => {
    const lists = await exact
    const overFloor = lists.reduce((sum, list) => sum + list.length, 0)
    expect(overFloor).toBeGreaterThan(0.3 * table.count ** 2)
    const shares: number[] = []
    const neighbours = await find({ onProgress: (share) => shares.push(share) })
    const found = keysOf(neighbours)
    const { wanted, share } = recallOf(found, lists)
    expect(wanted).toBeGreaterThan(20_000)
    expect(share).toBeGreaterThanOrEqual(0.999)
    expect(found.size).toBeLessThanOrEqual(wanted * 1.002)
    expect(shares).toEqual(shares.toSorted((x, y) => x - y))
    expect(shares.at(-1)).toBe(1)
    lists.forEach((list, row) => {
      const last = list[most - 1]?.[1] ?? NaN
      expect(neighbours.reach[row]).toBeLessThan(last + 1e-5)
      expect(neighbours.reach[row]).toBeGreaterThan(last - 0.003)
      // Planted near copies, which stand out from the rest, are never missed.
      for (const [partner, score] of list.slice(0, most))
        if (score > 0.8) expect(found.get(keyOf(row, partner))).toBeCloseTo(score, 5)
    })
    for (const key of found.keys()) {
      const [a = 0, b = 0] = key.split('-').map(Number)
      expect(owner[a]).not.toBe(owner[b])
    }
  })

  it('looks only at what joined, yet gives old photos the new partners that are nearer than what they had', async () => {
    const lists = await exact
    const isNew = Uint8Array.from(owner, (photo) => (photo % 4 === 1 ? 1 : 0))
    const old = Uint32Array.from([...isNew.keys()].filter((row) => isNew[row] === 0))
    const before = await search.findNeighbours(
      {
        count: old.length,
        dimension: table.dimension,
        vectors: Float32Array.from({ length: old.length * table.dimension }, (_, at) => {
          const row = old[Math.floor(at / table.dimension)] ?? 0
          return table.vectors[row * table.dimension + (at % table.dimension)] ?? 0
        }),
      },
      { owner: Int32Array.from(old, (row) => owner[row] ?? 0), isNew: null, signal: undefined },
    )
    const reach = new Float32Array(table.count)
    old.forEach((row, at) => (reach[row] = before.reach[at] ?? 0))
    const added = keysOf(await find({ isNew, reach }))
    for (const key of added.keys()) expect(key.split('-').some((row) => isNew[Number(row)] === 1)).toBe(true)
    const all = new Map(added)
    for (const [key, score] of keysOf(before)) {
      const [a = 0, b = 0] = key.split('-').map(Number)
      all.set(keyOf(old[a] ?? 0, old[b] ?? 0), score)
    }
    // Old and new pairs together hold what a search of everything at once finds.
    expect(recallOf(all, lists).share).toBeGreaterThanOrEqual(0.999)
    const gained = [...added.keys()].filter((key) => key.split('-').some((row) => isNew[Number(row)] === 0)).length
    expect(gained).toBeGreaterThan(photos)
  })

  it('does the same for vectors with negative numbers, as CLIP gives them', async () => {
    const random = createRandom('signed')
    const [count, dimension] = [900, 512]
    const signed = { count, dimension, vectors: new Float32Array(count * dimension) }
    for (let row = 0; row < count; row++) {
      const own = signed.vectors.subarray(row * dimension, (row + 1) * dimension)
      const like = row % 3 === 1 ? signed.vectors.subarray((row - 1) * dimension) : null
      for (let k = 0; k < dimension; k++) own[k] = (like?.[k] ?? 0) + (like === null ? 1 : 0.03) * random.between(-1, 1)
      // One outlying number, as such models have it.
      own[7] = -0.4 * Math.hypot(...own)
      normalise(own)
    }
    const owners = Int32Array.from(Array(count).keys())
    const lists = await bruteForce(signed, owners, 0.2)
    const found = keysOf(
      await search.findNeighbours(signed, { owner: owners, isNew: null, floor: 0.2, signal: undefined }),
    )
    const { wanted, share } = recallOf(found, lists)
    expect(wanted).toBeGreaterThan(1500)
    expect(share).toBeGreaterThanOrEqual(0.999)
  })

  it('finds them by an index with a fraction of the comparisons where photos gather, in half floats, and says its recall', async () => {
    const [count, dimension, floor] = [6000, 256, 0.7]
    const { vectors, copyOf } = madeUpScenes(count, dimension, 0.05)
    const scenes = { count, dimension, vectors: Float16Array.from(vectors) }
    const owners = Int32Array.from(Array(count).keys())
    const lists = await bruteForce({ count, dimension, vectors }, owners, floor)
    const shallow = createBlockNeighbourSearch(counted, { indexFrom: 0 })
    counted.compared = 0
    const neighbours = await shallow.findNeighbours(scenes, { owner: owners, isNew: null, floor, signal: undefined })
    const found = keysOf(neighbours)
    expect(counted.compared).toBeLessThan(0.5 * (count ** 2 / 2))
    const { share } = recallOf(found, lists)
    expect(share).toBeGreaterThanOrEqual(0.99)
    for (const [row, [best]] of lists.entries()) {
      const score = best === undefined ? undefined : found.get(keyOf(row, best[0]))
      if (best !== undefined && score !== undefined) expect(Math.abs(score - best[1])).toBeLessThan(2e-4)
    }
    expect(neighbours.recall).toMatchObject({ sampled: 256, indexed: true })
    expect(neighbours.recall?.share).toBeGreaterThan(share - 0.005)
    expect(neighbours.recall?.share).toBeLessThanOrEqual(1)
    copyOf.forEach((from, row) => {
      if (from >= 0 && (lists[row] ?? []).slice(0, 3).some(([partner]) => partner === from))
        expect(found.has(keyOf(row, from))).toBe(true)
    })
  })

  it('compares everything where vectors gather around nothing', async () => {
    const count = 2000
    const scattered = { count, dimension: 256, vectors: madeUpVectors(count, 256, 0) }
    const owners = Int32Array.from(Array(count).keys())
    const options = { owner: owners, isNew: null, floor: 0.5, signal: undefined }
    const by = createBlockNeighbourSearch(product, { indexFrom: 0 })
    const [indexed, plain] = [
      await by.findNeighbours(scattered, options),
      await search.findNeighbours(scattered, options),
    ]
    expect(indexed.recall?.indexed).toBe(false)
    expect(plain.recall).toBeNull()
    expect(keysOf(indexed)).toEqual(keysOf(plain))
  })

  it('stops within a block', async () => {
    const stop = new AbortController()
    let told = 0
    const stopped = find({
      signal: stop.signal,
      onProgress: () => {
        told++
        stop.abort()
      },
    })
    await expect(stopped).rejects.toMatchObject({ code: 'cancelled' })
    expect(told).toBe(1)
  })
})
