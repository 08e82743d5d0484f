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
import { compareLuma } from '../matching/confirm.ts'
import { findFrame, makeSearchable, type SearchablePicture } from '../matching/frame-search.ts'
import { describePair } from '../matching/relation.ts'
import { areDifferentShots } from '../matching/shot-time.ts'
import { confirmsAlikePair, perceptualDefault } from '../matching/thresholds.ts'
import { prepareGroups, type PhotoGroup } from '../reviewing/group-builder.ts'
import { pairKey } from '../reviewing/link-index.ts'

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
export type Grouper = (vectors: readonly Float32Array[]) => string[][]

/**
 * Groups the photos of a sample as scans do: cosine down to the model's floor, confirmed by the look at the small pictures, shots
 * of different times apart, drawn around reference photos. What does not depend on the vectors is kept between calls.
 */
export function grouperOf(catalog: Catalog, sample: GroupSample, spec: ModelSpec): Grouper {
  const { photos } = sample
  const saved = catalog.kv.get(`thresholds:${spec.id}`, Thresholds)
  const thresholds = saved ?? { perceptualDistance: perceptualDefault, similarity: spec.thresholds.default }
  const floor = Math.min(spec.thresholds.floor, thresholds.similarity)
  const confirmed = pairConfirmer(catalog, photos)
  const filesOf = new Map(photos.map((photo) => [photo.contentId, [photo]]))
  const dismissed = new Set(catalog.review.loadDismissed().map(({ a, b }) => pairKey(a, b)))
  const names = namesOf(photos)
  return (vectors) => {
    const found: { a: number; b: number; score: number }[] = []
    for (let first = 0; first < photos.length; first++) {
      for (let second = first + 1; second < photos.length; second++) {
        const score = dot(vectors[first], vectors[second])
        if (score < floor || !confirmed(first, second)) continue
        found.push({ a: photos[first]?.contentId ?? 0, b: photos[second]?.contentId ?? 0, score })
      }
    }
    const ai = {
      a: Int32Array.from(found, ({ a }) => a),
      b: Int32Array.from(found, ({ b }) => b),
      score: Float32Array.from(found, ({ score }) => Math.min(1, score)),
    }
    const groups = prepareGroups({ filesOf, perceptual: noLinks(), ai, dismissed }).draw('ai', thresholds)
    return groups.map((group) => group.photos.map((photo) => names.get(photo.fileId) ?? ''))
  }
}

/** Whether a pair that the model finds alike is borne out by the look at it; asked once for each pair. */
function pairConfirmer(catalog: Catalog, photos: readonly PhotoRow[]): (first: number, second: number) => boolean {
  const lumas = catalog.photos.luma(new Set(photos.map((photo) => photo.contentId)))
  const facts = new Map(catalog.photos.facts().map((each) => [each.contentId, each]))
  const searchable = new Map<number, SearchablePicture>()
  const searchableOf = (id: number, luma: Uint8Array): SearchablePicture => {
    const made = searchable.get(id) ?? makeSearchable(luma)
    searchable.set(id, made)
    return made
  }
  const known = new Map<number, boolean>()
  return (first, second) => {
    const key = first * photos.length + second
    const before = known.get(key)
    if (before !== undefined) return before
    const [a, b] = [photos[first]?.contentId ?? -1, photos[second]?.contentId ?? -1]
    const [factsA, factsB, lumaA, lumaB] = [facts.get(a), facts.get(b), lumas.get(a), lumas.get(b)]
    let answer = false
    if (factsA && factsB && lumaA && lumaB) {
      const evidence = { distance: null, orientation: null, cosine: null, correlation: null }
      const samePixels = describePair(factsA, factsB, evidence) === 'same-pixels'
      const frame = (): number => findFrame(searchableOf(a, lumaA), searchableOf(b, lumaB)).correlation
      answer =
        samePixels ||
        (!areDifferentShots(factsA.takenAt, factsB.takenAt) &&
          confirmsAlikePair(compareLuma(lumaA, lumaB, 'identity'), frame))
    }
    known.set(key, answer)
    return answer
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
