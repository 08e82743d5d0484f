import type { Corners } from '../catalog/corners.ts'
import { findByCorners } from '../matching/find-by-corners.ts'
import type { Keypoints } from '../matching/keypoints.ts'
import { scoutsAgree, unpackScouts } from '../matching/scouts.ts'
import type { LookPool, LookSource } from './look-pool.ts'

/** Photos whose scouts are kept ready; 4 KB each. */
const keptScouts = 600

/** What the scouts of a library's photos say ([Note: Scouts]). */
export interface Scouting {
  /** Pairs of contents that have most corners in common, a < b; each new content brings its own best. Throws `cancelled`. */
  candidates(contentIds: Int32Array, isNew: Uint8Array, signal: AbortSignal): Promise<{ a: number; b: number }[]>
  /** Whether a look at the two may be worth it; true where one has no scouts. */
  agree(a: number, b: number): boolean
}

/** Finds the corners that are missing, and keeps them. Throws `cancelled`. */
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
    async candidates(ids, isNew, untilStopped) {
      const pairs = await findByCorners({
        count: ids.length,
        descriptorsOf: (row) => scoutsOf(ids[row]!)?.descriptors ?? none,
        isNew,
        signal: untilStopped,
      })
      return pairs.map(({ a, b }) => ({ a: Math.min(ids[a]!, ids[b]!), b: Math.max(ids[a]!, ids[b]!) }))
    },
    agree(a, b) {
      const [scoutsA, scoutsB] = [scoutsOf(a), scoutsOf(b)]
      return scoutsA === null || scoutsB === null || scoutsAgree(scoutsA, scoutsB)
    },
  }
}
