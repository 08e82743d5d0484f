import type { Preprocessing } from '../../shared/contract/photo.ts'
import { inputGeometry } from './model-pixels.ts'
import { resampleBicubic, type Box, type RgbImage } from './resample.ts'
import { sharp } from './sharp.ts'

/** How some server may turn a picture file into the model's pixels. */
export interface ServerResize {
  resize: Preprocessing['resize']
  /** `bilinear-sharp`: without antialiasing, four source pixels for each target pixel, as OpenCV's default. */
  kernel: 'bicubic' | 'bilinear' | 'bilinear-sharp'
  /** Whether EXIF orientation is heeded. */
  oriented: boolean
}

/**
 * The pixels that a server with this way of resizing would make of a file, from all of its pixels: height × width × 3 bytes RGB.
 * For naming what a server does; scans use `modelPixelsOf`. Transparency is laid on white.
 */
export async function serverPixels(
  bytes: Uint8Array,
  preprocessing: Preprocessing,
  how: ServerResize,
): Promise<Uint8Array> {
  const image = await decode(bytes, how.oriented)
  const to = inputGeometry(image.width, image.height, { ...preprocessing, resize: how.resize })
  const [across, down] = [image.width / to.width, image.height / to.height]
  const box: Box = {
    left: to.left * across,
    top: to.top * down,
    width: preprocessing.width * across,
    height: preprocessing.height * down,
  }
  if (how.kernel === 'bicubic') return resampleBicubic(image, box, preprocessing.width, preprocessing.height)
  return resampleBilinear(image, box, preprocessing, how.kernel === 'bilinear')
}

async function decode(bytes: Uint8Array, oriented: boolean): Promise<RgbImage> {
  const source = sharp(bytes)
  const { data, info } = await (oriented ? source.autoOrient() : source)
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })
  if (info.channels === 3) return { data, width: info.width, height: info.height }
  const rgb = new Uint8Array(info.width * info.height * 3)
  for (let at = 0; at < rgb.length; at++) rgb[at] = data[Math.floor(at / 3) * info.channels] ?? 0
  return { data: rgb, width: info.width, height: info.height }
}

interface Axis {
  /** By output index: first source index and its weights, summing to 1. */
  first: number[]
  weights: number[][]
}

/** Triangle filter, stretched by the reduction when `antialias`; weights normalised at the borders (Pillow's Resample.c). */
function triangle(available: number, from: number, span: number, out: number, antialias: boolean): Axis {
  const scale = span / out
  const reach = antialias ? Math.max(1, scale) : 1
  const axis: Axis = { first: [], weights: [] }
  for (let at = 0; at < out; at++) {
    const centre = from + (at + 0.5) * scale
    const low = Math.min(available - 1, Math.max(0, Math.trunc(centre - reach + 0.5)))
    const high = Math.min(available, Math.max(low + 1, Math.trunc(centre + reach + 0.5)))
    const row: number[] = []
    for (let k = low; k < high; k++) row.push(Math.max(0, 1 - Math.abs((k - centre + 0.5) / reach)))
    const sum = row.reduce((total, weight) => total + weight, 0)
    axis.first.push(low)
    axis.weights.push(sum > 0 ? row.map((weight) => weight / sum) : row.map((_, k) => (k === 0 ? 1 : 0)))
  }
  return axis
}

function resampleBilinear(
  image: RgbImage,
  box: Box,
  { width, height }: Pick<Preprocessing, 'width' | 'height'>,
  antialias: boolean,
): Uint8Array {
  const across = triangle(image.width, box.left, box.width, width, antialias)
  const down = triangle(image.height, box.top, box.height, height, antialias)
  const rows = new Float32Array(width * image.height * 3)
  for (let y = 0; y < image.height; y++) {
    for (let x = 0; x < width; x++) {
      const weights = across.weights[x] ?? []
      let at = (y * image.width + (across.first[x] ?? 0)) * 3
      const to = (y * width + x) * 3
      for (const weight of weights) {
        for (let channel = 0; channel < 3; channel++) rows[to + channel]! += weight * image.data[at + channel]!
        at += 3
      }
    }
  }
  const pixels = new Uint8Array(width * height * 3)
  const line = width * 3
  for (let y = 0; y < height; y++) {
    const weights = down.weights[y] ?? []
    for (let x = 0; x < line; x++) {
      let sum = 0
      let at = (down.first[y] ?? 0) * line + x
      for (const weight of weights) {
        sum += weight * rows[at]!
        at += line
      }
      pixels[y * line + x] = Math.max(0, Math.min(255, Math.round(sum)))
    }
  }
  return pixels
}
