import { Orientation, Relation } from '../shared/contract/groups.ts'
import type { Catalog } from './catalog/catalog.ts'
import type { LinkColumns } from './catalog/links.ts'
import { compareLuma } from './matching/confirm.ts'
import { findPerceptualPairs, type PerceptualPairs } from './matching/perceptual-search.ts'
import type { PairSearch } from './matching/pair-search.ts'
import { describePair, type PhotoFacts } from './matching/relation.ts'
import { confirmsPerceptualPair, perceptualFloor } from './matching/thresholds.ts'

/** Photos whose luma is held at once while pairs are confirmed; 1 KB each. */
const lumaBatch = 20_000

export interface MatchParts {
  catalog: Catalog
  /** Null when no embeddings are wanted. */
  ai: { search: PairSearch; spaceId: number; floor: number } | null
  signal: AbortSignal
  /** Called with the number of photos compared so far in this run. */
  onMatched?: (photos: number) => void
}

/**
 * Compares what is new in the catalog with everything in it, and stores scored links down to the floors, so that thresholds
 * can move without a new search. What was compared is remembered with the links, in one transaction: a killed run is
 * simply done again. Throws `cancelled`.
 */
export async function findDuplicates(parts: MatchParts): Promise<void> {
  await matchPerceptual(parts)
  if (parts.ai !== null) await matchEmbeddings(parts, parts.ai)
}

function newOnes(contentIds: Int32Array, matched: ReadonlySet<number>): { isNew: Uint8Array; added: number[] } {
  const isNew = new Uint8Array(contentIds.length)
  const added: number[] = []
  contentIds.forEach((id, index) => {
    if (matched.has(id)) return
    isNew[index] = 1
    added.push(id)
  })
  return { isNew, added }
}

async function matchPerceptual({ catalog, signal, onMatched }: MatchParts): Promise<void> {
  const table = catalog.photos.signatures()
  const { isNew, added } = newOnes(table.contentIds, catalog.links.matched('perceptual', 0))
  if (added.length === 0) return
  const pairs = await findPerceptualPairs(
    { count: table.contentIds.length, pHash: table.pHash, rowHash: table.rowHash, columnHash: table.columnHash },
    { maxDistance: perceptualFloor, isNew, signal },
  )
  const links = confirmPairs(catalog, table.contentIds, pairs)
  catalog.links.record({ tier: 'perceptual', spaceId: 0, pairs: links, matched: added })
  onMatched?.(added.length)
}

/** Looks at the small pictures of each pair and drops those that only hash alike. */
function confirmPairs(catalog: Catalog, contentIds: Int32Array, pairs: PerceptualPairs) {
  const kept = linkBuffers(pairs.count)
  const facts = new Map<number, PhotoFacts>()
  for (const photo of catalog.photos.loadPhotos()) facts.set(photo.contentId, photo)
  const lumas = new Map<number, Uint8Array>()
  for (let start = 0; start < pairs.count; start += lumaBatch / 2) {
    const end = Math.min(pairs.count, start + lumaBatch / 2)
    const ids = new Set<number>()
    for (let k = start; k < end; k++) {
      ids.add(contentIds[pairs.a[k] ?? 0] ?? 0)
      ids.add(contentIds[pairs.b[k] ?? 0] ?? 0)
    }
    lumas.clear()
    for (const [id, luma] of catalog.photos.luma([...ids])) lumas.set(id, luma)
    for (let k = start; k < end; k++) confirmOne(kept, contentIds, pairs, k, lumas, facts)
  }
  return kept.finish()
}

function confirmOne(
  kept: LinkBuffers,
  contentIds: Int32Array,
  pairs: PerceptualPairs,
  k: number,
  lumas: ReadonlyMap<number, Uint8Array>,
  facts: ReadonlyMap<number, PhotoFacts>,
): void {
  const a = contentIds[pairs.a[k] ?? 0] ?? 0
  const b = contentIds[pairs.b[k] ?? 0] ?? 0
  const [lumaA, lumaB, factsA, factsB] = [lumas.get(a), lumas.get(b), facts.get(a), facts.get(b)]
  const orientation = Orientation.options[pairs.orientation[k] ?? 0] ?? 'identity'
  if (lumaA === undefined || lumaB === undefined || factsA === undefined || factsB === undefined) return
  const distance = pairs.distance[k] ?? 0
  const likeness = compareLuma(lumaA, lumaB, orientation)
  if (!confirmsPerceptualPair(distance, likeness)) return
  const relation = describePair(factsA, factsB, {
    distance,
    orientation,
    cosine: null,
    correlation: likeness.correlation,
  })
  kept.add(a, b, 1 - distance / 64, distance, pairs.orientation[k] ?? 0, Relation.options.indexOf(relation))
}

async function matchEmbeddings(
  { catalog, signal, onMatched }: MatchParts,
  ai: { search: PairSearch; spaceId: number; floor: number },
): Promise<void> {
  const { contentIds, vectors, dimension } = catalog.embeddings.load(ai.spaceId)
  const { isNew, added } = newOnes(contentIds, catalog.links.matched('ai', ai.spaceId))
  if (added.length === 0) return
  const links = linkBuffers(1024)
  const found = ai.search.findPairs(
    { count: contentIds.length, dimension, vectors },
    {
      floor: ai.floor,
      isNew,
      signal,
      ...(onMatched ? { onProgress: (share: number) => onMatched(Math.floor(share * added.length)) } : {}),
    },
  )
  for await (const pairs of found) {
    for (let k = 0; k < pairs.score.length; k++) {
      const a = contentIds[pairs.a[k] ?? 0] ?? 0
      const b = contentIds[pairs.b[k] ?? 0] ?? 0
      links.add(Math.min(a, b), Math.max(a, b), pairs.score[k] ?? 0, noDistance, 0, Relation.options.indexOf('similar'))
    }
  }
  catalog.links.record({ tier: 'ai', spaceId: ai.spaceId, pairs: links.finish(), matched: added })
  onMatched?.(added.length)
}

/** Stored in place of a distance where the hashes were not under the floor. */
export const noDistance = 255

interface LinkBuffers {
  add(a: number, b: number, score: number, distance: number, orientation: number, relation: number): void
  finish(): LinkColumns
}

/** Columns of links that grow as they are filled. */
function linkBuffers(capacity: number): LinkBuffers {
  let size = 0
  let room = Math.max(16, capacity)
  let a = new Int32Array(room)
  let b = new Int32Array(room)
  let score = new Float32Array(room)
  let distance = new Uint8Array(room)
  let orientation = new Uint8Array(room)
  let relation = new Uint8Array(room)
  const grow = (): void => {
    room *= 2
    const enlarge = <T extends Int32Array | Float32Array | Uint8Array>(make: new (n: number) => T, old: T): T => {
      const grown = new make(room)
      grown.set(old)
      return grown
    }
    a = enlarge(Int32Array, a)
    b = enlarge(Int32Array, b)
    score = enlarge(Float32Array, score)
    distance = enlarge(Uint8Array, distance)
    orientation = enlarge(Uint8Array, orientation)
    relation = enlarge(Uint8Array, relation)
  }
  return {
    add(first: number, second: number, linkScore: number, bits: number, turn: number, kind: number): void {
      if (size === room) grow()
      a[size] = first
      b[size] = second
      score[size] = linkScore
      distance[size] = bits
      orientation[size] = turn
      relation[size] = kind
      size++
    },
    finish: () => ({
      a: a.subarray(0, size),
      b: b.subarray(0, size),
      score: score.subarray(0, size),
      distance: distance.subarray(0, size),
      orientation: orientation.subarray(0, size),
      relation: relation.subarray(0, size),
    }),
  }
}
