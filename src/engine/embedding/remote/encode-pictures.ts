import type { Preprocessing } from '../../../shared/contract/photo.ts'
import type { InputFormat } from '../../../shared/contract/servers.ts'
import { checkPicture, pictureBytes, toTensor } from '../normalise.ts'
import { halfBitsOf } from './half-float.ts'
import type { InputRecipe } from './inference-client.ts'

/** Formats that travel as one tensor of all pictures. */
export type TensorFormat = 'json-fp32' | 'fp32' | 'fp16' | 'uint8'
/** Formats in which each picture is a file of its own. */
export type PictureFormat = Exclude<InputFormat, TensorFormat>

export interface EncodedPictures<Parts> {
  /** The tensor's bytes, little-endian; or one encoded file for each picture, in order. */
  parts: Parts
  encodeMs: number
}

/** Whether a format travels as one tensor. */
export function isTensorFormat(format: InputFormat): format is TensorFormat {
  return format in bytesPerValue
}

const bytesPerValue: Record<TensorFormat, number> = { 'json-fp32': 4, fp32: 4, fp16: 2, uint8: 1 }

/** Bytes that one picture takes in a tensor (before JSON makes text of them). */
export function tensorBytesPerPicture(format: TensorFormat, preprocessing: Preprocessing): number {
  return pictureBytes(preprocessing) * bytesPerValue[format]
}

/**
 * The model's pixels in a server's format. `fp32`, `json-fp32`: N × 3 × H × W float32, normalised; `fp16`: the same, each value
 * rounded to the nearest half (ties to even); `uint8`: N × H × W × 3 as they are; the others: one JPEG or PNG a picture.
 *
 * @param pictures each height × width × 3 bytes RGB
 * @throws TwinlensError `invalid-request` for a picture of another size
 */
export async function encodeFor(
  format: TensorFormat,
  pictures: readonly Uint8Array[],
  recipe: InputRecipe,
): Promise<EncodedPictures<Uint8Array>>
export async function encodeFor(
  format: PictureFormat,
  pictures: readonly Uint8Array[],
  recipe: InputRecipe,
): Promise<EncodedPictures<Uint8Array[]>>
export async function encodeFor(
  format: InputFormat,
  pictures: readonly Uint8Array[],
  recipe: InputRecipe,
): Promise<EncodedPictures<Uint8Array | Uint8Array[]>>
export async function encodeFor(
  format: InputFormat,
  pictures: readonly Uint8Array[],
  recipe: InputRecipe,
): Promise<EncodedPictures<Uint8Array | Uint8Array[]>> {
  const started = performance.now()
  const { preprocessing, codec } = recipe
  if (isTensorFormat(format)) {
    const into = new Uint8Array(pictures.length * tensorBytesPerPicture(format, preprocessing))
    fillTensor(format, pictures, preprocessing, into)
    return { parts: into, encodeMs: performance.now() - started }
  }
  for (const picture of pictures) checkPicture(picture, preprocessing)
  const { width, height } = preprocessing
  const encode = format.endsWith('png')
    ? (picture: Uint8Array) => codec.png(picture, width, height)
    : (picture: Uint8Array) => codec.jpeg(picture, width, height)
  const parts = await Promise.all(pictures.map(encode))
  return { parts, encodeMs: performance.now() - started }
}

/**
 * Writes a tensor to where it will be sent from, so that it need not be copied into a request.
 *
 * @param channelsLast N × H × W × 3 instead of N × 3 × H × W
 * @param into exactly `pictures.length × tensorBytesPerPicture(…)` bytes, starting at a multiple of the value's size
 * @throws TwinlensError `invalid-request` for a picture of another size
 */
export function fillTensor(
  format: TensorFormat,
  pictures: readonly Uint8Array[],
  preprocessing: Preprocessing,
  into: Uint8Array<ArrayBuffer>,
  channelsLast = format === 'uint8',
): void {
  for (const picture of pictures) checkPicture(picture, preprocessing)
  if (format === 'uint8') {
    if (channelsLast) pictures.forEach((picture, index) => into.set(picture, index * picture.length))
    else fillByTable(pictures, everyByte, false, into)
  } else if (format === 'fp16') {
    const tensor = new Uint16Array(into.buffer, into.byteOffset, into.byteLength / 2)
    fillByTable(pictures, halfTable(preprocessing), channelsLast, tensor)
  } else if (channelsLast) {
    const tensor = new Float32Array(into.buffer, into.byteOffset, into.byteLength / 4)
    fillByTable(pictures, valuesOfBytes(preprocessing), true, tensor)
  } else {
    const tensor = new Float32Array(into.buffer, into.byteOffset, into.byteLength / 4)
    if (toTensor(pictures, preprocessing, tensor) !== tensor)
      throw new RangeError('The room for a tensor is not of its size.')
  }
}

/** The 3 × 256 values that a channel's byte can become, taken from the one function that normalises. */
export function valuesOfBytes(preprocessing: Preprocessing): Float32Array {
  const grey = Uint8Array.from({ length: 3 * 256 }, (_, at) => Math.floor(at / 3))
  return toTensor([grey], { ...preprocessing, width: 256, height: 1 })
}

const halfTables = new Map<string, Uint16Array>()

function halfTable(preprocessing: Preprocessing): Uint16Array {
  const key = JSON.stringify([preprocessing.scale, preprocessing.mean, preprocessing.std])
  const known = halfTables.get(key)
  if (known !== undefined) return known
  const made = Uint16Array.from(valuesOfBytes(preprocessing), halfBitsOf)
  halfTables.set(key, made)
  return made
}

/** What each byte becomes where nothing is to be done to it. */
const everyByte = Uint8Array.from({ length: 3 * 256 }, (_, at) => at % 256)

/** @param table what a byte becomes, 256 entries for each channel */
function fillByTable<Numbers extends Uint8Array | Uint16Array | Float32Array>(
  pictures: readonly Uint8Array[],
  table: Numbers,
  channelsLast: boolean,
  tensor: Numbers,
): void {
  pictures.forEach((picture, index) => {
    const plane = picture.length / 3
    const start = index * picture.length
    const [step, channel] = channelsLast ? [3, 1] : [1, plane]
    for (let at = start, from = 0; from < picture.length; at += step, from += 3) {
      tensor[at] = table[picture[from] as number] as number
      tensor[at + channel] = table[256 + (picture[from + 1] as number)] as number
      tensor[at + 2 * channel] = table[512 + (picture[from + 2] as number)] as number
    }
  })
}
