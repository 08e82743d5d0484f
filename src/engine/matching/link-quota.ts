/**
 * [Note: Crowds]
 *
 * A library of n near-identical frames (a web cam, a time lapse, black pictures) holds n²/2 true pairs; no list of them is
 * of any use. So a link is kept only while one of its two ends still needs it: an end needs a link of some quality level
 * until it has `limit` links at least as good. Two things follow:
 *
 * * a photo with at most `limit` true partners keeps every one of them, and any other keeps all its best ones: every link
 *   of a better level than the one at which it reached `limit`;
 * * the first photo of a crowd to reach `limit` becomes its leader, and a leader needs every link, so that a group can form
 *   around it that holds the crowd. A photo linked to a leader does not become one; of two leaders that meet, the one with
 *   the lower number stays.
 */
export interface LinkQuota {
  /** Whether to keep this link; counts it when so. `level` 0 is the best. */
  admit(a: number, b: number, level: number): boolean
  /** By photo: links at this level or a worse one are no longer needed by it. Read only. */
  readonly fullAt: Uint8Array
}

/** Photos keep at least this many links, best first. */
export const linksPerPhoto = 64

const leaderLevel = 255

/**
 * @param count number of photos, or of classes of photos that are linked as one
 * @param levels quality levels, at most 254
 * @param sizes by class: its photos; each of them counts as a partner of its own, and those of one class as partners at
 *   level 0. Null when each class is one photo
 * @param limit at most 255
 */
export function createLinkQuota(
  count: number,
  levels: number,
  sizes: Uint32Array | null = null,
  limit = linksPerPhoto,
): LinkQuota {
  const fullAt = new Uint8Array(count).fill(levels)
  const seen = new Uint8Array(count * levels)
  /** Partners of a photo until it is full; then null. */
  const partners = new Map<number, number[] | null>()
  const led = new Uint8Array(count)
  if (sizes) for (let at = 0; at < count; at++) seen[at * levels] = Math.min(limit, sizes[at]! - 1)

  /** The level at which the links seen reach the limit; `levels` when they do not. */
  function levelReached(photo: number): number {
    let total = 0
    for (let level = 0; level < levels; level++) {
      total += seen[photo * levels + level]!
      if (total >= limit) return level
    }
    return levels
  }

  function note(photo: number, partner: number, level: number): void {
    const at = photo * levels + level
    seen[at] = Math.min(limit, seen[at]! + (sizes ? sizes[partner]! : 1))
    if (fullAt[partner] === leaderLevel) led[photo] = 1
    if (fullAt[photo] === leaderLevel) return
    const known = partners.get(photo)
    if (known === undefined) partners.set(photo, [partner])
    else known?.push(partner)
    const reached = levelReached(photo)
    if (reached === levels) return
    fullAt[photo] = reached
    const met = partners.get(photo)
    partners.set(photo, null)
    if (led[photo] || !met) return
    fullAt[photo] = leaderLevel
    for (const other of met) led[other] = 1
  }

  return {
    fullAt,
    admit(a, b, level) {
      if (level >= fullAt[a]! && level >= fullAt[b]!) return false
      note(a, b, level)
      note(b, a, level)
      if (fullAt[a] === leaderLevel && fullAt[b] === leaderLevel) {
        const later = Math.max(a, b)
        fullAt[later] = levelReached(later)
      }
      return true
    },
  }
}
