import type { Preprocessing } from '../../shared/contract/photo.ts'
import { TwinlensError } from '../../shared/errors.ts'

const channelCount = 3
const tables = new Map<string, readonly Float32Array[]>()

/** For each channel the 256 values that (x · scale − mean) / std can take, computed in double and rounded once. */
function tablesFor({ scale, mean, std }: Preprocessing): readonly Float32Array[] {
  const key = JSON.stringify([scale, mean, std])
  let found = tables.get(key)
  if (found === undefined) {
    found = [0, 1, 2].map((channel) =>
      Float32Array.from({ length: 256 }, (_, x) => (x * scale - (mean[channel] ?? 0)) / (std[channel] ?? 1)),
    )
    tables.set(key, found)
  }
  return found
}

/** Bytes of one picture at the model's input size. */
export function pictureBytes(preprocessing: Preprocessing): number {
  return preprocessing.width * preprocessing.height * channelCount
}

/**
 * [Note: Preprocessing is data and one function]
 * Resizing gives bytes (imaging); this turns them into the model's input. Nothing else does either.
 *
 * @param pictures N pictures, each height × width × 3 bytes RGB, row by row
 * @returns N × 3 × height × width float32 (NCHW), each value (x · scale − mean[c]) / std[c]
 * @throws TwinlensError `invalid-request` for a picture of another size
 */
export function toTensor(pictures: readonly Uint8Array[], preprocessing: Preprocessing): Float32Array {
  const plane = preprocessing.width * preprocessing.height
  const tensor = new Float32Array(pictures.length * channelCount * plane)
  const luts = tablesFor(preprocessing)
  pictures.forEach((picture, index) => {
    checkPicture(picture, preprocessing)
    for (let channel = 0; channel < channelCount; channel++) {
      const lut = luts[channel] ?? new Float32Array(256)
      const start = (index * channelCount + channel) * plane
      for (let at = 0, from = channel; at < plane; at++, from += channelCount) {
        tensor[start + at] = lut[picture[from] ?? 0] ?? 0
      }
    }
  })
  return tensor
}

/** @throws TwinlensError `invalid-request` */
export function checkPicture(picture: Uint8Array, preprocessing: Preprocessing): void {
  const bytes = pictureBytes(preprocessing)
  if (picture.length === bytes) return
  throw new TwinlensError(
    'invalid-request',
    `A picture for ${preprocessing.id} must have ${bytes} bytes (${preprocessing.width} × ${preprocessing.height} × 3), not ${picture.length}.`,
  )
}
