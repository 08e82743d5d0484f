import type { EmbeddingMatrix } from '../catalog/embeddings.ts'
import type { LinkColumns } from '../catalog/links.ts'
import type { ContentFacts } from '../catalog/signatures.ts'
import { pairKey } from '../../shared/domain/pair-key.ts'
import type { Candidates } from './confirm-candidates.ts'
import { cosinesOf } from './cosines.ts'
import { noDistance } from './link-buffers.ts'
import type { KnownPairs } from './pair-keys.ts'

/** Families larger than this are crowds (a web cam, a time lapse), which need no more links. */
const largestFamily = 64

export interface FamilyParts {
  /** Confirmed links, of every tier. */
  links: readonly Pick<LinkColumns, 'a' | 'b'>[]
  /** Contents that are new since the last search: other families are as they were. */
  added: ReadonlySet<number>
  facts: ReadonlyMap<number, ContentFacts>
  /** Pairs that were looked at already, as keys. */
  settled: KnownPairs
  embeddings: EmbeddingMatrix
  /** Contents with a border around the picture. */
  framed: ReadonlySet<number>
}

/** Who hangs together by links. */
class Families {
  readonly #parent = new Map<number, number>()
  readonly degree = new Map<number, number>()

  find(id: number): number {
    let root = id
    while ((this.#parent.get(root) ?? root) !== root) root = this.#parent.get(root)!
    for (let at = id; at !== root;) {
      const next = this.#parent.get(at)!
      this.#parent.set(at, root)
      at = next
    }
    return root
  }

  join(a: number, b: number): void {
    for (const id of [a, b]) {
      if (!this.#parent.has(id)) this.#parent.set(id, id)
      this.degree.set(id, (this.degree.get(id) ?? 0) + 1)
    }
    this.#parent.set(this.find(a), this.find(b))
  }

  members(): Map<number, number[]> {
    return Map.groupBy(this.#parent.keys(), (id) => this.find(id))
  }
}

/**
 * [Note: Closing families]
 *
 * Groups are stars around a reference photo, but the nearest partners of a crop may be other members of the family. So in each
 * family (photos joined by confirmed links) the likely references are candidates for every member that they have no link with:
 * the photo with most links, and the one that has most without a border, since two borders often hide different parts. A look decides about them as about any other pair, so nothing is linked by hearsay.
 */
export function familyCandidates({ links, added, facts, settled, embeddings, framed }: FamilyParts): Candidates {
  const families = new Families()
  const linked = new Set<number>()
  for (const { a, b } of links) {
    for (let k = 0; k < a.length; k++) {
      families.join(a[k]!, b[k]!)
      linked.add(pairKey(a[k]!, b[k]!))
    }
  }
  const rank = (id: number): number => {
    const photo = facts.get(id)
    return (families.degree.get(id) ?? 0) * 1e9 + (photo === undefined ? 0 : photo.width * photo.height)
  }
  const pairs: [a: number, b: number][] = []
  for (const members of families.members().values()) {
    if (members.length < 3 || members.length > largestFamily || !members.some((id) => added.has(id))) continue
    for (const hub of likelyReferences(members, rank, framed)) {
      for (const id of members) {
        const key = pairKey(hub, id)
        if (id === hub || linked.has(key) || settled.has(key)) continue
        linked.add(key)
        pairs.push([Math.min(hub, id), Math.max(hub, id)])
      }
    }
  }
  const cosine = cosinesOf(embeddings)
  return {
    a: Int32Array.from(pairs, ([a]) => a),
    b: Int32Array.from(pairs, ([, b]) => b),
    score: Float32Array.from(pairs, ([a, b]) => cosine(a, b)),
    distance: new Uint8Array(pairs.length).fill(noDistance),
    orientation: new Uint8Array(pairs.length),
    framed: new Uint8Array(pairs.length),
  }
}

/** The photo with most links, and the one that has most without a border around it. */
function likelyReferences(
  members: readonly number[],
  rank: (id: number) => number,
  framed: ReadonlySet<number>,
): Set<number> {
  const first = (ids: readonly number[]): number[] => [...ids].sort((p, q) => rank(q) - rank(p)).slice(0, 1)
  return new Set([...first(members), ...first(members.filter((id) => !framed.has(id)))])
}
