import type { Thresholds, Tier } from '../../shared/contract/groups.ts'
import type { PhotoRow } from '../catalog/photos.ts'
import type { LinkColumns } from '../catalog/links.ts'
import { regroup } from '../matching/groups.ts'
import { prepareLinks, type LinkGraph } from '../matching/link-graph.ts'
import { pairKey } from '../../shared/domain/pair-key.ts'

/** A group of files: the reference photo first. Files of equal content stand together. */
export interface PhotoGroup {
  id: string
  tier: Tier
  photos: readonly PhotoRow[]
}

export interface GroupingInput {
  /** Files by content id; each list in a stable order. */
  filesOf: ReadonlyMap<number, readonly PhotoRow[]>
  /** Of the searched tiers, all links down to their floors; `score` alone decides. */
  perceptual: Pick<LinkColumns, 'a' | 'b' | 'score'>
  ai: Pick<LinkColumns, 'a' | 'b' | 'score'>
  /** Keys (`pairKey`) of content pairs that the person called "not duplicates"; a content with itself for exact groups. */
  dismissed: ReadonlySet<number>
  /** Keys of content pairs that are two sides of one shot ([Note: Units]). */
  mates: ReadonlySet<number>
}

/** Draws the groups of each tier at any threshold; a photo is in at most one group of a tier. Pure. */
export interface GroupBuilder {
  draw(tier: Tier, thresholds: Thresholds): PhotoGroup[]
}

/**
 * Sorts photos and links once (about 2 µs a link), so that moving a threshold only costs the groups of its tier. Must be made
 * anew when photos, links or dismissals change. Contents that have no file any more take no part.
 */
export function prepareGroups(input: GroupingInput): GroupBuilder {
  const perceptual = prepareTier(input, input.perceptual)
  const ai = prepareTier(input, wholeFamilies(input))
  return {
    draw(tier, { perceptualDistance, similarity }) {
      if (tier === 'exact') return exactGroups(input)
      if (tier === 'perceptual') return linkedGroups(tier, perceptual, 1 - perceptualDistance / 64, input.mates)
      return linkedGroups(tier, ai, similarity, input.mates)
    },
  }
}

/**
 * AI groups hold what hashes have linked as well, so that a photo's whole family stands together: a quarter turn, which the
 * model does not know, beside a crop, which the hashes do not. Nothing where the model found nothing.
 */
function wholeFamilies({ perceptual, ai }: GroupingInput): GroupingInput['ai'] {
  const [count, more] = [ai.a.length, perceptual.a.length]
  if (count === 0) return ai
  const known = new Set<number>()
  for (let k = 0; k < count; k++) known.add(pairKey(ai.a[k] ?? 0, ai.b[k] ?? 0))
  const joined = {
    a: new Int32Array(count + more),
    b: new Int32Array(count + more),
    score: new Float32Array(count + more),
  }
  joined.a.set(ai.a)
  joined.b.set(ai.b)
  joined.score.set(ai.score)
  let end = count
  for (let k = 0; k < more; k++) {
    const [a, b] = [perceptual.a[k] ?? 0, perceptual.b[k] ?? 0]
    if (known.has(pairKey(a, b))) continue
    joined.a[end] = a
    joined.b[end] = b
    joined.score[end++] = perceptual.score[k] ?? 0
  }
  return { a: joined.a.subarray(0, end), b: joined.b.subarray(0, end), score: joined.score.subarray(0, end) }
}

function exactGroups({ filesOf, dismissed }: GroupingInput): PhotoGroup[] {
  const groups: PhotoGroup[] = []
  for (const [contentId, files] of filesOf) {
    if (files.length < 2 || dismissed.has(pairKey(contentId, contentId))) continue
    groups.push({ id: `exact-${contentId}`, tier: 'exact', photos: files })
  }
  return groups
}

/** The contents of a tier that have any link, as nodes. */
interface PreparedTier {
  graph: LinkGraph
  /** By node. */
  contentIds: number[]
  files: (readonly PhotoRow[])[]
}

function prepareTier({ filesOf, dismissed, mates }: GroupingInput, stored: GroupingInput['ai']): PreparedTier {
  const linked = new Set<number>()
  const chosen = new Uint32Array(stored.a.length)
  let count = 0
  for (let k = 0; k < stored.a.length; k++) {
    const [a, b] = [stored.a[k] ?? -1, stored.b[k] ?? -1]
    if (!filesOf.has(a) || !filesOf.has(b)) continue
    const pair = pairKey(a, b)
    if (dismissed.has(pair) || mates.has(pair)) continue
    linked.add(a)
    linked.add(b)
    chosen[count++] = k
  }
  const contentIds = [...linked].sort((x, y) => x - y)
  const nodeOf = new Map(contentIds.map((id, node) => [id, node]))
  const links = { count, a: new Uint32Array(count), b: new Uint32Array(count), score: new Float32Array(count) }
  for (let at = 0; at < count; at++) {
    const k = chosen[at] ?? 0
    links.a[at] = nodeOf.get(stored.a[k] ?? -1) ?? 0
    links.b[at] = nodeOf.get(stored.b[k] ?? -1) ?? 0
    links.score[at] = stored.score[k] ?? 0
  }
  const files = contentIds.map((id) => filesOf.get(id) ?? [])
  const rank = Float64Array.from(files, ([first]) => referenceRank(first))
  return { graph: prepareLinks(contentIds.length, links, rank), contentIds, files }
}

function linkedGroups(
  tier: Tier,
  { graph, contentIds, files }: PreparedTier,
  threshold: number,
  mates: ReadonlySet<number>,
): PhotoGroup[] {
  return regroup(graph, threshold).map(({ reference, members }) => {
    const nodes = mates.size === 0 ? [reference, ...members] : withoutMates([reference, ...members], contentIds, mates)
    const photos = nodes.flatMap((node) => files[node] ?? [])
    return { id: `${tier}-${contentIds[reference]}`, tier, photos }
  })
}

/** Of two sides of one shot that are both linked to a third photo, the first stands for both. */
function withoutMates(nodes: readonly number[], contentIds: readonly number[], mates: ReadonlySet<number>): number[] {
  const shown: number[] = []
  for (const node of nodes) {
    const id = contentIds[node] ?? 0
    if (!shown.some((other) => mates.has(pairKey(contentIds[other] ?? 0, id)))) shown.push(node)
  }
  return shown
}

/** The better photo to measure a group from: whole before cut short, then more pixels, then more bytes. */
function referenceRank(photo: PhotoRow | undefined): number {
  if (photo === undefined) return -1
  const whole = photo.truncated ? 0 : 1e15
  return whole + photo.width * photo.height * 1e4 + Math.min(9_999, photo.stamp.bytes / 1e5)
}
