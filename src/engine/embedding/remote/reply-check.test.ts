import { expect, test } from 'vitest'
import { checkedVectors } from './reply-check.ts'

const address = 'http://gpu-box:8003'
const unit = [0.6, 0.8, 0, 1]

test('vectors of unit length are taken as they are', () => {
  const raw = Float32Array.from(unit)
  const { vectors, rawNorms, dimension } = checkedVectors(raw, 2, 2, address)
  expect(vectors).toBe(raw)
  expect(dimension).toBe(2)
  expect([...rawNorms]).toEqual([expect.closeTo(1, 6), 1])
})

test('others are brought to unit length, their own is told, and what came is left alone', () => {
  const raw = Float32Array.of(3, 4, 0.6, 0.8)
  const { vectors, rawNorms } = checkedVectors(raw, 2, null, address)
  expect([...vectors]).toEqual([0.6, 0.8, 0.6, 0.8].map((value) => expect.closeTo(value, 6) as number))
  expect([...rawNorms]).toEqual([5, expect.closeTo(1, 6)])
  expect([...raw.subarray(0, 2)]).toEqual([3, 4])
})

test('large finite numbers do not overflow', () => {
  const { vectors } = checkedVectors(Float32Array.of(3e38, 3e38), 1, 2, address)
  expect([...vectors]).toEqual([expect.closeTo(Math.SQRT1_2, 6), expect.closeTo(Math.SQRT1_2, 6)])
})

test.each([
  ['not finite', [1, NaN, 0, 1], 2, 2, /vector 1 of 2 .*not finite/],
  ['infinite', [1, 0, -Infinity, 1], 2, 2, /vector 2 of 2 .*not finite/],
  ['all zeros', [1, 0, 0, 0], 2, 2, /vector 2 of 2 is all zeros/],
  ['too few', unit, 3, 2, /3 × 2 numbers were expected and 4 numbers came/],
  ['of another length', unit, 2, 3, /2 × 3 numbers/],
  ['not evenly divided', [1, 0, 1], 2, null, /2 vectors were expected and 3 numbers/],
  ['missing', [], 1, null, /1 vectors were expected and 0 numbers/],
])('what is %s is refused, and what was wrong is told', (_, numbers, count, dimension, message) => {
  const check = (): unknown => checkedVectors(Float32Array.from(numbers), count, dimension, address)
  expect(check).toThrowError(expect.objectContaining({ code: 'server-nonsense' }))
  expect(check).toThrowError(message)
  expect(check).toThrowError(/gpu-box:8003/)
})
