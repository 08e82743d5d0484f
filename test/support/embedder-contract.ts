import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Embedder } from '../../src/engine/embedding/embedder.ts'
import { TwinlensError } from '../../src/shared/errors.ts'

/** Pictures with what the reference computes for each of them. */
export interface Reference {
  /** Distinct; more than a batch. */
  pictures: readonly Uint8Array[]
  vectors: readonly Float32Array[]
  spaceKey: string
}

/** Of vectors of unit length. */
function cosine(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, at) => sum + value * (b[at] ?? NaN), 0)
}

/**
 * Each vector is of unit length and that of its own picture: at least `floor` like the reference's, and more like it than like
 * the reference's of any other picture.
 */
export function expectVectorsOf(
  indices: readonly number[],
  found: readonly Float32Array[],
  reference: readonly Float32Array[],
  floor: number,
): void {
  expect(found).toHaveLength(indices.length)
  found.forEach((vector, at) => {
    const index = indices[at] ?? -1
    const cosines = reference.map((other) => cosine(vector, other))
    expect(Math.sqrt(cosine(vector, vector))).toBeCloseTo(1, 5)
    expect(cosines[index], `picture ${index}`).toBeGreaterThanOrEqual(floor)
    expect(cosines.indexOf(Math.max(...cosines)), `picture ${index}`).toBe(index)
  })
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

/** What everything that relies on an Embedder relies on. @param floor lowest cosine to the reference */
export function describeEmbedder(
  title: string,
  floor: number,
  reference: () => Reference,
  open: () => Promise<Embedder>,
): void {
  describe(`${title}, as an embedder`, () => {
    let embedder: Embedder
    beforeAll(async () => {
      embedder = await open()
    })
    afterAll(() => embedder?.close())

    const take = (indices: readonly number[]): Uint8Array[] =>
      indices.map((index) => (reference().pictures[index] ?? new Uint8Array()).slice())

    test('is of the reference’s space', () => {
      expect(embedder.spaceKey).toBe(reference().spaceKey)
      expect(embedder.dimension).toBe(reference().vectors[0]?.length)
      expect(embedder.outage).toBeNull()
      expect(embedder.concurrency).toBeGreaterThanOrEqual(1)
    })

    test('gives one picture, a whole batch and one more their own vectors, in order', async () => {
      for (const count of [1, embedder.batchSize, embedder.batchSize + 1]) {
        const indices = upTo(count)
        const found = await embedder.embed(take(indices))
        expect(found.map(({ length }) => length)).toEqual(indices.map(() => embedder.dimension))
        expectVectorsOf(indices, found, reference().vectors, floor)
      }
    })

    test('gives no picture no vector', async () => {
      expect(await embedder.embed([])).toEqual([])
    })

    test('keeps calls apart that overlap, whatever becomes of their pixels meanwhile', async () => {
      const calls = [[0, 1], [2], [3, 1, 2], [1, 0]]
      const found = calls.map((indices) => {
        const pixels = take(indices)
        const promised = embedder.embed(pixels)
        for (const picture of pixels) picture.fill(0)
        return promised
      })
      for (const [at, vectors] of (await Promise.all(found)).entries())
        expectVectorsOf(calls[at] ?? [], vectors, reference().vectors, floor)
    })

    test('refuses a picture of another size, and goes on', async () => {
      const [good = new Uint8Array()] = take([0])
      await expect(embedder.embed([good, good.subarray(3)])).rejects.toMatchObject({ code: 'invalid-request' })
      expectVectorsOf([0], await embedder.embed([good]), reference().vectors, floor)
    })

    test('lets go at once when the signal is raised, and goes on', async () => {
      await expect(embedder.embed(take([0]), AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' })
      const stop = new AbortController()
      const ended = settled(embedder.embed(take(upTo(embedder.batchSize + 1)), stop.signal))
      await nextTurn()
      stop.abort()
      expect(await Promise.race([ended, nextTurn('nothing yet')])).toMatchObject({ code: 'cancelled' })
      expectVectorsOf([1], await embedder.embed(take([1])), reference().vectors, floor)
    })

    test('that is closed lets go of its calls and takes no more', async () => {
      const other = await open()
      const ended = settled(other.embed(take(upTo(other.batchSize + 1))))
      await nextTurn()
      await other.close()
      expect(await ended).toMatchObject({ code: 'cancelled' })
      await expect(other.embed(take([0]))).rejects.toMatchObject({ code: 'cancelled' })
    })
  })
}

/** What a promise was rejected with; a sign that it was not. */
export function settled(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => new Error('It was not rejected.'),
    (error: unknown) => (error instanceof TwinlensError ? { code: error.code } : error),
  )
}
