import type { Preprocessing } from '../../../shared/contract/photo.ts'
import { checkPicture } from '../normalise.ts'
import { encodeFor, fillTensor, tensorBytesPerPicture, valuesOfBytes } from './encode-pictures.ts'
import type { InputRecipe } from './inference-client.ts'
import { inputShape, type KserveModel } from './kserve-model.ts'
import { InferHeader, parseJson } from './kserve-shapes.ts'
import { nonsense } from './reply-check.ts'
import {
  isVectorDatatype,
  vectorBytes,
  vectorDatatypes,
  vectorsFromBytes,
  type VectorDatatype,
} from './vector-bytes.ts'

/** The body of an `infer` request. */
export interface InferBody {
  bytes: Buffer
  /** Bytes of its JSON header; null where all of it is JSON. */
  headerBytes: number | null
}

/**
 * A body with the binary tensor extension: JSON header, then the raw tensor, made in one piece of memory that the tensor is
 * written to directly. Spaces pad the header so that the tensor begins at a multiple of 8.
 */
export async function binaryBody(
  model: KserveModel,
  pictures: readonly Uint8Array[],
  recipe: InputRecipe,
): Promise<InferBody> {
  const { preprocessing } = recipe
  const { format } = model
  const shape = inputShape(model, pictures.length, preprocessing)
  if (format === 'jpeg') {
    const { parts } = await encodeFor('jpeg', pictures, recipe)
    return bytesBody(model, shape, parts)
  }
  const { bytes, headerBytes, tensor } = roomFor(
    model,
    shape,
    pictures.length * tensorBytesPerPicture(format, preprocessing),
  )
  fillTensor(format, pictures, preprocessing, tensor, model.channelsLast)
  return { bytes, headerBytes }
}

/** Encoded pictures as elements of a BYTES tensor: each after its length, 4 bytes little-endian. */
export function bytesBody(model: KserveModel, shape: readonly number[], parts: readonly Uint8Array[]): InferBody {
  const size = parts.reduce((sum, part) => sum + 4 + part.length, 0)
  const { bytes, headerBytes } = roomFor(model, shape, size)
  let at = headerBytes
  for (const part of parts) {
    at = bytes.writeUInt32LE(part.length, at)
    bytes.set(part, at)
    at += part.length
  }
  return { bytes, headerBytes }
}

function roomFor(
  model: KserveModel,
  shape: readonly number[],
  size: number,
): { bytes: Buffer; headerBytes: number; tensor: Uint8Array<ArrayBuffer> } {
  const { input, output } = model
  const header = JSON.stringify({
    inputs: [{ name: input.name, shape, datatype: input.datatype, parameters: { binary_data_size: size } }],
    outputs: [{ name: output.name, parameters: { binary_data: true } }],
  })
  const headerBytes = Math.ceil(Buffer.byteLength(header) / 8) * 8
  // Every byte is written below; a pool's slice would not begin at a multiple of 8.
  const bytes = Buffer.allocUnsafeSlow(headerBytes + size)
  bytes.fill(' ', bytes.write(header), headerBytes)
  const { buffer, byteOffset } = bytes
  return { bytes, headerBytes, tensor: new Uint8Array(buffer, byteOffset + headerBytes, size) }
}

/** A body that every KServe server reads: the tensor as JSON numbers, some 1.5 MB a picture. */
export function jsonBody(model: KserveModel, pictures: readonly Uint8Array[], preprocessing: Preprocessing): InferBody {
  for (const picture of pictures) checkPicture(picture, preprocessing)
  const shape = inputShape(model, pictures.length, preprocessing)
  const texts = textsOfBytes(preprocessing)
  const planes = pictures.flatMap((picture) => {
    if (model.channelsLast) return Array.from(picture, (byte, at) => texts[(at % 3) * 256 + byte]).join(',')
    return [0, 1, 2].map((channel) => {
      const values = Array.from<string>({ length: picture.length / 3 })
      for (let at = 0; at < values.length; at++)
        values[at] = texts[channel * 256 + (picture[at * 3 + channel] as number)] as string
      return values.join(',')
    })
  })
  const input = JSON.stringify({ name: model.input.name, shape, datatype: model.input.datatype })
  const outputs = JSON.stringify([{ name: model.output.name, parameters: { binary_data: false } }])
  const text = `{"inputs":[${input.slice(0, -1)},"data":[${planes.join(',')}]}],"outputs":${outputs}}`
  return { bytes: Buffer.from(text, 'utf8'), headerBytes: null }
}

const textTables = new Map<string, readonly string[]>()

/** The shortest text of each of the 3 × 256 values that reads back as the same float32. */
function textsOfBytes(preprocessing: Preprocessing): readonly string[] {
  const key = JSON.stringify([preprocessing.scale, preprocessing.mean, preprocessing.std])
  const known = textTables.get(key)
  if (known !== undefined) return known
  const made = Array.from(valuesOfBytes(preprocessing), shortestText)
  textTables.set(key, made)
  return made
}

function shortestText(value: number): string {
  for (let digits = 5; digits < 9; digits++) {
    const text = String(Number(value.toPrecision(digits)))
    if (Math.fround(Number(text)) === value) return text
  }
  // Nine digits tell any two float32 apart.
  return String(Number(value.toPrecision(9)))
}

/**
 * The vectors of an answer to `infer`, copied out: the raw tensor begins where the JSON header ends, at any byte.
 *
 * @param headerLength of `Inference-Header-Content-Length`; undefined where all of it is JSON
 * @returns count × dimension values
 * @throws TwinlensError `server-nonsense`
 */
export function readInferReply(
  body: Buffer,
  headerLength: string | undefined,
  model: KserveModel,
  count: number,
  address: string,
): { raw: Float32Array; dimension: number } {
  const headerBytes = headerLength === undefined ? body.length : Number(headerLength)
  if (!Number.isInteger(headerBytes) || headerBytes < 0 || headerBytes > body.length)
    throw nonsense(address, `its header is said to have ${headerLength} bytes and all of it has ${body.length}`)
  const header = parseJson(InferHeader, body.subarray(0, headerBytes), 'its header', address)
  let at = headerBytes
  for (const output of header.outputs) {
    const size = output.parameters?.binary_data_size
    if (output.name === model.output.name) {
      const dimension = dimensionOf(output.shape, count, address)
      if (!isVectorDatatype(output.datatype))
        throw nonsense(address, `its vectors are ${output.datatype} where one of ${vectorDatatypes} is expected`)
      const wanted = count * dimension
      const raw =
        size === undefined
          ? fromNumbers(output.data, wanted, address)
          : fromBytes(body, at, size, output.datatype, wanted, address)
      return { raw, dimension }
    }
    at += size ?? 0
  }
  throw nonsense(address, `it has no output “${model.output.name}”`)
}

function dimensionOf(shape: readonly number[], count: number, address: string): number {
  const values = shape.reduce((product, length) => product * length, 1)
  const dimension = values / count
  const isInOrder = shape.length > 1 ? shape[0] === count : count === 1
  if (isInOrder && Number.isInteger(dimension) && dimension > 0) return dimension
  throw nonsense(address, `its vectors have the shape [${shape.join(', ')}] and ${count} were asked for`)
}

function fromBytes(
  body: Buffer,
  at: number,
  size: number,
  datatype: VectorDatatype,
  wanted: number,
  address: string,
): Float32Array {
  const expected = vectorBytes(wanted, datatype)
  if (size !== expected || at + size > body.length)
    throw nonsense(address, `${expected} bytes of vectors were expected and ${Math.min(size, body.length - at)} came`)
  return vectorsFromBytes(body.subarray(at, at + size), datatype)
}

function fromNumbers(data: readonly unknown[] | undefined, wanted: number, address: string): Float32Array {
  const flat = (data ?? []).flat(8)
  if (flat.length !== wanted) throw nonsense(address, `${wanted} numbers were expected and ${flat.length} came`)
  const raw = new Float32Array(wanted)
  for (let at = 0; at < wanted; at++) {
    const value = flat[at]
    if (typeof value !== 'number') throw nonsense(address, 'there is something else than numbers in its vectors')
    raw[at] = value
  }
  return raw
}
