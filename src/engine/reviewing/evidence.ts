import { Orientation, Relation, type LinkEvidence, type Thresholds, type Tier } from '../../shared/contract/groups.ts'
import { invertOrientation } from '../matching/orientation.ts'
import type { LinkIndex } from './link-index.ts'

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
    if (a === b)
      return { tier: 'exact', relation: 'identical', score: 1, distance: 0, orientation: 'identity', cosine: 1 }
    const p = this.perceptual.find(a, b)
    const links = this.perceptual.links
    const distance = p < 0 ? null : (links.distance[p] ?? null)
    const stored = links.orientation[p] ?? 0
    // A link says how its second content lies on its first; asked the other way round, the turn goes the other way.
    const orientation =
      p < 0 ? null : (Orientation.options[links.a[p] === a ? stored : invertOrientation(stored)] ?? null)
    const v = this.ai.find(a, b)
    const cosine = v < 0 ? null : (this.ai.links.score[v] ?? null)
    const relation = p < 0 ? 'similar' : (Relation.options[links.relation[p] ?? 0] ?? 'similar')
    const byHash = distance !== null && distance <= thresholds.perceptualDistance
    const first: Tier = byHash ? 'perceptual' : 'ai'
    const score = tier === 'ai' ? (cosine ?? 0) : 1 - (distance ?? 64) / 64
    return { tier: first, relation, score, distance, orientation, cosine }
  }
}
