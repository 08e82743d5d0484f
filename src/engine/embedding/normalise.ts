import type { Preprocessing } from '../../shared/contract/photo.ts'
import { TwinlensError } from '../../shared/errors.ts'

const channelCount = 3
type Tables = readonly [red: Float32Array, green: Float32Array, blue: Float32Array]
const tables = new Map<string, Tables>()

/** For each channel the 256 values that (x · scale − mean) / std can take, computed in double and rounded once. */
function tablesFor({ scale, mean, std }: Preprocessing): Tables {
  const key = JSON.stringify([scale, mean, std])
  const known = tables.get(key)
  if (known !== undefined) return known
  const table = (channel: 0 | 1 | 2): Float32Array =>
    Float32Array.from({ length: 256 }, (_, x) => (x * scale - mean[channel]) / std[channel])
  const made: Tables = [table(0), table(1), table(2)]
  tables.set(key, made)
  return made
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
 * @param into written to and returned when it is of the right length, so that 6 MB need not be allocated for each batch
 * @returns N × 3 × height × width float32 (NCHW), each value (x · scale − mean[c]) / std[c]
 * @throws TwinlensError `invalid-request` for a picture of another size
 */
export function toTensor(
  pictures: readonly Uint8Array[],
  preprocessing: Preprocessing,
  into?: Float32Array<ArrayBuffer>,
): Float32Array<ArrayBuffer> {
  const plane = preprocessing.width * preprocessing.height
  const length = pictures.length * channelCount * plane
  const tensor = into?.length === length ? into : new Float32Array(length)
  const [red, green, blue] = tablesFor(preprocessing)
  pictures.forEach((picture, index) => {
    checkPicture(picture, preprocessing)
    fillPlanes(tensor, index * channelCount * plane, plane, picture, red, green, blue)
  })
  return tensor
}

/** The inner loop, on its own so that the compiler sees nothing but typed arrays. */
function fillPlanes(
  tensor: Float32Array,
  start: number,
  plane: number,
  picture: Uint8Array,
  red: Float32Array,
  green: Float32Array,
  blue: Float32Array,
): void {
  for (let at = start, from = 0; at < start + plane; at++, from += channelCount) {
    tensor[at] = red[picture[from] as number] as number
    tensor[at + plane] = green[picture[from + 1] as number] as number
    tensor[at + 2 * plane] = blue[picture[from + 2] as number] as number
  }
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
