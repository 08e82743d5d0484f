import { Orientation, Relation } from '../shared/contract/groups.ts'
import type { Catalog } from './catalog/catalog.ts'
import type { LinkColumns } from './catalog/links.ts'
import type { ContentFacts } from './catalog/signatures.ts'
import { compareLuma } from './matching/confirm.ts'
import { findFrame, makeSearchable, type SearchablePicture } from './matching/frame-search.ts'
import { createPace } from './matching/pace.ts'
import { findPerceptualPairs } from './matching/perceptual-search.ts'
import type { PairSearch } from './matching/pair-search.ts'
import { describePair } from './matching/relation.ts'
import { areDifferentShots } from './matching/shot-time.ts'
import { confirmsAlikePair, confirmsPerceptualPair, perceptualFloor } from './matching/thresholds.ts'

/** Pairs whose small pictures are held at once while they are looked at; 2 KB a pair. */
const pairsAtOnce = 4_000

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
  const facts = factsOf(catalog)
  const kept = linkBuffers(pairs.count)
  const candidates = columnsOf(table.contentIds, pairs)
  await lookAtPairs(catalog, candidates, signal, (k, a, b, lumaA, lumaB) => {
    const index = pairs.orientation[k] ?? 0
    const orientation = Orientation.options[index] ?? 'identity'
    const distance = pairs.distance[k] ?? 0
    const [factsA, factsB] = [facts.get(a), facts.get(b)]
    if (factsA === undefined || factsB === undefined) return
    const likeness = compareLuma(lumaA, lumaB, orientation)
    if (!confirmsPerceptualPair(distance, likeness)) return
    const relation = describePair(factsA, factsB, {
      distance,
      orientation,
      cosine: null,
      correlation: likeness.correlation,
    })
    if (relation !== 'same-pixels' && areDifferentShots(factsA.takenAt, factsB.takenAt)) return
    kept.add(a, b, 1 - distance / 64, distance, index, Relation.options.indexOf(relation))
  })
  catalog.links.record({ tier: 'perceptual', spaceId: 0, pairs: kept.finish(), matched: added })
  onMatched?.(added.length)
}

async function matchEmbeddings(
  { catalog, signal, onMatched }: MatchParts,
  ai: { search: PairSearch; spaceId: number; floor: number },
): Promise<void> {
  const { contentIds, vectors, dimension } = catalog.embeddings.load(ai.spaceId)
  const { isNew, added } = newOnes(contentIds, catalog.links.matched('ai', ai.spaceId))
  if (added.length === 0) return
  const facts = factsOf(catalog)
  const kept = linkBuffers(1024)
  const searchable = new Searchables()
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
    const candidates = columnsOf(contentIds, { ...pairs, count: pairs.score.length })
    await lookAtPairs(catalog, candidates, signal, (k, a, b, lumaA, lumaB) => {
      const [factsA, factsB] = [facts.get(a), facts.get(b)]
      if (factsA === undefined || factsB === undefined) return
      const relation = describePair(factsA, factsB, {
        distance: null,
        orientation: null,
        cosine: pairs.score[k] ?? 0,
        correlation: null,
      })
      if (relation !== 'same-pixels' && areDifferentShots(factsA.takenAt, factsB.takenAt)) return
      const likeness = compareLuma(lumaA, lumaB, 'identity')
      const frame = (): number => findFrame(searchable.of(a, lumaA), searchable.of(b, lumaB)).correlation
      if (relation !== 'same-pixels' && !confirmsAlikePair(likeness, frame)) return
      kept.add(a, b, pairs.score[k] ?? 0, noDistance, 0, Relation.options.indexOf(relation))
    })
  }
  catalog.links.record({ tier: 'ai', spaceId: ai.spaceId, pairs: kept.finish(), matched: added })
  onMatched?.(added.length)
}

function factsOf(catalog: Catalog): Map<number, ContentFacts> {
  return new Map(catalog.photos.facts().map((facts) => [facts.contentId, facts]))
}

/** Pairs of table indices as pairs of content ids; the tables are in ascending order of ids, so a < b stays. */
function columnsOf(
  contentIds: Int32Array,
  pairs: { count: number; a: Uint32Array; b: Uint32Array },
): { a: Int32Array; b: Int32Array } {
  const column = (indices: Uint32Array): Int32Array =>
    Int32Array.from(indices.subarray(0, pairs.count), (index) => contentIds[index] ?? 0)
  return { a: column(pairs.a), b: column(pairs.b) }
}

/** Calls `look` with the small pictures of each pair, in order, and lets the event loop breathe. */
async function lookAtPairs(
  catalog: Catalog,
  pairs: { a: Int32Array; b: Int32Array },
  signal: AbortSignal,
  look: (k: number, a: number, b: number, lumaA: Uint8Array, lumaB: Uint8Array) => void,
): Promise<void> {
  const pace = createPace(signal)
  for (let start = 0; start < pairs.a.length; start += pairsAtOnce) {
    const end = Math.min(pairs.a.length, start + pairsAtOnce)
    const lumas = catalog.photos.luma(new Set([...pairs.a.subarray(start, end), ...pairs.b.subarray(start, end)]))
    for (let k = start; k < end; k++) {
      const [a, b] = [pairs.a[k] ?? 0, pairs.b[k] ?? 0]
      const [lumaA, lumaB] = [lumas.get(a), lumas.get(b)]
      if (lumaA !== undefined && lumaB !== undefined) look(k, a, b, lumaA, lumaB)
      if (pace.due()) await pace.rest()
    }
  }
}

/** Prepared pictures, the latest few hundred of them: a photo's links come together. */
class Searchables {
  readonly #pictures = new Map<number, SearchablePicture>()

  of(contentId: number, luma: Uint8Array): SearchablePicture {
    const known = this.#pictures.get(contentId)
    if (known !== undefined) return known
    if (this.#pictures.size >= 300) this.#pictures.clear()
    const made = makeSearchable(luma)
    this.#pictures.set(contentId, made)
    return made
  }
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
