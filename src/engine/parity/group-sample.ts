import { Thresholds } from '../../shared/contract/groups.ts'
import type { ModelSpec } from '../../shared/contract/models.ts'
import { displayPath, type FilePath } from '../../shared/domain/file-path.ts'
import { isCancellation, throwIfCancelled } from '../../shared/errors.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { PhotoRow } from '../catalog/photos.ts'
import { noLinks } from '../catalog/links.ts'
import { folderOf, nameOf } from '../files/native-path.ts'
import { readWhole } from '../files/read.ts'
import { analysePhoto } from '../imaging/analyse.ts'
import { defaultDecodeLimits } from '../imaging/limits.ts'
import { confirmCandidates, type Candidates } from '../confirming/confirm-candidates.ts'
import { noDistance } from '../confirming/link-buffers.ts'
import type { LookPool } from '../confirming/look-pool.ts'
import { thumbnailSource } from '../confirming/thumbnail-source.ts'
import { neighbours, perceptualDefault } from '../matching/thresholds.ts'
import { prepareGroups, type PhotoGroup } from '../reviewing/group-builder.ts'
import { pairKey } from '../../shared/domain/pair-key.ts'

/** The library whose groups are looked at. */
export interface ParityLibrary {
  catalog: Catalog
  photos: readonly PhotoRow[]
  /** Its present groups of the AI tier, or of the perceptual one where it has none: their members come into the sample first. */
  groups: readonly PhotoGroup[]
  /** Most photos that are embedded for this; default 200. */
  limit?: number
}

const defaultLimit = 200

/** Photos to compare groups on, one for each content, with the model's pixels of each. */
export interface GroupSample {
  photos: PhotoRow[]
  pixels: Uint8Array[]
}

/**
 * Members of present groups, their neighbours (photos linked to them by looks), then others spread evenly over the library.
 * Photos that can't be read now are left out.
 */
export async function sampleLibrary(
  { catalog, photos, groups, limit = defaultLimit }: ParityLibrary,
  spec: ModelSpec,
  signal: AbortSignal | undefined,
  onDone: (photos: number) => void,
): Promise<GroupSample> {
  const byContent = new Map<number, PhotoRow>()
  for (const photo of photos)
    if (!photo.offline && !byContent.has(photo.contentId)) byContent.set(photo.contentId, photo)
  const chosen = new Set<number>()
  const choose = (contentId: number): void => {
    if (chosen.size < limit && byContent.has(contentId)) chosen.add(contentId)
  }
  for (const group of groups) for (const photo of group.photos) choose(photo.contentId)
  const links = catalog.links.load('perceptual', 0)
  links.a.forEach((a, at) => {
    const b = links.b[at] ?? 0
    if (chosen.has(a) || chosen.has(b)) [a, b].forEach(choose)
  })
  const rest = [...byContent.keys()].filter((id) => !chosen.has(id))
  const step = Math.max(1, rest.length / Math.max(1, limit - chosen.size))
  for (let at = 0; at < rest.length; at += step) choose(rest[Math.floor(at)] ?? -1)
  const sample: GroupSample = { photos: [], pixels: [] }
  for (const id of [...chosen].sort((x, y) => x - y)) {
    throwIfCancelled(signal)
    const photo = byContent.get(id)
    const pixels = photo === undefined ? null : await pixelsOf(photo, spec, signal)
    if (photo === undefined || pixels === null) continue
    sample.photos.push(photo)
    sample.pixels.push(pixels)
    onDone(sample.photos.length)
  }
  return sample
}

async function pixelsOf(photo: PhotoRow, spec: ModelSpec, signal: AbortSignal | undefined): Promise<Uint8Array | null> {
  try {
    const limits = defaultDecodeLimits
    const { bytes } = await readWhole(photo.path, photo.stamp, { maxBytes: limits.maxBytes, signal })
    const { preprocessing } = spec.input
    return (await analysePhoto(bytes, { preprocessing, limits, ...(signal ? { signal } : {}) })).modelPixels
  } catch (error) {
    if (isCancellation(error)) throw error
    return null
  }
}

/** Groups of a sample as lists of names, at the thresholds that the person has set for this model. */
export type Grouper = (vectors: readonly Float32Array[]) => Promise<string[][]>

/**
 * Groups the photos of a sample as scans do: each one's nearest down to the model's floor, borne out by the look at the aligned
 * pictures, drawn around reference photos. What does not depend on the vectors is kept between calls. Throws `cancelled`.
 */
export function grouperOf(
  catalog: Catalog,
  sample: GroupSample,
  spec: ModelSpec,
  looks: LookPool,
  signal: AbortSignal,
): Grouper {
  const { photos } = sample
  const saved = catalog.kv.get(`thresholds:${spec.id}`, Thresholds)
  const thresholds = saved ?? { perceptualDistance: perceptualDefault, similarity: spec.thresholds.default }
  const floor = Math.min(spec.thresholds.floor, thresholds.similarity)
  const confirmed = pairConfirmer(catalog, looks, spec, signal)
  const filesOf = new Map(photos.map((photo) => [photo.contentId, [photo]]))
  const dismissed = new Set(catalog.review.loadDismissed().map(({ a, b }) => pairKey(a, b)))
  const names = namesOf(photos)
  return async (vectors) => {
    const nearest = nearestPairs(photos, vectors, floor)
    const held = await confirmed(nearest)
    const found = nearest.filter(({ a, b }) => held.has(pairKey(a, b)))
    const ai = {
      a: Int32Array.from(found, ({ a }) => a),
      b: Int32Array.from(found, ({ b }) => b),
      score: Float32Array.from(found, ({ score }) => Math.min(1, score)),
    }
    const groups = prepareGroups({ filesOf, perceptual: noLinks(), ai, dismissed, mates: new Set() }).draw(
      'ai',
      thresholds,
    )
    return groups.map((group) => group.photos.map((photo) => names.get(photo.fileId) ?? ''))
  }
}

interface ScoredPair {
  /** Content ids, a < b. */
  a: number
  b: number
  score: number
}

/** Each photo's nearest, as scans look for them; the sample is small enough for every pair. */
function nearestPairs(photos: readonly PhotoRow[], vectors: readonly Float32Array[], floor: number): ScoredPair[] {
  const best = new Map<number, ScoredPair>()
  photos.forEach(({ contentId }, first) => {
    const partners = photos
      .map((other, second) => ({
        id: other.contentId,
        score: second === first ? -1 : dot(vectors[first], vectors[second]),
      }))
      .filter(({ score }) => score >= floor)
      .sort((p, q) => q.score - p.score)
    for (const { id, score } of partners.slice(0, neighbours.partners)) {
      best.set(pairKey(contentId, id), { a: Math.min(contentId, id), b: Math.max(contentId, id), score })
    }
  })
  return [...best.values()]
}

/** Which pairs a look bears out, as keys; each pair is looked at once. */
function pairConfirmer(
  catalog: Catalog,
  looks: LookPool,
  spec: ModelSpec,
  signal: AbortSignal,
): (pairs: readonly ScoredPair[]) => Promise<ReadonlySet<number>> {
  const facts = new Map(catalog.photos.facts().map((each) => [each.contentId, each]))
  const source = thumbnailSource(catalog, facts)
  const asked = new Set<number>()
  const held = new Set<number>()
  return async (pairs) => {
    const fresh = pairs.filter(({ a, b }) => !asked.has(pairKey(a, b)))
    const candidates: Candidates = {
      a: Int32Array.from(fresh, ({ a }) => a),
      b: Int32Array.from(fresh, ({ b }) => b),
      score: Float32Array.from(fresh, ({ score }) => score),
      distance: new Uint8Array(fresh.length).fill(noDistance),
      orientation: new Uint8Array(fresh.length),
      framed: new Uint8Array(fresh.length),
    }
    const luma = (ids: Iterable<number>): Map<number, Uint8Array> => catalog.photos.luma(ids)
    const parts = { facts, luma, looks, source, scouting: null, similarFrom: spec.thresholds.similar, signal }
    const { links, settled } = await confirmCandidates(candidates, parts)
    for (const key of settled) asked.add(key)
    const { a, b } = links.finish()
    a.forEach((id, at) => held.add(pairKey(id, b[at] ?? 0)))
    return held
  }
}

/** File names; where photos share one, with their folder, or the whole path: each name stands for one photo. */
function namesOf(photos: readonly PhotoRow[]): Map<number, string> {
  const short = (path: FilePath): string => displayPath(nameOf(path))
  const longer = (path: FilePath): string => `${displayPath(nameOf(folderOf(path)))}/${short(path)}`
  const uses = new Map<string, number>()
  for (const { path } of photos)
    for (const name of [short(path), longer(path)]) uses.set(name, (uses.get(name) ?? 0) + 1)
  return new Map(
    photos.map(({ fileId, path }) => {
      const name = [short(path), longer(path)].find((each) => uses.get(each) === 1)
      return [fileId, name ?? displayPath(path)]
    }),
  )
}

function dot(a: Float32Array | undefined, b: Float32Array | undefined): number {
  if (a === undefined || b === undefined || a.length !== b.length) return -1
  let sum = 0
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!
  return sum
}
