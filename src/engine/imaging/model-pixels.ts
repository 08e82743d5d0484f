import type { Preprocessing } from '../../shared/contract/photo.ts'
import type { Rendition } from './rendition.ts'
import { resampleBicubic, type Box } from './resample.ts'

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

/**
 * The model's pixels from a rendition: height × width × 3 bytes RGB, as Pillow/torchvision would make them from the full
 * photo (`width` × `height`, oriented); mean absolute difference at most 1/255, tested on golden tensors.
 */
export function modelPixelsOf(
  { picture, ...pixels }: Rendition,
  width: number,
  height: number,
  preprocessing: Preprocessing,
): Uint8Array {
  const to = inputGeometry(width, height, preprocessing)
  const across = picture.width / to.width
  const down = picture.height / to.height
  const box: Box = {
    left: picture.left + to.left * across,
    top: picture.top + to.top * down,
    width: preprocessing.width * across,
    height: preprocessing.height * down,
  }
  return resampleBicubic(pixels, box, preprocessing.width, preprocessing.height)
}
