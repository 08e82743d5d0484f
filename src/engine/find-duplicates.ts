import type { Catalog } from './catalog/catalog.ts'
import type { LinkColumns } from './catalog/links.ts'
import type { ContentFacts } from './catalog/signatures.ts'
import { alikeAtMost, confirmCandidates, type Candidates, type Confirmed } from './confirming/confirm-candidates.ts'
import { familyCandidates } from './confirming/family-candidates.ts'
import { noDistance } from './confirming/link-buffers.ts'
import type { LookPool } from './confirming/look-pool.ts'
import { cosinesOf } from './confirming/cosines.ts'
import { neighbourCandidates } from './confirming/neighbour-candidates.ts'
import { PairKeys } from './confirming/pair-keys.ts'
import { openScouting, type Scouting } from './confirming/scouting.ts'
import { thumbnailSource } from './confirming/thumbnail-source.ts'
import type { NeighbourSearch } from './matching/neighbour-search.ts'
import { findPerceptualPairs } from './matching/perceptual-search.ts'
import { perceptualFloor } from './matching/thresholds.ts'
import { pairKey } from '../shared/domain/pair-key.ts'

/** Whose similarities are searched. */
export interface SearchedModel {
  search: NeighbourSearch
  spaceId: number
  /** Vectors of photos with the border around them left out; a space of its own. */
  frameSpaceId: number
  /** Lowest cosine of a pair that is looked at. */
  floor: number
  /** Cosine from which a pair that is no duplicate is still shown as alike. */
  similarFrom: number
}

export interface MatchParts {
  catalog: Catalog
  looks: LookPool
  /** Null when no embeddings are wanted. */
  ai: SearchedModel | null
  signal: AbortSignal
  /** Called with the number of photos compared so far in this run. */
  onMatched?: (photos: number) => void
}

/**
 * Compares what is new in the catalog with everything in it: hashes and embeddings name candidates generously, a look at the
 * aligned pictures decides, and links are stored down to the floors, so that thresholds can move without a new search. What
 * was compared is remembered with the links, in one transaction: a killed run is simply done again. Throws `cancelled`.
 */
export async function findDuplicates(parts: MatchParts): Promise<void> {
  const run = { ...parts, facts: factsOnce(parts.catalog) }
  const settled = await matchPerceptual(run)
  if (parts.ai !== null) await matchEmbeddings(run, parts.ai, settled)
}

/** A run's parts, and what telling contents apart needs of each: read when first asked for, then kept. */
interface MatchRun extends MatchParts {
  facts: () => Map<number, ContentFacts>
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

/** Returns the keys of the pairs that need no second look. */
async function matchPerceptual(parts: MatchRun): Promise<Float64Array> {
  const { catalog, signal, onMatched } = parts
  const table = catalog.photos.signatures()
  const { isNew, added } = newOnes(table.contentIds, catalog.links.matched('perceptual', 0))
  if (added.length === 0) return new Float64Array(0)
  const pairs = await findPerceptualPairs(
    { count: table.contentIds.length, pHash: table.pHash, rowHash: table.rowHash, columnHash: table.columnHash },
    { maxDistance: perceptualFloor, isNew, signal },
  )
  const { count } = pairs
  const contentOf = (index: number): number => table.contentIds[index] ?? 0
  const { links, similar, settled } = await confirm(parts, {
    a: Int32Array.from(pairs.a.subarray(0, count), contentOf),
    b: Int32Array.from(pairs.b.subarray(0, count), contentOf),
    score: Float32Array.from(pairs.distance.subarray(0, count), (distance) => 1 - distance / 64),
    distance: pairs.distance.subarray(0, count),
    orientation: pairs.orientation.subarray(0, count),
    framed: new Uint8Array(count),
  })
  catalog.links.record({ tier: 'similar', spaceId: 0, pairs: similar.finish(), matched: [] })
  catalog.links.record({ tier: 'perceptual', spaceId: 0, pairs: links.finish(), matched: added })
  onMatched?.(added.length)
  return settled
}

async function matchEmbeddings(parts: MatchRun, ai: SearchedModel, settled: Float64Array): Promise<void> {
  const { catalog, signal, onMatched } = parts
  const embeddings = catalog.embeddings.load(ai.spaceId, ai.frameSpaceId)
  const wholeIds = embeddings.contentIds.subarray(0, embeddings.wholeCount)
  const { isNew, added } = newOnes(wholeIds, catalog.links.matched('ai', ai.spaceId))
  if (added.length === 0) return
  const { candidates, recall } = await neighbourCandidates({
    embeddings,
    isNew,
    search: ai.search,
    floor: ai.floor,
    signal,
  })
  const source = thumbnailSource(catalog, parts.facts())
  const scouting = await openScouting(wholeIds, { ...parts, corners: catalog.corners, source })
  const found = withCorners(candidates, await scouting.candidates(isNew), cosinesOf(embeddings))
  // Pairs that hashes have linked already, in this run or before.
  const known = [settled, PairKeys.of(catalog.links.load('perceptual', 0))]
  const isKnown = new PairKeys(...known)
  const wanted = keepCandidates(found, (k) => !isKnown.has(pairKey(found.a[k]!, found.b[k]!)))
  const share = added.length / Math.max(1, wanted.a.length)
  const onLooked = (looked: number): void => onMatched?.(Math.floor(looked * share))
  const confirmed = await confirm(parts, wanted, { similarFrom: ai.similarFrom, scouting, onLooked })
  const { links, similar } = confirmed
  // [Note: Closing families]
  const family = familyCandidates({
    links: [catalog.links.load('perceptual', 0), catalog.links.load('ai', ai.spaceId), links.finish()],
    added: new Set(added),
    facts: parts.facts(),
    settled: new PairKeys(...known, confirmed.settled),
    embeddings,
    framed: new Set(embeddings.contentIds.subarray(embeddings.wholeCount)),
  })
  const closing = await confirm(parts, family, { similarFrom: ai.similarFrom })
  links.addAll(closing.links.finish())
  const isClosed = new PairKeys(closing.settled)
  for (const pair of confirmed.passedOver) if (!isClosed.has(pairKey(pair.a, pair.b))) similar.add(alikeAtMost(pair))
  catalog.links.record({ tier: 'similar', spaceId: ai.spaceId, pairs: similar.finish(), matched: [] })
  catalog.links.record({ tier: 'ai', spaceId: ai.spaceId, pairs: atLeast(links.finish(), ai.floor), matched: added })
  if (recall !== null) catalog.searchRecalls.add(ai.spaceId, { ...recall, photos: added.length })
  onMatched?.(added.length)
}

function factsOnce(catalog: Catalog): MatchRun['facts'] {
  let known: Map<number, ContentFacts> | null = null
  return () => (known ??= new Map(catalog.photos.facts().map((each) => [each.contentId, each])))
}

/** A link that a look has borne out counts as alike as the model's floor asks, however unlike the model finds the two. */
function atLeast(links: LinkColumns, floor: number): LinkColumns {
  return { ...links, score: links.score.map((score) => Math.max(score, floor)) }
}

function keepCandidates(candidates: Candidates, isWanted: (k: number) => boolean): Candidates {
  const kept = Uint32Array.from(candidates.a.keys()).filter(isWanted)
  return {
    a: Int32Array.from(kept, (k) => candidates.a[k]!),
    b: Int32Array.from(kept, (k) => candidates.b[k]!),
    score: Float32Array.from(kept, (k) => candidates.score[k]!),
    distance: new Uint8Array(kept.length).fill(noDistance),
    orientation: Uint8Array.from(kept, (k) => candidates.orientation[k]!),
    framed: Uint8Array.from(kept, (k) => candidates.framed[k]!),
  }
}

/** The model's candidates and those by corners; of a pair that both name the model's is kept. */
function withCorners(
  alike: Candidates,
  byCorners: readonly { a: number; b: number }[],
  cosine: (a: number, b: number) => number,
): Candidates {
  const known = new PairKeys(PairKeys.of(alike))
  const more = byCorners.filter(({ a, b }) => !known.has(pairKey(a, b)))
  const none = new Uint8Array(more.length)
  return {
    a: Int32Array.from([...alike.a, ...more.map(({ a }) => a)]),
    b: Int32Array.from([...alike.b, ...more.map(({ b }) => b)]),
    score: Float32Array.from([...alike.score, ...more.map(({ a, b }) => cosine(a, b))]),
    distance: new Uint8Array(alike.a.length + more.length).fill(noDistance),
    orientation: Uint8Array.from([...alike.orientation, ...none]),
    framed: Uint8Array.from([...alike.framed, ...none]),
  }
}

function confirm(
  { catalog, looks, signal, facts: readFacts }: MatchRun,
  candidates: Candidates,
  options: { similarFrom: number; scouting?: Scouting; onLooked?: (pairs: number) => void } = { similarFrom: 0 },
): Promise<Confirmed> {
  const facts = readFacts()
  return confirmCandidates(candidates, {
    facts,
    luma: (ids) => catalog.photos.luma(ids),
    looks,
    source: thumbnailSource(catalog, facts),
    signal,
    scouting: null,
    ...options,
  })
}
