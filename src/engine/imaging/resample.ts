/**
 * [Note: Resampling as the reference does]
 *
 * Models were trained on pixels that Pillow made: a separable convolution whose kernel is the Catmull-Rom cubic (a = −0.5)
 * stretched by the reduction factor (antialiasing), weights normalised at the borders, horizontal pass first, each pass
 * rounded to 8 bits (Pillow `src/libImaging/Resample.c`). A photo's geometry must fit to a few hundredths of a pixel: on a
 * detailed photo a shift of 0.05 pixel already costs half a grey level of mean error. That is why this takes a fractional
 * source box, and why libvips (which snaps to whole pixels) does not make the model's pixels.
 *
 * The sums are WebAssembly (resample.wat), sixteen bytes at a time: a third of what libvips takes for pictures of this size,
 * whose pipelines cost as much to set up. It goes down the columns first, which differs from the reference in rounding only.
 */

import { resampleKernel } from './resample-kernel.ts'

/** RGB, 8 bits a channel, rows from the top without padding. */
export interface RgbImage {
  data: Uint8Array
  width: number
  height: number
}

/** A region of an image in its pixels; may have fractions, may reach outside (the border pixels then stand in). */
export interface Box {
  left: number
  top: number
  width: number
  height: number
}

/** Catmull-Rom cubic, Keys 1981 with a = −0.5. */
function cubic(x: number): number {
  const t = Math.abs(x)
  if (t < 1) return (1.5 * t - 2.5) * t * t + 1
  if (t < 2) return ((-0.5 * t + 2.5) * t - 4) * t + 2
  return 0
}

/** What each output index of an axis is made of. */
interface Taps {
  /** First source index for each output index. */
  first: Int32Array
  /** `count` weights for each output index, 1.0 = 1 << 14. */
  weights: Int16Array
  /** A multiple of `step`, how many the kernel takes at once; what is too much has weight 0. */
  count: number
  /** Source indices that are used: from `low` to before `high`. */
  low: number
  high: number
}

const precision = 14

/** A camera's photos have few sizes: the weights of one axis cost a tenth of a resize. */
const knownTaps = new Map<string, Taps>()
const mostKnown = 64

function axisTaps(available: number, from: number, span: number, out: number, step: number): Taps {
  const key = `${available} ${from} ${span} ${out} ${step}`
  const known = knownTaps.get(key)
  if (known !== undefined) return known
  const taps = computeTaps(available, from, span, out, step)
  if (knownTaps.size >= mostKnown) knownTaps.clear()
  knownTaps.set(key, taps)
  return taps
}

/** Weights of one axis: `from` + `span` source pixels onto `out` pixels, out of `available`. */
function computeTaps(available: number, from: number, span: number, out: number, step: number): Taps {
  const scale = span / out
  const stretch = Math.max(1, scale)
  const support = 2 * stretch
  const used = Math.min(available, Math.ceil(support) * 2 + 1)
  const count = Math.ceil(used / step) * step
  const first = new Int32Array(out)
  const weights = new Int16Array(out * count)
  const row = new Float64Array(used)
  for (let i = 0; i < out; i++) {
    const centre = from + (i + 0.5) * scale
    const low = Math.max(0, Math.min(available - used, Math.trunc(centre - support + 0.5)))
    const high = Math.min(available, Math.max(low + 1, Math.trunc(centre + support + 0.5)))
    first[i] = low
    let sum = 0
    for (let k = 0; k < used; k++) {
      const weight = low + k < high ? cubic((low + k - centre + 0.5) / stretch) : 0
      row[k] = weight
      sum += weight
    }
    if (sum === 0) {
      // The box lies wholly outside: the border pixel stands in.
      row[centre < available / 2 ? 0 : used - 1] = 1
      sum = 1
    }
    for (let k = 0; k < used; k++) weights[i * count + k] = Math.round((row[k]! / sum) * (1 << precision))
  }
  return { first, weights, count, low: first[0] ?? 0, high: Math.min(available, (first[out - 1] ?? 0) + count) }
}

interface Kernel {
  memory: { readonly buffer: ArrayBuffer; grow(pages: number): number }
  down(...addresses: number[]): void
  across(...addresses: number[]): void
}

/** Node's, of which its types tell nothing. */
interface Assembly {
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object) => { exports: unknown }
}
const { Module, Instance } = (globalThis as unknown as { WebAssembly: Assembly }).WebAssembly
const compiled = new Module(Buffer.from(resampleKernel, 'base64'))

function newKernel(): Kernel {
  return new Instance(compiled).exports as Kernel
}

/** Memory that is kept from picture to picture; a larger picture gets a kernel of its own, which goes with it. */
const mostKeptBytes = 24 * 2 ** 20
const kept = newKernel()

/** Bytes that the kernel may touch beyond a picture. */
const slack = 64
const aligned = (bytes: number): number => Math.ceil(bytes / 16) * 16

function kernelWith(bytes: number): Kernel {
  const kernel = bytes > mostKeptBytes ? newKernel() : kept
  const missing = bytes - kernel.memory.buffer.byteLength
  if (missing > 0) kernel.memory.grow(Math.ceil(missing / 65_536))
  return kernel
}

/**
 * Resizes `box` of `source` to `width` × `height` pixels, bicubic with antialiasing, as Pillow's
 * `resize((width, height), BICUBIC, box)` does (see [Note: Resampling as the reference does]). Returns RGB bytes.
 */
export function resampleBicubic(source: RgbImage, box: Box, width: number, height: number): Uint8Array<ArrayBuffer> {
  const across = axisTaps(source.width, box.left, box.width, width, 4)
  const down = axisTaps(source.height, box.top, box.height, height, 2)
  const rows = down.high - down.low
  const stride = source.width * 3
  // The rows that are used, and of them after the first pass the columns that are used.
  const wide = aligned((across.high - across.low) * 3)
  const places = [down.first, down.weights, across.first, across.weights].map(({ byteLength }) => aligned(byteLength))
  let at = 0
  const [downFirst, downWeights, acrossFirst, acrossWeights, from, between, to, end] = [
    ...places,
    aligned((rows + down.count) * stride + slack),
    aligned(wide * height + slack),
    aligned(width * height * 3 + slack),
    0,
  ].map((bytes) => (at += bytes) - bytes) as [number, number, number, number, number, number, number, number]
  const kernel = kernelWith(end)
  const { buffer } = kernel.memory
  new Int32Array(buffer, downFirst, height).set(down.first.map((row) => row - down.low))
  new Int16Array(buffer, downWeights, down.weights.length).set(down.weights)
  new Int32Array(buffer, acrossFirst, width).set(across.first.map((column) => (column - across.low) * 3))
  new Int16Array(buffer, acrossWeights, across.weights.length).set(across.weights)
  new Uint8Array(buffer, from).set(source.data.subarray(down.low * stride, down.high * stride))
  kernel.down(from + across.low * 3, stride, between, wide, downFirst, downWeights, down.count, height)
  kernel.across(between, wide, to, width, acrossFirst, acrossWeights, across.count, height)
  return new Uint8Array(buffer.slice(to, to + width * height * 3))
}
