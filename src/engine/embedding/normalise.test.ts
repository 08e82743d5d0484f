import { expect, test } from 'vitest'
import type { Preprocessing } from '../../shared/contract/photo.ts'
import { toTensor } from './normalise.ts'

const clip: Preprocessing = {
  id: 'clip',
  width: 2,
  height: 1,
  resize: 'shortest-side-crop',
  kernel: 'bicubic',
  layout: 'NCHW',
  channels: 'RGB',
  scale: 1 / 255,
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
}

test('pictures become planes of red, green and blue, each value scaled by its channel', () => {
  const first = Uint8Array.of(0, 128, 255, 10, 20, 30)
  const second = Uint8Array.of(1, 2, 3, 4, 5, 6)
  const tensor = toTensor([first, second], clip)
  const value = (x: number, channel: 0 | 1 | 2): number =>
    Math.fround((x / 255 - clip.mean[channel]) / clip.std[channel])
  expect([...tensor]).toEqual([
    value(0, 0),
    value(10, 0),
    value(128, 1),
    value(20, 1),
    value(255, 2),
    value(30, 2),
    value(1, 0),
    value(4, 0),
    value(2, 1),
    value(5, 1),
    value(3, 2),
    value(6, 2),
  ])
  // torchvision's ToTensor and Normalize of byte 128 in green, to float32.
  expect(tensor[2]).toBeCloseTo(0.168_894, 5)
})

test('two models with other figures do not share a table', () => {
  const other: Preprocessing = { ...clip, scale: 1, mean: [127, 127, 127], std: [128, 128, 128] }
  const pixels = Uint8Array.of(255, 127, 0, 0, 0, 0)
  toTensor([pixels], clip)
  expect([...toTensor([pixels], other)].filter((_, k) => k % 2 === 0)).toEqual([1, 0, Math.fround(-127 / 128)])
})

test('a picture of another size is refused', () => {
  expect(() => toTensor([new Uint8Array(5)], clip)).toThrow(expect.objectContaining({ code: 'invalid-request' }))
})
