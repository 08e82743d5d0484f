import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import {
  composeOrientations,
  hammingDistance,
  invertOrientation,
  orientationCount,
  orientationMap,
  orientationName,
  orientGradients,
  orientHash,
} from './orientation.ts'
import type { HashWords } from './orientation.ts'

const side = 32

function hashOfSigns(luma: ArrayLike<number>): HashWords {
  const basis = (frequency: number, at: number) => Math.cos(((2 * at + 1) * frequency * Math.PI) / (2 * side))
  const words: [number, number] = [0, 0]
  for (let v = 0; v < 8; v++) {
    for (let u = 0; u < 8; u++) {
      let sum = 0
      for (let y = 0; y < side; y++)
        for (let x = 0; x < side; x++) sum += (luma[y * side + x] ?? 0) * basis(v, y) * basis(u, x)
      if (u + v > 0 && sum > 0) words[v >> 2] = ((words[v >> 2] ?? 0) | (1 << (8 * (v & 3) + u))) >>> 0
    }
  }
  return words
}

/** Area average of the square to `width` × `height` cells. */
function reduce(luma: ArrayLike<number>, width: number, height: number): number[] {
  const cells: number[] = []
  const share = (cell: number, cells: number, at: number) =>
    Math.max(0, Math.min(((cell + 1) * side) / cells, at + 1) - Math.max((cell * side) / cells, at))
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      let sum = 0
      for (let y = 0; y < side; y++)
        for (let x = 0; x < side; x++)
          sum += (luma[y * side + x] ?? 0) * share(row, height, y) * share(column, width, x)
      cells.push(sum)
    }
  }
  return cells
}

function gradients(luma: ArrayLike<number>): { rowHash: HashWords; columnHash: HashWords } {
  const set = (words: [number, number], bit: number) => {
    words[bit >> 5] = ((words[bit >> 5] ?? 0) | (1 << (bit & 31))) >>> 0
  }
  const rowHash: [number, number] = [0, 0]
  const columnHash: [number, number] = [0, 0]
  const wide = reduce(luma, 9, 8)
  const high = reduce(luma, 8, 9)
  for (let row = 0; row < 8; row++) {
    for (let column = 0; column < 8; column++) {
      if ((wide[row * 9 + column] ?? 0) > (wide[row * 9 + column + 1] ?? 0)) set(rowHash, 8 * row + column)
      if ((high[row * 8 + column] ?? 0) > (high[(row + 1) * 8 + column] ?? 0)) set(columnHash, 8 * row + column)
    }
  }
  return { rowHash, columnHash }
}

function randomPicture(seed: number): Float64Array {
  let state = seed
  return Float64Array.from({ length: side * side }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 24
  })
}

function turn<T extends ArrayLike<number>>(luma: T, orientation: number): Float64Array {
  return Float64Array.from(orientationMap(side, orientation), (from) => luma[from] ?? 0)
}

const orientation = fc.integer({ min: 0, max: 7 })

describe('orientations', () => {
  it('turn a picture the way their names say', () => {
    const square = [1, 2, 3, 4]
    const turned = (index: number) => Array.from(orientationMap(2, index), (from) => square[from])
    expect(
      Object.fromEntries([0, 1, 2, 3, 4, 5, 6, 7].map((index) => [orientationName(index), turned(index)])),
    ).toEqual({
      identity: [1, 2, 3, 4],
      'mirror-horizontal': [2, 1, 4, 3],
      'mirror-vertical': [3, 4, 1, 2],
      'rotate-180': [4, 3, 2, 1],
      transpose: [1, 3, 2, 4],
      'rotate-90': [3, 1, 4, 2],
      'rotate-270': [2, 4, 1, 3],
      transverse: [4, 2, 3, 1],
    })
  })

  it('compose and invert as turning pictures does', () => {
    fc.assert(
      fc.property(orientation, orientation, fc.integer(), (first, second, seed) => {
        const picture = randomPicture(seed)
        expect(turn(turn(picture, first), second)).toEqual(turn(picture, composeOrientations(first, second)))
        expect(composeOrientations(first, invertOrientation(first))).toBe(0)
      }),
    )
  })

  it('turn the hash of a picture into the hash of the turned picture', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const picture = randomPicture(seed)
      const [lo, hi] = hashOfSigns(picture)
      const { rowHash, columnHash } = gradients(picture)
      for (let index = 0; index < orientationCount; index++) {
        const turned = turn(picture, index)
        // Bit 0 stands for the mean and takes no part in any mirror.
        expect(orientHash(lo, hi, index)).toEqual(hashOfSigns(turned))
        expect(orientGradients(rowHash, columnHash, index)).toEqual(gradients(turned))
      }
    }
  })

  it('keep the distance between two hashes', () => {
    const word = fc.integer({ min: 0, max: 0xffffffff })
    fc.assert(
      fc.property(fc.tuple(word, word), fc.tuple(word, word), orientation, (a, b, index) => {
        const turned = hammingDistance(orientHash(...a, index), orientHash(...b, index))
        expect(turned).toBe(hammingDistance(a, b))
      }),
    )
  })
})
