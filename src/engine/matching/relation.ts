import type { Orientation, Relation } from '../../shared/contract/groups.ts'

/** What telling a relation needs to know of a photo. */
export interface PhotoFacts {
  /** Equal for equal bytes. */
  contentId: number
  /** Pixels after EXIF orientation. */
  width: number
  height: number
  /** Equal means the same compressed picture shown the same way; null where that is not known. */
  pixelHash: Uint8Array | null
}

/** What matching found out about a pair; null where a tier did not link it. */
export interface PairEvidence {
  /** Hamming distance of the pHashes, bits. */
  distance: number | null
  /** How b must be turned to lie on a. */
  orientation: Orientation | null
}

/** Pixels by which rounding may move a side. */
const rounding = 1

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at])
}

/** Whether one size is the other one scaled, sides rounded up, down or to the nearest pixel. */
function sameShape(wide: number, high: number, otherWide: number, otherHigh: number): boolean {
  const [large, small] =
    wide * high >= otherWide * otherHigh
      ? [
          [wide, high],
          [otherWide, otherHigh],
        ]
      : [
          [otherWide, otherHigh],
          [wide, high],
        ]
  const [largeWide = 1, largeHigh = 1] = large ?? []
  const [smallWide = 1, smallHigh = 1] = small ?? []
  // Scales that round to each side; the picture was scaled if some scale does for both.
  const least = Math.max((smallWide - rounding) / largeWide, (smallHigh - rounding) / largeHigh)
  const most = Math.min((smallWide + rounding) / largeWide, (smallHigh + rounding) / largeHigh)
  return least <= most
}

/**
 * What two photos are to each other, the most certain first:
 *
 * * `identical`: the same bytes;
 * * `same-pixels`: the same compressed picture shown the same way; only metadata differ;
 * * `rotated-or-mirrored`: linked by hashes at another orientation, whether pixels were turned or only the EXIF orientation
 *   changed: what is seen is turned either way. The size may differ as well;
 * * `re-encoded`: linked by hashes, the same size but for a pixel (so another file of the same look, lossless turns that
 *   EXIF undoes among them);
 * * `resized`: linked by hashes, the same shape at another size;
 * * `similar`: anything else: linked by the model alone, or of another shape.
 */
export function describePair(a: PhotoFacts, b: PhotoFacts, evidence: PairEvidence): Relation {
  if (a.contentId === b.contentId) return 'identical'
  if (a.pixelHash && b.pixelHash && equalBytes(a.pixelHash, b.pixelHash)) return 'same-pixels'
  if (evidence.distance === null) return 'similar'
  if (evidence.orientation !== null && evidence.orientation !== 'identity') return 'rotated-or-mirrored'
  if (Math.abs(a.width - b.width) <= rounding && Math.abs(a.height - b.height) <= rounding) return 're-encoded'
  return sameShape(a.width, a.height, b.width, b.height) ? 'resized' : 'similar'
}
