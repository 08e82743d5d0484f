import { randomUUID } from 'node:crypto'
import type { InferenceReply, ServerTiming } from './inference-client.ts'
import { parseJson } from './kserve-shapes.ts'
import { EmbedReply } from './pytorch-shapes.ts'
import { nonsense } from './reply-check.ts'

/** A request with pictures, as it goes out. */
export interface PictureBody {
  path: string
  contentType: string
  bytes: Buffer
}

export type PictureType = 'image/jpeg' | 'image/png'

/** `{"images": ["<base64>", …]}` for `/embed/base64`. */
export function base64Body(pictures: readonly Uint8Array[]): PictureBody {
  const before = '{"images":["'
  const between = '","'
  const after = '"]}'
  const size = pictures.reduce(
    (sum, picture) => sum + 4 * Math.ceil(picture.length / 3),
    before.length + after.length + between.length * (pictures.length - 1),
  )
  const bytes = Buffer.allocUnsafe(size)
  let at = bytes.write(before, 0, 'latin1')
  pictures.forEach((picture, index) => {
    if (index > 0) at += bytes.write(between, at, 'latin1')
    at += bytes.write(asBuffer(picture).toString('base64'), at, 'latin1')
  })
  bytes.write(after, at, 'latin1')
  return { path: '/embed/base64', contentType: 'application/json', bytes }
}

/** A form with the field `files` once a picture, for `/embed/batch` (RFC 7578). */
export function multipartBody(pictures: readonly Uint8Array[], type: PictureType): PictureBody {
  // 122 random bits: no picture holds it.
  const boundary = `twinlens-${randomUUID()}`
  const ending = type === 'image/png' ? 'png' : 'jpg'
  const parts: Uint8Array[] = []
  pictures.forEach((picture, index) => {
    const lineBreak = index === 0 ? '' : '\r\n'
    parts.push(
      Buffer.from(
        `${lineBreak}--${boundary}\r\nContent-Disposition: form-data; name="files"; filename="${index}.${ending}"\r\nContent-Type: ${type}\r\n\r\n`,
        'latin1',
      ),
      picture,
    )
  })
  parts.push(Buffer.from(`\r\n--${boundary}--\r\n`, 'latin1'))
  return {
    path: '/embed/batch',
    contentType: `multipart/form-data; boundary=${boundary}`,
    bytes: Buffer.concat(parts),
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/**
 * The vectors of an answer, one after the other, and what the server says of its time.
 *
 * @param serverTiming the `Server-Timing` header; it goes before what the body says
 * @throws TwinlensError `server-nonsense`
 */
export function readEmbedReply(
  body: Buffer,
  serverTiming: string | undefined,
  count: number,
  address: string,
): { raw: Float32Array; dimension: number; server: InferenceReply['server'] } {
  const { embeddings, timing_ms: timing } = parseJson(EmbedReply, body, 'it', address)
  if (embeddings.length !== count)
    throw nonsense(address, `${count} vectors were expected and ${embeddings.length} came`)
  const dimension = embeddings[0]?.length ?? 0
  const raw = new Float32Array(count * dimension)
  embeddings.forEach((vector, index) => {
    if (vector.length !== dimension)
      throw nonsense(address, `its vectors are of different lengths (${dimension} and ${vector.length})`)
    for (let at = 0; at < dimension; at++) {
      const value = vector[at]
      if (typeof value !== 'number')
        throw nonsense(address, `there is something else than numbers in vector ${index + 1} of ${count}`)
      raw[index * dimension + at] = value
    }
  })
  const server: ServerTiming = {}
  put(server, 'decode', timing?.decode)
  put(server, 'preprocess', timing?.preprocess)
  put(server, 'queue', timing?.queue)
  put(server, 'inference', timing?.inference)
  for (const [name, milliseconds] of readServerTiming(serverTiming)) put(server, name, milliseconds)
  return { raw, dimension, server }
}

const timingFields: Readonly<Record<string, keyof ServerTiming>> = {
  decode: 'decodeMs',
  preprocess: 'preprocessMs',
  queue: 'queueMs',
  inference: 'inferenceMs',
}

function put(server: ServerTiming, name: string, milliseconds: number | null | undefined): void {
  const field = timingFields[name]
  if (field !== undefined && typeof milliseconds === 'number') server[field] = milliseconds
}

/** Names and durations of a `Server-Timing` header (W3C Server Timing): `decode;dur=1.5, inference;dur=60`. */
function readServerTiming(header: string | undefined): [string, number][] {
  return (header ?? '').split(',').flatMap((entry): [string, number][] => {
    const [name = '', ...parameters] = entry.split(';').map((part) => part.trim())
    const duration = parameters.map((parameter) => /^dur="?([0-9.]+)"?$/i.exec(parameter)?.[1]).find(Boolean)
    return duration === undefined ? [] : [[name.toLowerCase(), Number(duration)]]
  })
}

/** A header's value where it came once; the first where it came several times. */
export function headerText(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value
}
