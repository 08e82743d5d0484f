import { describe, expect, test } from 'vitest'
import { Orientation } from '../../../../shared/contract/groups.ts'
import {
  fullSizeZoom,
  isTurned,
  openCompare,
  placed,
  reduceCompare,
  turnOf,
  type CompareAction,
  type CompareState,
} from './compare-state.ts'

const run = (state: CompareState, ...actions: CompareAction[]): CompareState => actions.reduce(reduceCompare, state)
const frame = { width: 400, height: 300 }

describe('which photos are shown', () => {
  test('the reference comes first, the photo that was opened next, four at most', () => {
    expect(openCompare(6, 2, 5)).toMatchObject({ shown: [2, 5, 0, 1], active: 1 })
    expect(openCompare(2, 0, 0)).toMatchObject({ shown: [0, 1], active: 0 })
  })

  test('another photo takes the last place, and two always stay', () => {
    const full = openCompare(6, 0, 1)
    expect(run(full, { type: 'shown-toggled', photo: 5 }).shown).toEqual([0, 1, 2, 5])
    const two = run(full, { type: 'shown-toggled', photo: 2 }, { type: 'shown-toggled', photo: 3 })
    expect(two.shown).toEqual([0, 1])
    expect(run(two, { type: 'shown-toggled', photo: 1 }).shown).toEqual([0, 1])
  })

  test('a mode chosen twice goes back, and lasts over groups', () => {
    const start = openCompare(3, 0, 0)
    const split = run(start, { type: 'mode-chosen', mode: 'split' })
    expect(split).toMatchObject({ mode: 'split', active: 1 })
    expect(run(split, { type: 'mode-chosen', mode: 'split' }).mode).toBe('side')
    expect(run(split, { type: 'group-opened', photos: 2, reference: 0, photo: 0 }).mode).toBe('split')
    expect(run(split, { type: 'stepped', by: -1 }).active).toBe(1)
  })
})

describe('zoom in step', () => {
  test('the point under the pointer stays under it', () => {
    const at = { x: 0.7, y: 0.4 }
    const before = openCompare(2, 0, 1)
    const after = run(before, { type: 'zoomed', factor: 3, at })
    const picture = { width: 4000, height: 3000 }
    const screen = (state: CompareState) => {
      const { left, top, width, height } = placed(picture, frame, state)
      return [left + at.x * width, top + at.y * height]
    }
    expect(screen(after)[0]).toBeCloseTo(screen(before)[0] ?? 0, 6)
    expect(screen(after)[1]).toBeCloseTo(screen(before)[1] ?? 0, 6)
  })

  test('a photo and its smaller copy show the same part at the same size', () => {
    const state = run(openCompare(2, 0, 1), { type: 'zoomed', factor: 4 }, { type: 'panned', x: 0.2, y: -0.1 })
    const large = placed({ width: 4000, height: 3000 }, frame, state)
    const small = placed({ width: 1000, height: 750 }, frame, state)
    expect(small).toEqual(large)
  })

  test('the picture cannot be lost outside the frame, nor shrunk below it', () => {
    const far = run(openCompare(2, 0, 1), { type: 'zoomed', factor: 2 }, { type: 'panned', x: 9, y: -9 })
    expect(far.centre).toEqual({ x: 0.25, y: 0.75 })
    expect(run(far, { type: 'zoomed', factor: 0.01 })).toMatchObject({ zoom: 1, centre: { x: 0.5, y: 0.5 } })
  })

  test('100 % is one pixel of the photo for one of the page', () => {
    const zoom = fullSizeZoom({ width: 4000, height: 3000 }, frame)
    expect(placed({ width: 4000, height: 3000 }, frame, { zoom, centre: { x: 0.5, y: 0.5 } }).width).toBeCloseTo(4000)
    expect(fullSizeZoom({ width: 100, height: 50 }, frame)).toBe(1)
  })
})

/** The 2 × 2 matrix of a CSS transform list made of quarter turns and mirrors (y points down). */
function matrixOf(transform: string): number[] {
  const product = (m: number[], n: number[]): number[] => {
    const [a = 0, b = 0, c = 0, d = 0] = m
    const [e = 0, f = 0, g = 0, h = 0] = n
    return [a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h]
  }
  const each: Record<string, number[]> = {
    none: [1, 0, 0, 1],
    'scaleX(-1)': [-1, 0, 0, 1],
    'scaleY(-1)': [1, 0, 0, -1],
    'rotate(90deg)': [0, -1, 1, 0],
    'rotate(180deg)': [-1, 0, 0, -1],
    'rotate(270deg)': [0, 1, -1, 0],
  }
  return transform.split(' ').reduce((matrix, part) => product(matrix, each[part] ?? []), [1, 0, 0, 1])
}

test('turning follows the definition: bit 2 transposes first, then bit 0 mirrors left-right, bit 1 up-down', () => {
  for (const [index, name] of Orientation.options.entries()) {
    // A column (x, y): transposing swaps them, mirroring negates one.
    let [a, b, c, d] = index & 4 ? [0, 1, 1, 0] : [1, 0, 0, 1]
    if (index & 1) [a, b] = [-a, -b]
    if (index & 2) [c, d] = [-c, -d]
    expect(
      matrixOf(turnOf(name)).map((value) => value + 0),
      name,
    ).toEqual([a, b, c, d].map((value) => value + 0))
    expect(isTurned(name)).toBe((index & 4) !== 0)
  }
})
