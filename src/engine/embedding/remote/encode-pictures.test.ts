import { expect, test } from 'vitest'
import sharp from 'sharp'
import { clipPreprocessing, noisePicture } from '../../../../test/support/clip-pictures.ts'
import { pictureCodec } from '../../imaging/picture-codec.ts'
import { toTensor } from '../normalise.ts'
import { encodeFor } from './encode-pictures.ts'
import { halfBitsOf, valueOfHalf } from './half-float.ts'

// Real: sharp, and Node's own Float16Array as the judge of rounding.

const recipe = { preprocessing: clipPreprocessing, codec: pictureCodec }
const pictures = [noisePicture(1), noisePicture(2)]

/** TypeScript's ES2024 library does not know it yet. */
const Float16 = Reflect.get(globalThis, 'Float16Array') as new (values: Iterable<number> | ArrayBufferLike) => {
  readonly buffer: ArrayBuffer
  readonly [at: number]: number
}

test('fp32 is the tensor that the local model gets, little-endian', async () => {
  const { parts } = await encodeFor('fp32', pictures, recipe)
  expect(Buffer.from(parts).equals(Buffer.from(toTensor(pictures, clipPreprocessing).buffer))).toBe(true)
})

test('fp16 is the fp32 tensor, each value rounded as IEEE 754 says', async () => {
  const { parts } = await encodeFor('fp16', pictures, recipe)
  const judged = new Float16(toTensor(pictures, clipPreprocessing))
  expect(Buffer.from(parts).equals(Buffer.from(judged.buffer))).toBe(true)
})

test('halves round to nearest, ties to even, at every size', () => {
  const values = [0, -0, 1, 1 + 2 ** -11, 1 + 3 * 2 ** -11, 65_504, 65_519.99, 65_520, -70_000, 2 ** -14, 2 ** -24]
  values.push(2 ** -25, 1.0001 * 2 ** -25, 5.5 * 2 ** -24, 1023.5 * 2 ** -24, 1e-10, -2.71, Infinity, -Infinity)
  for (let state = 1, i = 0; i < 20_000; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    values.push(new Float32Array(Uint32Array.of(state).buffer)[0] as number)
  }
  const floats = Float32Array.from(values).filter((value) => !Number.isNaN(value))
  const judged = new Uint16Array(new Float16(floats).buffer)
  expect(Uint16Array.from(floats, halfBitsOf)).toEqual(judged)
})

test('every half reads back as the number it is', () => {
  const bits = Uint16Array.from({ length: 65_536 }, (_, at) => at)
  const judged = new Float16(bits.buffer)
  expect(bits.every((half) => Object.is(valueOfHalf(half), judged[half]))).toBe(true)
})

test('uint8 is the pixels as they are', async () => {
  const { parts } = await encodeFor('uint8', pictures, recipe)
  expect(Buffer.from(parts).equals(Buffer.concat(pictures))).toBe(true)
})

test('PNG keeps every pixel, JPEG keeps them nearly', async () => {
  const { parts: pngs } = await encodeFor('base64-png', pictures, recipe)
  const decoded = await Promise.all(pngs.map(async (png) => sharp(png).raw().toBuffer()))
  expect(decoded.map((pixels, at) => pixels.equals(pictures[at] as Uint8Array))).toEqual([true, true])
  const smooth = Uint8Array.from({ length: 224 * 224 * 3 }, (_, at) => Math.floor(at / 3 / 224) % 256)
  const { parts: jpegs } = await encodeFor('jpeg', [smooth], recipe)
  const back = await sharp(jpegs[0]).raw().toBuffer()
  expect(back.every((value, at) => Math.abs(value - (smooth[at] ?? 0)) < 8)).toBe(true)
})

test.each(['fp32', 'fp16', 'uint8', 'jpeg', 'multipart-png'] as const)(
  'a picture of the wrong size is refused before it is sent (%s)',
  async (format) => {
    await expect(encodeFor(format, [new Uint8Array(10)], recipe)).rejects.toMatchObject({ code: 'invalid-request' })
  },
)
