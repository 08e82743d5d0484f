import { expect, test } from 'vitest'
import type { LumaPicture } from './look-pixels.ts'
import { findInsetPicture } from './inset-picture.ts'
import { seededRandom } from './seeded-random.ts'

const [width, height] = [200, 320]

/** A screen of one tone with boxes on it: of one tone, or of `photo` a waving texture with a dark corner. */
function screen(
  ground: number,
  boxes: readonly { at: readonly [number, number, number, number]; tone: number | 'photo' }[],
): LumaPicture {
  const random = seededRandom(3)
  const data = new Uint8Array(width * height).fill(ground)
  for (const {
    at: [left, top, right, bottom],
    tone,
  } of boxes) {
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        const wave = 120 + 60 * Math.sin(x / 7) * Math.cos(y / 9) + 20 * random()
        data[y * width + x] = tone === 'photo' ? wave : tone
      }
    }
  }
  return { width, height, data }
}
const photo = { at: [60, 80, 190, 180], tone: 'photo' } as const
const bubbles = [
  { at: [8, 30, 90, 50], tone: 140 },
  { at: [110, 200, 192, 220], tone: 90 },
  { at: [120, 204, 180, 208], tone: 255 },
] as const

test('a photo among bubbles is found on a light and on a dark ground', () => {
  for (const ground of [255, 12]) {
    const found = findInsetPicture(screen(ground, [...bubbles, photo]))
    expect(found).toEqual({ left: 60 / width, top: 80 / height, right: 190 / width, bottom: 180 / height })
  }
})

test('neither bubbles alone, nor a photo that fills the whole, nor one that ends at a sky are insets', () => {
  const largeBubble = { at: [10, 60, 190, 180], tone: 140 } as const
  expect(findInsetPicture(screen(255, [...bubbles, largeBubble]))).toBeNull()
  expect(findInsetPicture(screen(255, [{ at: [0, 0, width, height], tone: 'photo' }]))).toBeNull()
  expect(findInsetPicture(screen(220, [{ at: [0, 150, width, height], tone: 'photo' }]))).toBeNull()
})
