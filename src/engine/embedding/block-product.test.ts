import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { createBlockProduct } from './block-product.ts'

const product = createBlockProduct({ resourcesDir: fileURLToPath(new URL('../../../resources', import.meta.url)) })
afterAll(() => product.close())

/** Unit vectors in groups of near copies, so that some pairs reach the floor and many come near it. */
function vectors(count: number, dimension: number, seed: number): Float32Array<ArrayBuffer> {
  let state = seed
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32 - 0.5
  }
  const values = new Float32Array(count * dimension)
  for (let row = 0; row < count; row++) {
    const vector = values.subarray(row * dimension, (row + 1) * dimension)
    const near = row % 3 === 0 ? null : values.subarray((row - (row % 3)) * dimension)
    for (let k = 0; k < dimension; k++) vector[k] = near === null ? random() : (near[k] ?? 0) + random() * 0.07
    const length = Math.hypot(...vector)
    for (let k = 0; k < dimension; k++) vector[k] = (vector[k] ?? 0) / length
  }
  return values
}

function bruteForce(rows: Float32Array, columns: Float32Array, dimension: number, floor: number): Map<string, number> {
  const found = new Map<string, number>()
  for (let i = 0; i * dimension < rows.length; i++) {
    for (let j = 0; j * dimension < columns.length; j++) {
      let dot = 0
      for (let k = 0; k < dimension; k++) dot += (rows[i * dimension + k] ?? 0) * (columns[j * dimension + k] ?? 0)
      if (dot >= floor) found.set(`${i}:${j}`, dot)
    }
  }
  return found
}

test.each([512, 1280])('finds exactly the pairs that brute force finds, at %i dimensions', async (dimension) => {
  const all = vectors(240, dimension, 3)
  const rows = all.subarray(0, 90 * dimension)
  const columns = all.subarray(40 * dimension)
  const floor = 0.7
  const truth = bruteForce(rows, columns, dimension, floor)
  const { rows: i, columns: j, scores } = await product.above(rows, 90, columns, 200, dimension, floor)
  expect(truth.size).toBeGreaterThan(60)
  expect([...i].map((row, k) => `${row}:${j[k]}`)).toEqual([...truth.keys()])
  for (const [k, score] of scores.entries()) expect(score).toBeCloseTo(truth.get(`${i[k]}:${j[k]}`) ?? NaN, 5)
})

test('shared memory is read in place and overlapping calls are answered each with its own', async () => {
  const dimension = 64
  const shared = new Float32Array(new SharedArrayBuffer(4 * 100 * dimension))
  shared.set(vectors(100, dimension, 9))
  const blocks = [0, 1, 2, 3].map((block) => shared.subarray(block * 25 * dimension, (block + 1) * 25 * dimension))
  const answers = await Promise.all(blocks.map((block) => product.above(block, 25, shared, 100, dimension, 0.9)))
  for (const [block, { rows, columns }] of answers.entries()) {
    const selves = [...rows].filter((row, k) => columns[k] === block * 25 + row)
    expect(selves).toHaveLength(25)
  }
})

test('nothing above the floor, and nothing to compare, are empty answers', async () => {
  const some = vectors(30, 64, 5)
  for (const answer of [
    await product.above(some, 30, some, 30, 64, 1.5),
    await product.above(new Float32Array(0), 0, some, 30, 64, 0.5),
  ]) {
    expect([answer.rows.length, answer.columns.length, answer.scores.length]).toEqual([0, 0, 0])
  }
})

test('arrays that are not the vectors they are said to be are refused', async () => {
  await expect(product.above(new Float32Array(10), 2, new Float32Array(8), 1, 8, 0.5)).rejects.toMatchObject({
    code: 'internal',
  })
})
