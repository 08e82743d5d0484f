import type { LinkEvidence } from '../../shared/contract/groups.ts'
import { pairKey } from '../../shared/domain/pair-key.ts'
import type { LinkColumns } from '../catalog/links.ts'
import type { PhotoRow } from '../catalog/photos.ts'
import { readLink, turnedAround } from './evidence.ts'
import type { PhotoGroup } from './group-builder.ts'

/** Two photos that look alike but are no duplicates; sorted, searched and dismissed like a group. */
export interface SimilarPair extends PhotoGroup {
  photos: readonly [a: PhotoRow, b: PhotoRow]
  /** Told from the side of `a`; its relation is `burst` or `similar`. */
  link: LinkEvidence
}

/** Earlier shots first; those without a capture time last. */
function byTimeAndPath(p: PhotoRow, q: PhotoRow): number {
  const [first, second] = [p, q].map(({ takenAt }) => takenAt ?? '9999')
  if (first !== second) return (first ?? '') < (second ?? '') ? -1 : 1
  return p.path < q.path ? -1 : p.path > q.path ? 1 : 0
}

/** The pairs kept to be shown as alike; read from the catalog when first asked for. */
export class SimilarPairs {
  readonly #load: () => LinkColumns[]
  readonly #filesOf: ReadonlyMap<number, readonly PhotoRow[]>
  readonly #dismissed: ReadonlySet<number>
  #pairs: SimilarPair[] | null = null
  #byId: Map<string, SimilarPair> | null = null

  constructor(
    load: () => LinkColumns[],
    filesOf: ReadonlyMap<number, readonly PhotoRow[]>,
    dismissed: ReadonlySet<number>,
  ) {
    this.#load = load
    this.#filesOf = filesOf
    this.#dismissed = dismissed
  }

  list(): readonly SimilarPair[] {
    this.#pairs ??= this.#gather()
    return this.#pairs
  }

  find(id: string): SimilarPair | undefined {
    this.#byId ??= new Map(this.list().map((pair) => [pair.id, pair]))
    return this.#byId.get(id)
  }

  /** What is known of two contents that only look alike, told from the side of `a`. */
  between(a: number, b: number): LinkEvidence | undefined {
    const forward = this.find(`similar-${a}-${b}`)?.link
    const backward = forward === undefined ? this.find(`similar-${b}-${a}`)?.link : undefined
    return backward === undefined ? forward : turnedAround(backward)
  }

  #gather(): SimilarPair[] {
    const best = new Map<number, SimilarPair>()
    for (const links of this.#load()) {
      for (let k = 0; k < links.a.length; k++) {
        const ends = [links.a[k] ?? 0, links.b[k] ?? 0].flatMap((id) => this.#filesOf.get(id)?.[0] ?? [])
        // Which content came first into the catalog is chance; the earlier shot is shown first.
        const [a, b] = ends.sort(byTimeAndPath)
        const score = links.score[k] ?? 0
        const bits = links.distance[k] ?? 255
        const distance = bits === 255 ? null : bits
        if (a === undefined || b === undefined) continue
        const key = pairKey(a.contentId, b.contentId)
        if (this.#dismissed.has(key)) continue
        if ((best.get(key)?.link.score ?? -1) >= score) continue
        const tier = distance === null ? 'ai' : 'perceptual'
        const cosine = distance === null ? score : null
        const link = { ...readLink(links, k, a.contentId), tier, score, distance, cosine } as const
        best.set(key, { id: `similar-${a.contentId}-${b.contentId}`, tier: 'ai', photos: [a, b], link })
      }
    }
    return [...best.values()].sort((p, q) => q.link.score - p.link.score || p.photos[0].fileId - q.photos[0].fileId)
  }
}
