import type { Corners } from '../catalog/corners.ts'
import { findByCorners } from '../matching/find-by-corners.ts'
import type { Keypoints } from '../matching/keypoints.ts'
import { scoutsAgree, unpackScouts } from '../matching/scouts.ts'
import type { LookPool, LookSource } from './look-pool.ts'

/** Photos whose scouts are kept ready; 4 KB each. */
const keptScouts = 600

/** What the scouts of a library's photos say ([Note: Scouts]). */
export interface Scouting {
  /**
   * Pairs of contents that have most corners in common, a < b; each new content brings its own best. Throws `cancelled`.
   *
   * @param isNew 1 for contents that were not searched for yet, in the order in which they were given
   */
  candidates(isNew: Uint8Array): Promise<{ a: number; b: number }[]>
  /** Whether a look at the two may be worth it; true where one has no scouts. */
  agree(a: number, b: number): boolean
}

/** Finds the corners of these contents that are missing, and keeps them. Throws `cancelled`. */
export async function openScouting(
  contentIds: Int32Array,
  parts: { corners: Corners; looks: LookPool; source: LookSource; signal: AbortSignal },
): Promise<Scouting> {
  const { corners, looks, source, signal } = parts
  const missing = corners.missing(contentIds)
  for await (const found of looks.corners(missing, source, signal)) corners.record(found)
  const kept = new Map<number, Keypoints | null>()
  const scoutsOf = (contentId: number): Keypoints | null => {
    const known = kept.get(contentId)
    if (known !== undefined) return known
    const packed = corners.read(contentId)
    const scouts = packed === null ? null : unpackScouts(packed)
    kept.set(contentId, scouts)
    const oldest = kept.keys().next()
    if (kept.size > keptScouts && !oldest.done) kept.delete(oldest.value)
    return scouts
  }
  const none = new Uint32Array(0)
  return {
    async candidates(isNew) {
      const descriptorsOf = (row: number): Uint32Array => scoutsOf(contentIds[row]!)?.descriptors ?? none
      const pairs = await findByCorners({ count: contentIds.length, descriptorsOf, isNew, signal })
      return pairs.map(({ a, b }) => {
        const ids = [contentIds[a]!, contentIds[b]!] as const
        return { a: Math.min(...ids), b: Math.max(...ids) }
      })
    },
    agree(a, b) {
      const [scoutsA, scoutsB] = [scoutsOf(a), scoutsOf(b)]
      return scoutsA === null || scoutsB === null || scoutsAgree(scoutsA, scoutsB)
    },
  }
}
