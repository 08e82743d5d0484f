import { createHash } from 'node:crypto'
import { z } from 'zod'
import { ParityVerdict } from '../../shared/contract/servers.ts'
import type { KeyValues } from '../catalog/settings.ts'

/** Kept in the catalog under `parity:spaces`: what each known space answers to the painted probe pictures. */
const RecordedSpace = z.object({
  spaceKey: z.string(),
  /** `goldenSetId` of the pictures, and `id` of the preprocessing that they were painted for. */
  setId: z.string(),
  preprocessing: z.string(),
  dimension: z.number().int().positive(),
  /** Recorded through a JPEG. */
  lossy: z.boolean(),
  /** Base64 of count × dimension float32, little-endian, unit length. */
  vectors: z.base64(),
  /** The same of the pictures after a JPEG, of a twin; null where not needed yet. */
  throughJpeg: z.base64().nullable(),
  /** Against the local twin when it was recorded; of the twin itself `equal`. */
  verdict: ParityVerdict,
  /** Where it was met: address (without secrets) and name of the model there. */
  seen: z.array(z.object({ address: z.string(), model: z.string() })),
  recordedMs: z.number(),
})
export type RecordedSpace = z.infer<typeof RecordedSpace>

const key = 'parity:spaces'
/** 22 KB each; the ones recorded first go. */
const mostSpaces = 64

/** The spaces recorded for these probe pictures. */
export function loadSpaces(kv: KeyValues, setId: string, preprocessing: string): RecordedSpace[] {
  return all(kv).filter((space) => space.setId === setId && space.preprocessing === preprocessing)
}

function all(kv: KeyValues): RecordedSpace[] {
  return kv.get(key, z.array(RecordedSpace)) ?? []
}

/** Adds a space or replaces the one of the same key and pictures. */
export function saveSpace(kv: KeyValues, space: RecordedSpace): void {
  const others = all(kv).filter(
    ({ spaceKey, setId, preprocessing }) =>
      spaceKey !== space.spaceKey || setId !== space.setId || preprocessing !== space.preprocessing,
  )
  kv.set(key, [...others, space].slice(-mostSpaces))
}

/** Remembers that this address and model answer in that space now, and in no other. */
export function rememberSeen(kv: KeyValues, spaceKey: string, place: RecordedSpace['seen'][number]): void {
  const elsewhere = ({ seen }: RecordedSpace): RecordedSpace['seen'] =>
    seen.filter(({ address, model }) => address !== place.address || model !== place.model)
  kv.set(
    key,
    all(kv).map((space) => ({
      ...space,
      seen: space.spaceKey === spaceKey ? [...elsewhere(space), place] : elsewhere(space),
    })),
  )
}

export function packVectors(vectors: readonly Float32Array[]): string {
  return Buffer.concat(
    vectors.map((vector) => Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength)),
  ).toString('base64')
}

/** @param text of `packVectors` */
export function unpackVectors(text: string, dimension: number): Float32Array[] {
  // Copied out: a Buffer of the pool need not begin at a multiple of 4.
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'))
  const values = new Float32Array(bytes.buffer, 0, Math.floor(bytes.length / 4))
  return Array.from({ length: Math.floor(values.length / dimension) }, (_, at) =>
    values.slice(at * dimension, (at + 1) * dimension),
  )
}

/** Key of a space of a server's own, made of what it answered when it was first met. */
export function serverSpaceKey(preprocessing: string, vectors: readonly Float32Array[]): string {
  const hash = createHash('sha256').update(preprocessing)
  for (const vector of vectors) hash.update(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength))
  return `server:${hash.digest('hex').slice(0, 16)}`
}
