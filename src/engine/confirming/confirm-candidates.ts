import { PairChange, Relation } from '../../shared/contract/groups.ts'
import { pairKey } from '../../shared/domain/pair-key.ts'
import type { ContentFacts } from '../catalog/signatures.ts'
import { compareLuma } from '../matching/confirm.ts'
import { orientationName } from '../matching/orientation.ts'
import { createPace } from '../matching/pace.ts'
import { describePair } from '../matching/relation.ts'
import { shotGapMs } from '../matching/shot-time.ts'
import { lumaCorrelations } from '../matching/luma-correlation.ts'
import { burstGapMs, candidateThresholds, confirmationThresholds, plainPairsAgree } from '../matching/thresholds.ts'
import { LinkBuffers, noDistance, type NewLink } from './link-buffers.ts'
import type { LookColumns } from './look-messages.ts'
import type { LookPool, LookSource } from './look-pool.ts'
import type { Scouting } from './scouting.ts'

/** Pairs that might be duplicates, in columns. */
export interface Candidates {
  /** Content ids, a < b. */
  a: Int32Array
  b: Int32Array
  score: Float32Array
  /** pHash distance, bits; `noDistance` where hashes had no part. */
  distance: Uint8Array
  /** How b must be turned to lie on a by the hashes: index of `Orientation`. */
  orientation: Uint8Array
  /** 1 where the border around one of the two was left out to find them alike: a screenshot has a time of its own. */
  framed: Uint8Array
}

export interface ConfirmParts {
  facts: ReadonlyMap<number, ContentFacts>
  /** 32 × 32 luma of these contents. */
  luma(contentIds: Iterable<number>): Map<number, Uint8Array>
  looks: LookPool
  source: LookSource
  /** Passes over pairs that have neither tones nor corners in common; null to look at every pair. */
  scouting: Scouting | null
  /** Score from which a pair that is no duplicate is still worth showing as alike. */
  similarFrom: number
  signal: AbortSignal
  onLooked?: (pairs: number) => void
}

export interface Confirmed {
  links: LinkBuffers
  similar: LinkBuffers
  /** Keys (`pairKey`) of all pairs that were settled, whichever way. */
  settled: Float64Array
  /** Pairs that nobody looked at since the scouts found nothing in common, and that are alike enough to be shown so. */
  passedOver: { a: number; b: number; score: number }[]
}

/** Pairs whose small pictures are held at once while they are sorted out; 2 KB a pair. */
const pairsAtOnce = 4_000

const relationIndex = (relation: Relation): number => Relation.options.indexOf(relation)
const bitOf = (change: PairChange): number => 1 << PairChange.options.indexOf(change)
/** Where a whole picture lies on itself. */
const wholePlace = Float32Array.of(0, 0, 1, 1)

/**
 * Sorts candidates out, the cheap way first: equal compressed pixels are the same; other capture times are other shots; plain
 * pictures must be equal in tone; the rest is looked at closely. Throws `cancelled`.
 */
export async function confirmCandidates(candidates: Candidates, parts: ConfirmParts): Promise<Confirmed> {
  const found: Found = { links: new LinkBuffers(), similar: new LinkBuffers(), passedOver: [] }
  const { toLookAt, settled } = await sortOut(candidates, parts, found)
  const pairs = new Int32Array(2 * toLookAt.length)
  toLookAt.forEach((k, at) => {
    pairs[2 * at] = candidates.a[k]!
    pairs[2 * at + 1] = candidates.b[k]!
  })
  parts.onLooked?.(candidates.a.length - toLookAt.length)
  for await (const { first, looks } of parts.looks.look(pairs, parts.source, parts.signal)) {
    const count = looks.verdict.length
    for (let at = 0; at < count; at++) settle(candidates, toLookAt[first + at]!, looks, at, parts, found)
    parts.onLooked?.(candidates.a.length - toLookAt.length + first + count)
  }
  return { ...found, settled }
}

type Found = Omit<Confirmed, 'settled'>

/** Settles what needs no look; returns the others, by index, in an order in which neighbours share photos. */
async function sortOut(
  candidates: Candidates,
  parts: ConfirmParts,
  found: Found,
): Promise<{ toLookAt: number[]; settled: Float64Array }> {
  const pace = createPace(parts.signal)
  const left: number[] = []
  const settled = new Float64Array(candidates.a.length)
  let settledCount = 0
  for (let start = 0; start < candidates.a.length; start += pairsAtOnce) {
    const end = Math.min(candidates.a.length, start + pairsAtOnce)
    const lumas = parts.luma(new Set([...candidates.a.subarray(start, end), ...candidates.b.subarray(start, end)]))
    for (let k = start; k < end; k++) {
      const [a, b] = [candidates.a[k]!, candidates.b[k]!]
      const verdict = settleCheaply(candidates, k, lumas, parts, found)
      if (verdict !== 'unlikely') settled[settledCount++] = pairKey(a, b)
      if (verdict === 'look') left.push(k)
      const score = candidates.score[k]!
      if (verdict === 'unlikely' && candidates.distance[k] === noDistance && score >= parts.similarFrom)
        found.passedOver.push({ a, b, score })
      if (pace.due()) await pace.rest()
    }
  }
  left.sort((x, y) => candidates.a[x]! - candidates.a[y]! || candidates.b[x]! - candidates.b[y]!)
  return { toLookAt: left, settled: settled.subarray(0, settledCount) }
}

/**
 * Settles what needs no close look. `unlikely`: nothing but the hashes, or nothing but the model speaks for it, and another kind of
 * candidate may still ask for a look (a crop shifts the cells of the small picture).
 */
function settleCheaply(
  candidates: Candidates,
  k: number,
  lumas: ReadonlyMap<number, Uint8Array>,
  { facts, scouting, similarFrom }: ConfirmParts,
  { links, similar }: Found,
): 'settled' | 'look' | 'unlikely' {
  const [a, b, score, distance] = [candidates.a[k]!, candidates.b[k]!, candidates.score[k]!, candidates.distance[k]!]
  const [factsA, factsB, lumaA, lumaB] = [facts.get(a), facts.get(b), lumas.get(a), lumas.get(b)]
  if (factsA === undefined || factsB === undefined || lumaA === undefined || lumaB === undefined) return 'settled'
  const orientation = candidates.orientation[k]!
  const evidence = { distance: distance === noDistance ? null : distance, orientation: orientationName(orientation) }
  const relation = describePair(factsA, factsB, evidence)
  const stored = { a, b, score, distance, orientation, place: wholePlace, confidence: Number.NaN }
  if (relation === 'same-pixels') {
    links.add({ ...stored, orientation: 0, relation: relationIndex(relation), changes: bitOf('metadata') })
    return 'settled'
  }
  const gapMs = shotGapMs(factsA.takenAt, factsB.takenAt)
  if (gapMs !== null && candidates.framed[k] === 0) {
    const kind = relationIndex(gapMs <= burstGapMs ? 'burst' : 'similar')
    if (score >= similarFrom) similar.add({ ...stored, relation: kind, changes: 0, place: null })
    return 'settled'
  }
  const likeness = compareLuma(lumaA, lumaB, orientationName(orientation))
  if (likeness.plain) {
    const agree = distance !== noDistance || score >= similarFrom ? plainPairsAgree(likeness.difference) : false
    if (agree) {
      const changes = bitOf('re-encoded') | (relation === 'resized' ? bitOf('resized') : 0)
      const kind = relation === 'resized' ? relation : 're-encoded'
      links.add({ ...stored, relation: relationIndex(kind), changes, confidence: candidateThresholds.plainConfidence })
    }
    return agree || distance !== noDistance ? 'settled' : 'look'
  }
  if (distance !== noDistance)
    return likeness.agreeingPatches < candidateThresholds.leastAgreeingPatches ? 'unlikely' : 'look'
  if (scouting === null || candidates.framed[k] === 1) return 'look'
  if (lumaCorrelations(lumaA, lumaB).best >= confirmationThresholds.exactCorrelation) return 'look'
  return scouting.agree(a, b) ? 'look' : 'unlikely'
}

function settle(
  candidates: Candidates,
  k: number,
  looks: LookColumns,
  at: number,
  { facts, similarFrom }: ConfirmParts,
  { links, similar }: Found,
): void {
  const [a, b, score, distance] = [candidates.a[k]!, candidates.b[k]!, candidates.score[k]!, candidates.distance[k]!]
  const seen = {
    a,
    b,
    score,
    distance,
    orientation: looks.orientation[at]!,
    relation: looks.relation[at]!,
    changes: looks.changes[at]!,
    place: looks.place.subarray(4 * at, 4 * at + 4),
    confidence: looks.confidence[at]!,
  }
  const gapMs = shotGapMs(facts.get(a)?.takenAt ?? null, facts.get(b)?.takenAt ?? null)
  const otherShot = gapMs !== null && seen.relation !== relationIndex('border-or-screenshot')
  if (looks.verdict[at] === 1 && !otherShot) links.add(seen)
  else if (looks.verdict[at] === 1) similar.add({ ...seen, relation: relationIndex('burst') })
  else if (looks.verdict[at] === 2) similar.add({ ...seen, changes: 0 })
  else if (score >= similarFrom && distance === noDistance) similar.add(seen)
}

/** A pair that nobody looked at, as it is shown among those that are alike. */
export function alikeAtMost(pair: { a: number; b: number; score: number }): NewLink {
  const relation = relationIndex('similar')
  return { ...pair, distance: noDistance, orientation: 0, relation, changes: 0, place: null, confidence: Number.NaN }
}
