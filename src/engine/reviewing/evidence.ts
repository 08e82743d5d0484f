import {
  Orientation,
  PairChange,
  Relation,
  type LinkEvidence,
  type PairCrop,
  type Thresholds,
  type Tier,
} from '../../shared/contract/groups.ts'
import type { LinkColumns } from '../catalog/links.ts'
import { cropOf, mapOfPlace } from '../matching/describe-look.ts'
import { invertOrientation } from '../matching/orientation.ts'
import type { LinkIndex } from './link-index.ts'

/** What a stored link says of the pair, the first content asked for being `a`. */
type StoredEvidence = Pick<LinkEvidence, 'relation' | 'changes' | 'crop' | 'confidence' | 'orientation'>

const nothingKnown: StoredEvidence = {
  relation: 'similar',
  changes: [],
  crop: null,
  confidence: null,
  orientation: null,
}

/** The evidence of link k, told from the side of content `a`. */
export function readLink(links: LinkColumns, k: number, a: number): StoredEvidence {
  const turn = links.orientation[k] ?? 0
  const forward = links.a[k] === a
  const bits = links.changes[k] ?? 0
  const changes = PairChange.options.filter((_, bit) => bits & (1 << bit))
  const [x0 = Number.NaN, y0 = 0, x1 = 0, y1 = 0] = links.place.subarray(4 * k, 4 * k + 4)
  const crop = Number.isNaN(x0) ? null : cropOf(mapOfPlace([x0, y0, x1, y1], turn), changes)
  const confidence = links.confidence[k] ?? Number.NaN
  return {
    relation: Relation.options[links.relation[k] ?? 0] ?? 'similar',
    changes,
    crop: forward ? crop : seenFromB(crop),
    confidence: Number.isNaN(confidence) ? null : confidence,
    // A link says how its second content lies on its first; asked the other way round, the turn goes the other way.
    orientation: Orientation.options[forward ? turn : invertOrientation(turn)] ?? null,
  }
}

/** The same evidence, told from the side of the other photo. */
export function turnedAround(link: LinkEvidence): LinkEvidence {
  const turn = link.orientation === null ? null : Orientation.options.indexOf(link.orientation)
  const orientation = turn === null ? null : (Orientation.options[invertOrientation(turn)] ?? null)
  return { ...link, crop: seenFromB(link.crop), orientation }
}

function seenFromB(crop: PairCrop | null): PairCrop | null {
  return crop && { ...crop, of: crop.of === 'a' ? 'b' : 'a' }
}

/** The stored links of both searched tiers, ready to be asked for a pair. */
export class EvidenceBook {
  readonly perceptual: LinkIndex
  readonly ai: LinkIndex

  constructor(perceptual: LinkIndex, ai: LinkIndex) {
    this.perceptual = perceptual
    this.ai = ai
  }

  /** Everything known about two contents, and the first tier that finds the pair at these thresholds. */
  of(a: number, b: number, tier: Tier, thresholds: Thresholds): LinkEvidence {
    if (a === b) {
      const equal = { ...nothingKnown, relation: 'identical', orientation: 'identity' } as const
      return { ...equal, tier: 'exact', score: 1, distance: 0, cosine: 1 }
    }
    const p = this.perceptual.find(a, b)
    const v = this.ai.find(a, b)
    const distance = p < 0 ? null : (this.perceptual.links.distance[p] ?? null)
    const cosine = v < 0 ? null : (this.ai.links.score[v] ?? null)
    const stored =
      p >= 0 ? readLink(this.perceptual.links, p, a) : v >= 0 ? readLink(this.ai.links, v, a) : nothingKnown
    const byHash = distance !== null && distance <= thresholds.perceptualDistance
    const score = tier === 'ai' && cosine !== null ? cosine : distance === null ? (cosine ?? 0) : 1 - distance / 64
    return { ...stored, tier: byHash ? 'perceptual' : 'ai', score, distance, cosine }
  }
}
