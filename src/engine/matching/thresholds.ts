import type { Likeness } from './confirm.ts'

/** Bits within which pairs of pHashes are looked for and stored; the upper end of the slider. */
export const perceptualFloor = 10

/** Bits within which they are grouped unless the person says otherwise. On 150 photos × 18 edits, 8 gave no false pair. */
export const perceptualDefault = 8

/** For a look at two 32 × 32 luma squares; values 0–255. */
export const lookThresholds = {
  /** Standard deviation under which a patch shows nothing but rounding and compression noise. */
  plainPatch: 2,
  /** Standard deviation from which a patch can't have become plain by compression or a change of tone. */
  texturedPatch: 6,
  /** Correlation from which two patches show the same structure. */
  patchCorrelation: 0.85,
  /** Standard deviation, slopes taken out, under which a whole picture is plain. */
  plainPicture: 3,
  /** Mean absolute difference up to which two plain pictures count as the same one. */
  plainDifference: 1.5,
} as const

/**
 * Share of agreeing patches that a pair must show, by the distance of its hashes up to `distance` bits. On a generated library
 * of 3,000 photos (18 kinds of edit, bursts, text pages, dark frames, slopes) the same frame re-encoded, resized, turned,
 * recoloured or overlaid shows 0.6 and more; different photos, text pages and neighbouring tiles of one large photo that
 * hash within 8 bits at most 0.52. Bursts reach from 0.03 to 1: this look does not tell them from small crops.
 */
const confirmation: readonly { distance: number; agreeingPatches: number }[] = [
  { distance: 8, agreeingPatches: 0.55 },
  { distance: 10, agreeingPatches: 0.6 },
]

/**
 * Whether the look at two pictures bears out what their hashes say. Plain pictures are never linked by their hashes: they
 * must be the same in tone too. Correlation is not asked for: a caption lowers it more than another picture may.
 *
 * @param distance of the pHashes, bits
 */
export function confirmsPerceptualPair(distance: number, likeness: Likeness): boolean {
  if (likeness.plain) return likeness.difference <= lookThresholds.plainDifference
  const asked = confirmation.find((row) => distance <= row.distance)
  return asked !== undefined && likeness.agreeingPatches >= asked.agreeingPatches
}

/**
 * Correlation from which one picture counts as found inside the other; see [Note: Frame search]. On the tuning half of the
 * generated library crops and frames lie above 0.95, text pages and neighbouring scenes below 0.9.
 */
export const frameCorrelation = 0.95

/**
 * Whether a pair that the model found alike is borne out by the look at it. Plain pictures (a tone, a slope) are alike to any
 * model, and every plain picture fits into every other: they must be the same in tone and place.
 *
 * @param likeness of the two as they stand
 * @param frame correlation of the best fit of one inside the other; asked for only where it can matter
 */
export function confirmsAlikePair(likeness: Likeness, frame: () => number): boolean {
  if (likeness.plain) return likeness.difference <= lookThresholds.plainDifference
  return likeness.correlation >= frameCorrelation || frame() >= frameCorrelation
}
