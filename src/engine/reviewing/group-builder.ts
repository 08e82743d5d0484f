import type { Thresholds, Tier } from '../../shared/contract/groups.ts'
import type { PhotoRow } from '../catalog/photos.ts'
import type { LinkColumns } from '../catalog/links.ts'
import { groupAroundReferences } from '../matching/groups.ts'
import { pairKey } from './link-index.ts'

/** A group of files: the reference photo first. Files of equal content stand together. */
export interface PhotoGroup {
  id: string
  tier: Tier
  photos: readonly PhotoRow[]
}

export interface GroupingInput {
  /** Files by content id; each list in a stable order. */
  filesOf: ReadonlyMap<number, readonly PhotoRow[]>
  perceptual: LinkColumns
  ai: LinkColumns
  thresholds: Thresholds
  /** Keys (`pairKey`) of content pairs that the person called "not duplicates"; a content with itself for exact groups. */
  dismissed: ReadonlySet<number>
}

/** Groups of all tiers at the given thresholds. Pure; a photo is in at most one group of a tier. */
export function buildGroups(input: GroupingInput): Record<Tier, PhotoGroup[]> {
  const { perceptual, ai, thresholds } = input
  return {
    exact: exactGroups(input),
    perceptual: linkedGroups(input, 'perceptual', perceptual, 1 - thresholds.perceptualDistance / 64),
    ai: linkedGroups(input, 'ai', ai, thresholds.similarity),
  }
}

function exactGroups({ filesOf, dismissed }: GroupingInput): PhotoGroup[] {
  const groups: PhotoGroup[] = []
  for (const [contentId, files] of filesOf) {
    if (files.length < 2 || dismissed.has(pairKey(contentId, contentId))) continue
    groups.push({ id: `exact-${contentId}`, tier: 'exact', photos: files })
  }
  return groups
}

/**
 * Groups contents around reference photos by their links. Contents that have no file any more take no part. Scores lose a
 * little in 32-bit storage, so the threshold gives way by half a step of it.
 */
function linkedGroups(
  input: GroupingInput,
  tier: 'perceptual' | 'ai',
  stored: LinkColumns,
  threshold: number,
): PhotoGroup[] {
  const contentIds = [...input.filesOf.keys()]
  const nodeOf = new Map(contentIds.map((id, node) => [id, node]))
  const links = {
    count: 0,
    a: new Uint32Array(stored.a.length),
    b: new Uint32Array(stored.a.length),
    score: new Float32Array(stored.a.length),
  }
  for (let k = 0; k < stored.a.length; k++) {
    const score = stored.score[k] ?? 0
    if (score < threshold - 1e-6) continue
    const [idA, idB] = [stored.a[k] ?? -1, stored.b[k] ?? -1]
    const [a, b] = [nodeOf.get(idA), nodeOf.get(idB)]
    if (a === undefined || b === undefined || input.dismissed.has(pairKey(idA, idB))) continue
    links.a[links.count] = a
    links.b[links.count] = b
    links.score[links.count] = score
    links.count++
  }
  const rank = Float64Array.from(contentIds, (id) => referenceRank(input.filesOf.get(id)?.[0]))
  const groups = groupAroundReferences(
    contentIds.length,
    {
      count: links.count,
      a: links.a.subarray(0, links.count),
      b: links.b.subarray(0, links.count),
      score: links.score.subarray(0, links.count),
    },
    threshold - 1e-6,
    rank,
  )
  const filesAt = (node: number): readonly PhotoRow[] => input.filesOf.get(contentIds[node] ?? -1) ?? []
  return groups.map((group) => ({
    id: `${tier}-${contentIds[group.reference]}`,
    tier,
    photos: [...filesAt(group.reference), ...[...group.members].flatMap((node) => [...filesAt(node)])],
  }))
}

/** The better photo to measure a group from: whole before cut short, then more pixels, then more bytes. */
function referenceRank(photo: PhotoRow | undefined): number {
  if (photo === undefined) return -1
  const whole = photo.truncated ? 0 : 1e15
  return whole + photo.width * photo.height * 1e4 + Math.min(9_999, photo.stamp.bytes / 1e5)
}
