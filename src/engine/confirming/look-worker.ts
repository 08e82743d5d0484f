import { parentPort } from 'node:worker_threads'
import { PairChange, Relation } from '../../shared/contract/groups.ts'
import { serveUntilEnd } from '../embedding/worker-end.ts'
import { readLookPixels, readLookPlane } from '../imaging/look-pixels.ts'
import { confirmPair } from '../matching/confirm-pair.ts'
import { describeLook } from '../matching/describe-look.ts'
import { findKeypoints } from '../matching/keypoints.ts'
import { PhotoLook } from '../matching/photo-look.ts'
import { packScouts, unpackScouts } from '../matching/scouts.ts'
import { sharedCorners } from '../matching/thresholds.ts'
import type { FoundCorners, LookColumns, LookPhoto, LookReply, LookRequest } from './look-messages.ts'

/** Looks at pairs on a thread of its own. */

/** Photos that are kept ready, latest used last; 100 to 250 KB each. */
const keptPhotos = 32
const kept = new Map<number, PhotoLook | null>()

async function open({ thumbnail, scouts, width, height }: LookPhoto): Promise<PhotoLook | null> {
  try {
    return new PhotoLook(await readLookPixels(thumbnail), width, height, scouts && unpackScouts(scouts))
  } catch {
    return null // A thumbnail that can't be read (a damaged cache): the pair is not borne out.
  }
}

async function lookOf(photo: LookPhoto): Promise<PhotoLook | null> {
  const known = kept.get(photo.contentId)
  const look = known === undefined ? await open(photo) : known
  kept.delete(photo.contentId)
  kept.set(photo.contentId, look)
  return look
}

function forget(): void {
  for (const id of kept.keys()) {
    if (kept.size <= keptPhotos) return
    kept.delete(id)
  }
}

export function emptyLooks(count: number): LookColumns {
  return {
    verdict: new Uint8Array(count),
    relation: new Uint8Array(count).fill(Relation.options.indexOf('similar')),
    changes: new Uint16Array(count),
    orientation: new Uint8Array(count),
    place: new Float32Array(4 * count).fill(Number.NaN),
    confidence: new Float32Array(count).fill(Number.NaN),
  }
}

async function lookAt(photos: readonly LookPhoto[], pairs: Int32Array): Promise<LookColumns> {
  const byId = new Map(photos.map((photo) => [photo.contentId, photo]))
  const count = pairs.length / 2
  const looks = emptyLooks(count)
  for (let k = 0; k < count; k++) {
    const [first, second] = [byId.get(pairs[2 * k]!), byId.get(pairs[2 * k + 1]!)]
    if (first === undefined || second === undefined) continue
    const [a, b] = [await lookOf(first), await lookOf(second)]
    const pair = a && b && confirmPair(a, b)
    forget()
    if (!a || !b || !pair) continue
    const { against } = pair.judgement
    looks.verdict[k] = against === null ? 1 : against === 'framing' || against === 'moved' ? 2 : 0
    if (looks.verdict[k] === 0) continue
    const described = describeLook(a, b, pair)
    looks.relation[k] = Relation.options.indexOf(against === null ? described.relation : 'burst')
    looks.changes[k] = described.changes.reduce((bits, change) => bits | (1 << PairChange.options.indexOf(change)), 0)
    looks.orientation[k] = described.orientation
    looks.place.set(described.place, 4 * k)
    looks.confidence[k] = described.confidence
  }
  return looks
}

async function findCorners(photos: readonly LookPhoto[]): Promise<FoundCorners[]> {
  const found: FoundCorners[] = []
  for (const { contentId, thumbnail } of photos) {
    const plane = await readLookPlane(thumbnail).catch(() => null)
    if (plane !== null) found.push({ contentId, scouts: packScouts(findKeypoints(plane, sharedCorners.scouts), plane) })
  }
  return found
}

async function answer({ id, photos, pairs }: LookRequest): Promise<LookReply> {
  try {
    return pairs === null ? { id, corners: await findCorners(photos) } : { id, looks: await lookAt(photos, pairs) }
  } catch (error) {
    return { id, failed: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}

async function receive(message: unknown): Promise<void> {
  parentPort?.postMessage(await answer(message as LookRequest))
}

if (parentPort !== null) serveUntilEnd(parentPort, receive)
