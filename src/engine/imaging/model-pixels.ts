import type { Preprocessing } from '../../shared/contract/photo.ts'
import type { Rendition } from './rendition.ts'
import { resampleBicubic, type Box } from './resample.ts'
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

/**
 * The model's pixels from a rendition: height × width × 3 bytes RGB, as Pillow/torchvision would make them from the full
 * photo (`width` × `height`, oriented); mean absolute difference at most 1/255, tested on golden tensors.
 * libvips does it where its geometry is the reference's; the exact resampler does the rest (see
 * [Note: Resampling as the reference does]).
 */
export async function modelPixelsOf(
  rendition: Rendition,
  width: number,
  height: number,
  preprocessing: Preprocessing,
): Promise<Uint8Array> {
  const to = inputGeometry(width, height, preprocessing)
  const { picture } = rendition
  const whole = picture.width === rendition.width && picture.height === rendition.height
  const across = picture.width / to.width
  const down = picture.height / to.height
  const region = { width: preprocessing.width, height: preprocessing.height }
  if (whole && Math.min(across, down) >= 1 && Math.max(across, down) < plainReduction) {
    const resized = sharp(rendition.data, { raw: { width: rendition.width, height: rendition.height, channels: 3 } })
      .resize(to.width, to.height, { fit: 'fill', kernel: 'cubic' })
      .extract({ left: to.left, top: to.top, ...region })
    return new Uint8Array(await resized.raw().toBuffer())
  }
  const box: Box = {
    left: picture.left + to.left * across,
    top: picture.top + to.top * down,
    width: region.width * across,
    height: region.height * down,
  }
  return resampleBicubic(rendition, box, region.width, region.height)
}
