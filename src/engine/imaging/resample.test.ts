import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import wabt from 'wabt'
import { resampleKernel } from './resample-kernel.ts'
import { resampleBicubic } from './resample.ts'

// Real: the WebAssembly that scans use, against the text it was compiled from and the reference's formula in plain numbers.

test('the kernel is what its source says', async () => {
  const text = await readFile(new URL('./resample.wat', import.meta.url), 'utf8')
  const { buffer } = (await wabt()).parseWat('resample.wat', text, { simd: true }).toBinary({})
  expect(Buffer.from(buffer).toString('base64')).toBe(resampleKernel)
})

function catmullRom(x: number): number {
  const t = Math.abs(x)
  if (t < 1) return 1.5 * t ** 3 - 2.5 * t ** 2 + 1
  return t < 2 ? -0.5 * t ** 3 + 2.5 * t ** 2 - 4 * t + 2 : 0
}

/** One sample of Pillow's resize in floating point: all source pixels under the kernel, weights brought to 1. */
function sampleAt(line: readonly number[], from: number, span: number, out: number, index: number): number {
  const scale = span / out
  const stretch = Math.max(1, scale)
  const centre = from + (index + 0.5) * scale
  let sum = 0
  let weights = 0
  line.forEach((value, at) => {
    const weight = catmullRom((at + 0.5 - centre) / stretch)
    sum += weight * value
    weights += weight
  })
  return sum / weights
}

test.for([
  { size: [483, 362], box: [0, 0, 483, 362], to: [260, 260] },
  { size: [362, 541], box: [-0.4, 0, 362.4, 541.7], to: [214, 320] },
  { size: [97, 61], box: [13.3, 7.7, 61.2, 40.9], to: [24, 31] },
  { size: [9, 5], box: [0, 0, 9, 5], to: [40, 33] },
  { size: [1, 1], box: [0, 0, 1, 1], to: [260, 260] },
  { size: [3000, 2], box: [0, 0, 3000, 2], to: [20, 3] },
] as const)(
  '$size to $to is the formula’s to a grey level',
  ({ size: [w, h], box: [left, top, width, height], to }) => {
    const data = Uint8Array.from({ length: w * h * 3 }, (_, i) => 64 + ((i * 2_654_435_761) >>> 25))
    const result = resampleBicubic({ data, width: w, height: h }, { left, top, width, height }, to[0], to[1])
    expect(result.length).toBe(to[0] * to[1] * 3)
    let most = 0
    for (const [x, y, c] of [
      [0, 0, 0],
      [to[0] - 1, to[1] - 1, 2],
      [to[0] >> 1, to[1] >> 1, 1],
      [to[0] - 1, 0, 0],
    ] as const) {
      const column = Array.from({ length: h }, (_, row) => {
        const line = Array.from({ length: w }, (_, k) => data[(row * w + k) * 3 + c] ?? 0)
        return sampleAt(line, left, width, to[0], x)
      })
      const expected = sampleAt(column, top, height, to[1], y)
      most = Math.max(most, Math.abs(expected - (result[(y * to[0] + x) * 3 + c] ?? -1)))
    }
    // Each pass rounds once, and clips: noise like this overshoots white and black.
    expect(most).toBeLessThanOrEqual(6)
  },
)
