import type { Tier, TierSummary } from '../../shared/contract/groups.ts'
import { isDecided, type ReviewKnowledge } from './group-view.ts'
import type { PhotoGroup } from './group-builder.ts'

/** The groups of one tier as last drawn, with what is counted of them: counted when first asked for, then kept. */
export class TierGroups {
  readonly tier: Tier
  readonly groups: readonly PhotoGroup[]
  #byId: Map<string, PhotoGroup> | null = null
  #summary: TierSummary | null = null

  constructor(tier: Tier, groups: readonly PhotoGroup[]) {
    this.tier = tier
    this.groups = groups
  }

  find(id: string): PhotoGroup | undefined {
    this.#byId ??= new Map(this.groups.map((group) => [group.id, group]))
    return this.#byId.get(id)
  }

  /** To be called when a decision has changed. */
  countAgain(): void {
    this.#summary = null
  }

  summary(review: ReviewKnowledge): TierSummary {
    this.#summary ??= summarise(review, this.tier, this.groups)
    return this.#summary
  }
}

function summarise(review: ReviewKnowledge, tier: Tier, groups: readonly PhotoGroup[]): TierSummary {
  const summary: TierSummary = { tier, groups: 0, photos: 0, decidedGroups: 0, freesBytes: 0, couldFreeBytes: 0 }
  for (const group of groups) {
    summary.groups++
    summary.photos += group.photos.length
    if (isDecided(review, group)) summary.decidedGroups++
    let total = 0
    let largest = 0
    for (const photo of group.photos) {
      total += photo.stamp.bytes
      largest = Math.max(largest, photo.stamp.bytes)
      if (review.verdict(photo.fileId).decision === 'remove') summary.freesBytes += photo.stamp.bytes
    }
    summary.couldFreeBytes += total - largest
  }
  return summary
}
