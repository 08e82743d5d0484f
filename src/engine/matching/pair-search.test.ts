import { describe, expect, it } from 'vitest'
import type { BlockProduct } from '../../shared/domain/block-product.ts'
import { createBlockPairSearch } from './pair-search.ts'
import type { PairSearchOptions } from './pair-search.ts'
import type { VectorTable } from './search-blocks.ts'

/** A plain product, a real one in its own right: it computes what it is asked for. */
const plainProduct: BlockProduct & { computed: number; multiplied: number } = {
  computed: 0,
  multiplied: 0,
  async above(rows, rowCount, columns, columnCount, dimension, floor) {
    this.computed += rowCount * columnCount
    this.multiplied += rowCount * columnCount * dimension
    const found: [number, number, number][] = []
    for (let row = 0; row < rowCount; row++) {
      for (let column = 0; column < columnCount; column++) {
        let sum = 0
        for (let k = 0, a = row * dimension, b = column * dimension; k < dimension; k++)
          sum += rows[a + k]! * columns[b + k]!
        if (sum >= floor) found.push([row, column, sum])
      }
    }
    return {
      rows: Int32Array.from(found, ([row]) => row),
      columns: Int32Array.from(found, ([, column]) => column),
      scores: Float32Array.from(found, ([, , score]) => score),
    }
  },
}

/** Unit vectors around `centres` directions; the spread decides how alike those of one direction are. */
function clusteredTable(count: number, dimension: number, centres: number, spread: number): VectorTable {
  const vectors = new Float32Array(count * dimension)
  let state = 1
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  }
  const centre = Array.from({ length: centres }, () => Array.from({ length: dimension }, random))
  for (let row = 0; row < count; row++) {
    const own = Array.from({ length: dimension }, (_, k) => (centre[row % centres]?.[k] ?? 0) + spread * random())
    const length = Math.hypot(...own)
    vectors.set(
      own.map((value) => value / length),
      row * dimension,
    )
  }
  return { count, dimension, vectors }
}

async function collect(table: VectorTable, options: Omit<PairSearchOptions, 'signal'>): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  const search = createBlockPairSearch(plainProduct)
  for await (const pairs of search.findPairs(table, { signal: undefined, ...options })) {
    for (let at = 0; at < pairs.a.length; at++) {
      const key = `${pairs.a[at]}-${pairs.b[at]}`
      expect(found.has(key)).toBe(false)
      expect(pairs.a[at]).toBeLessThan(pairs.b[at] ?? 0)
      found.set(key, pairs.score[at] ?? 0)
    }
  }
  return found
}

function* bruteForceScores({ count, dimension, vectors }: VectorTable, floor: number): Generator<[string, number]> {
  for (let b = 1; b < count; b++) {
    for (let a = 0; a < b; a++) {
      let sum = 0
      for (let k = a * dimension, m = b * dimension, end = k + dimension; k < end; k++, m++)
        sum += vectors[k]! * vectors[m]!
      if (sum >= floor) yield [`${a}-${b}`, sum]
    }
  }
}

function bruteForce(table: VectorTable, floor: number, isNew: Uint8Array | null): Set<string> {
  const found = new Set<string>()
  for (const [pair] of bruteForceScores(table, floor)) {
    if (!isNew || pair.split('-').some((end) => isNew[Number(end)] === 1)) found.add(pair)
  }
  return found
}

describe('createBlockPairSearch', () => {
  const table = clusteredTable(1700, 24, 170, 0.35)

  it('finds every pair over the floor once, in little more than half of all products', async () => {
    plainProduct.computed = 0
    const found = await collect(table, { floor: 0.85, isNew: null })
    const expected = bruteForce(table, 0.85, null)
    expect(expected.size).toBeGreaterThan(1000)
    expect(new Set(found.keys())).toEqual(expected)
    expect(plainProduct.computed).toBeLessThan(0.67 * 1700 * 1700)
  })

  it('finds exactly the pairs with a new photo when photos join', async () => {
    const isNew = Uint8Array.from({ length: table.count }, (_, at) => (at % 3 === 1 ? 1 : 0))
    const shares: number[] = []
    const found = await collect(table, { floor: 0.85, isNew, onProgress: (share) => shares.push(share) })
    expect(new Set(found.keys())).toEqual(bruteForce(table, 0.85, isNew))
    expect(shares.at(-1)).toBe(1)
    expect(shares).toEqual(shares.toSorted((x, y) => x - y))
  })

  it('keeps the best links of each frame in a crowd, and a leader that holds the crowd together', async () => {
    const crowd = clusteredTable(500, 16, 1, 0.15)
    const all = bruteForce(crowd, 0.9, null)
    expect(all.size).toBe((500 * 499) / 2)
    const found = await collect(crowd, { floor: 0.9, isNew: null })
    expect(found.size).toBeLessThan(500 * 64 * 3)
    const best = new Float64Array(500)
    const kept = new Float64Array(500)
    for (const key of all) {
      const [a = 0, b = 0] = key.split('-').map(Number)
      let score = 0
      for (let k = 0; k < 16; k++) score += (crowd.vectors[a * 16 + k] ?? 0) * (crowd.vectors[b * 16 + k] ?? 0)
      for (const end of [a, b]) {
        best[end] = Math.max(best[end] ?? 0, score)
        if (found.has(key)) kept[end] = Math.max(kept[end] ?? 0, score)
      }
    }
    best.forEach((score, end) => expect(kept[end]).toBeGreaterThan(score - 0.003))
    const degree = new Map<string, number>()
    for (const key of found.keys()) for (const end of key.split('-')) degree.set(end, (degree.get(end) ?? 0) + 1)
    expect(Math.max(...degree.values())).toBe(499)
  })

  it('finds pairs of long vectors by short ones, with their exact scores, where few pairs are near the floor', async () => {
    const long = clusteredTable(2020, 640, 404, 0.5)
    const scores = [...bruteForceScores(long, 0.5)]
    // Half of the true pairs lie over the floor and half under it, all close to it.
    const floor = scores.map(([, score]) => score).toSorted((x, y) => x - y)[scores.length >> 1] ?? NaN
    const expected = new Map(scores.filter(([, score]) => score >= floor))
    plainProduct.multiplied = 0
    const found = await collect(long, { floor, isNew: null })
    expect(expected.size).toBeGreaterThan(1900)
    expect([...found.keys()].filter((key) => !expected.has(key))).toEqual([])
    expect(found.size / expected.size).toBeGreaterThanOrEqual(0.999)
    for (const [key, score] of found) expect(score).toBeCloseTo(expected.get(key) ?? NaN, 6)
    expect(plainProduct.multiplied).toBeLessThan(0.3 * 640 * 2020 * 2020)
  })

  it('finds all pairs of long vectors where nearly everything is alike', async () => {
    const long = clusteredTable(2020, 640, 34, 0.3)
    const expected = bruteForce(long, 0.85, null)
    expect(expected.size).toBeGreaterThan(50_000)
    expect((await collect(long, { floor: 0.85, isNew: null })).size).toBe(expected.size)
  })

  it('stops between two blocks', async () => {
    const stop = new AbortController()
    const search = createBlockPairSearch(plainProduct)
    const pairs = search.findPairs(table, { floor: 0.85, isNew: null, signal: stop.signal })
    await pairs.next()
    stop.abort()
    await expect(pairs.next()).rejects.toMatchObject({ code: 'cancelled' })
  })
})
