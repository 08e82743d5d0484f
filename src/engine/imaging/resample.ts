/**
 * [Note: Resampling as the reference does]
 *
 * Models were trained on pixels that Pillow made: a separable convolution whose kernel is the Catmull-Rom cubic (a = −0.5)
 * stretched by the reduction factor (antialiasing), weights normalised at the borders, horizontal pass first, each pass
 * rounded to 8 bits (Pillow `src/libImaging/Resample.c`). A photo's geometry must fit to a few hundredths of a pixel: on a
 * detailed photo a shift of 0.05 pixel already costs half a grey level of mean error. That is why this takes a fractional
 * source box, and why libvips (which snaps to whole pixels) does not make the model's pixels.
 */

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

interface Taps {
  /** First source index for each output index. */
  first: Int32Array
  /** `count` weights for each output index, 1.0 = 1 << 14. */
  weights: Int32Array
  count: number
}

const precision = 14
const half = 1 << (precision - 1)

/** Weights of one axis: `from` + `span` source pixels onto `out` pixels, out of `available`. */
function axisTaps(available: number, from: number, span: number, out: number): Taps {
  const scale = span / out
  const stretch = Math.max(1, scale)
  const support = 2 * stretch
  const count = Math.min(available, Math.ceil(support) * 2 + 1)
  const first = new Int32Array(out)
  const weights = new Int32Array(out * count)
  const row = new Float64Array(count)
  for (let i = 0; i < out; i++) {
    const centre = from + (i + 0.5) * scale
    const low = Math.max(0, Math.min(available - count, Math.trunc(centre - support + 0.5)))
    const high = Math.min(available, Math.max(low + 1, Math.trunc(centre + support + 0.5)))
    first[i] = low
    let sum = 0
    for (let k = 0; k < count; k++) {
      const weight = low + k < high ? cubic((low + k - centre + 0.5) / stretch) : 0
      row[k] = weight
      sum += weight
    }
    if (sum === 0) {
      // The box lies wholly outside: the border pixel stands in.
      row[centre < available / 2 ? 0 : count - 1] = 1
      sum = 1
    }
    for (let k = 0; k < count; k++) weights[i * count + k] = Math.round(((row[k] ?? 0) / sum) * (1 << precision))
  }
  return { first, weights, count }
}

/**
 * Resizes `box` of `source` to `width` × `height` pixels, bicubic with antialiasing, as Pillow's
 * `resize((width, height), BICUBIC, box)` does (see [Note: Resampling as the reference does]). Returns RGB bytes.
 */
export function resampleBicubic(source: RgbImage, box: Box, width: number, height: number): Uint8Array {
  const across = axisTaps(source.width, box.left, box.width, width)
  const down = axisTaps(source.height, box.top, box.height, height)
  const top = down.first[0] ?? 0
  const bottom = Math.min(source.height, (down.first[height - 1] ?? 0) + down.count)
  const rows = resampleRows(source, across, width, top, bottom)
  return resampleColumns(rows, down, width * 3, height, top)
}

function resampleRows(source: RgbImage, taps: Taps, width: number, top: number, bottom: number): Uint8ClampedArray {
  const { first, weights, count } = taps
  const { data } = source
  const result = new Uint8ClampedArray(width * 3 * (bottom - top))
  let to = 0
  for (let y = top; y < bottom; y++) {
    const row = y * source.width * 3
    for (let x = 0, w = 0; x < width; x++) {
      let at = row + first[x]! * 3
      let red = half
      let green = half
      let blue = half
      for (const end = w + count; w < end; w++, at += 3) {
        const weight = weights[w]!
        red += weight * data[at]!
        green += weight * data[at + 1]!
        blue += weight * data[at + 2]!
      }
      result[to] = red >> precision
      result[to + 1] = green >> precision
      result[to + 2] = blue >> precision
      to += 3
    }
  }
  return result
}

function resampleColumns(
  rows: Uint8ClampedArray,
  taps: Taps,
  stride: number,
  height: number,
  top: number,
): Uint8Array<ArrayBuffer> {
  const { first, weights, count } = taps
  const result = new Uint8ClampedArray(stride * height)
  const sums = new Int32Array(stride)
  for (let y = 0; y < height; y++) {
    sums.fill(half)
    for (let k = 0; k < count; k++) {
      const weight = weights[y * count + k]!
      if (weight === 0) continue
      const from = (first[y]! - top + k) * stride
      for (let i = 0; i < stride; i++) sums[i]! += weight * rows[from + i]!
    }
    const to = y * stride
    for (let i = 0; i < stride; i++) result[to + i] = sums[i]! >> precision
  }
  return new Uint8Array(result.buffer)
}
