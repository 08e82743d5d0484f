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

/** What a pair must show to count, by the distance of its hashes up to `distance` bits. */
const confirmation: readonly { distance: number; correlation: number; agreeingPatches: number }[] = [
  { distance: 4, correlation: 0.8, agreeingPatches: 0.4 },
  { distance: 8, correlation: 0.85, agreeingPatches: 0.5 },
  { distance: 10, correlation: 0.9, agreeingPatches: 0.6 },
]

/**
 * Whether the look at two pictures bears out what their hashes say. Plain pictures are never linked by their hashes: they
 * must be the same in tone too.
 *
 * @param distance of the pHashes, bits
 */
export function confirmsPerceptualPair(distance: number, likeness: Likeness): boolean {
  if (likeness.plain) return likeness.difference <= lookThresholds.plainDifference
  const asked = confirmation.find((row) => distance <= row.distance)
  return (
    asked !== undefined &&
    likeness.correlation >= asked.correlation &&
    likeness.agreeingPatches >= asked.agreeingPatches
  )
}
