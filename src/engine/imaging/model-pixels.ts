import type { Preprocessing } from '../../shared/contract/photo.ts'
import type { Rendition } from './rendition.ts'
import { releasePixels } from './release-pixels.ts'
import { resampleBicubic, type Box, type RgbImage } from './resample.ts'
import { sharp } from './sharp.ts'

/** Python's `round`: halves go to the even neighbour. */
function roundHalfEven(value: number): number {
  const low = Math.floor(value)
  if (value - low !== 0.5) return Math.round(value)
  return low % 2 === 0 ? low : low + 1
}

interface Geometry {
  /** Size that the whole picture is resized to. */
  width: number
  height: number
  /** What is cut out of it. */
  left: number
  top: number
}

/** torchvision `Resize(short)` + `CenterCrop` rounding (torchvision/transforms/functional.py), or a plain stretch. */
export function inputGeometry(width: number, height: number, preprocessing: Preprocessing): Geometry {
  if (preprocessing.resize === 'stretch') {
    return { width: preprocessing.width, height: preprocessing.height, left: 0, top: 0 }
  }
  const short = Math.min(preprocessing.width, preprocessing.height)
  const resized =
    width <= height
      ? { width: short, height: Math.trunc((short * height) / width) }
      : { width: Math.trunc((short * width) / height), height: short }
  return {
    ...resized,
    left: roundHalfEven((resized.width - preprocessing.width) / 2),
    top: roundHalfEven((resized.height - preprocessing.height) / 2),
  }
}

/** Reduction up to which libvips' cubic is the reference's: beyond it, it averages blocks first. */
const plainReduction = 4

/** Output pixels by which libvips' grid may run off the reference's at the far edge: what is looked for, and what will do. */
const driftWanted = 0.01
const driftAllowed = 0.05
/** Output pixels that may be computed beyond a side, and thrown away, to find a grid that runs off less. */
const sparePixels = 40

/** One side of a resize in whole pixels that stands in for one with fractions. */
interface Grid {
  /** Source pixels, the picture's and those repeated at the edge. */
  source: number
  /** Output pixels that they become. */
  output: number
}

/**
 * libvips resizes whole pixels to whole pixels, so `source / output` takes only some values. Beyond the picture's edge both
 * may grow, though: this finds the first pair whose ratio is `span / out` closely enough; null where there is none.
 */
function findGrid(span: number, out: number): Grid | null {
  const scale = span / out
  let best: Grid | null = null
  let least = driftAllowed
  for (let output = out; output <= out + sparePixels && least > driftWanted; output++) {
    const source = Math.round(scale * output)
    const drift = Math.abs(source / scale - output)
    if (source < Math.floor(span) || drift >= least) continue
    least = drift
    best = { source, output }
  }
  return best
}

/** The image with its border pixels repeated up to `width` × `height`: on the far sides, or on the near ones where asked. */
function padded(image: RgbImage, width: number, height: number, atLeft: boolean, atTop: boolean): RgbImage {
  if (width === image.width && height === image.height) return image
  const data = Buffer.allocUnsafeSlow(width * height * 3)
  const stride = width * 3
  const x = (atLeft ? width - image.width : 0) * 3
  const y = atTop ? height - image.height : 0
  const used = image.width * 3
  for (let row = 0; row < image.height; row++) {
    const to = (y + row) * stride
    data.set(image.data.subarray(row * used, (row + 1) * used), to + x)
    for (let at = to + x - 3; at >= to; at -= 3) data.copyWithin(at, at + 3, at + 6)
    for (let at = to + x + used; at < to + stride; at += 3) data.copyWithin(at, at - 3, at)
  }
  for (let row = y - 1; row >= 0; row--) data.copyWithin(row * stride, (row + 1) * stride, (row + 2) * stride)
  for (let row = y + image.height; row < height; row++) {
    data.copyWithin(row * stride, (row - 1) * stride, row * stride)
  }
  return { data, width, height }
}

/**
 * The model's pixels from a rendition: height × width × 3 bytes RGB, as Pillow/torchvision would make them from the full
 * photo (`width` × `height`, oriented); mean absolute difference at most 1/255, tested on golden tensors.
 * libvips does it where its kernel is the reference's, on a grid that is the reference's to a hundredth of a pixel; the
 * exact resampler does the rest (see [Note: Resampling as the reference does]).
 */
export async function modelPixelsOf(
  rendition: Rendition,
  width: number,
  height: number,
  preprocessing: Preprocessing,
): Promise<Uint8Array> {
  const to = inputGeometry(width, height, preprocessing)
  const { picture } = rendition
  const across = picture.width / to.width
  const down = picture.height / to.height
  const region = { width: preprocessing.width, height: preprocessing.height }
  const plain = Math.min(across, down) >= 1 && Math.max(across, down) < plainReduction
  const columns = plain ? findGrid(picture.width, to.width) : null
  const rows = plain ? findGrid(picture.height, to.height) : null
  if (columns === null || rows === null) {
    const box: Box = {
      left: picture.left + to.left * across,
      top: picture.top + to.top * down,
      width: region.width * across,
      height: region.height * down,
    }
    return resampleBicubic(rendition, box, region.width, region.height)
  }
  const [atLeft, atTop] = [picture.left < 0, picture.top < 0]
  const source = padded(rendition, columns.source, rows.source, atLeft, atTop)
  const resized = sharp(source.data, { raw: { width: source.width, height: source.height, channels: 3 } })
    .resize(columns.output, rows.output, { fit: 'fill', kernel: 'cubic' })
    .extract({
      left: to.left + (atLeft ? columns.output - to.width : 0),
      top: to.top + (atTop ? rows.output - to.height : 0),
      ...region,
    })
  const pixels = await resized.raw().toBuffer()
  if (source !== rendition) releasePixels(source.data)
  return pixels
}
