import { variance, type PatchSums } from './patch-sums.ts'

/** What of a patch tells its tone: pixels, and the sums of both pictures' levels and of their squares. */
export type PatchTone = Pick<PatchSums, 'n' | 't' | 'i' | 'tt' | 'ii'>

/**
 * How the tones of a picture follow from another one's: luma of the input = gain · template's + offset. Told by the means of whole
 * patches, which saving again, softening and sharpening leave within a tenth of a level, so that even two shots with the
 * same settings of the camera differ from a copy.
 */
export interface Exposure {
  gain: number
  offset: number
  /** Levels by which the tones of the scene change, root mean square of all patches. */
  change: number
  /** Levels, median, by which patches depart from the common change: large where the picture was edited, not exposed differently. */
  uneven: number
  /** Standard deviation of the patches' tones, levels. */
  spread: number
  /** Patches that tell it. */
  patches: number
}

/** Levels of spread under which the patches are too much alike to tell a gain from an offset. */
const leastSpread = 3

/** @param tones of patches that show the same, at least one */
export function exposureOf(tones: readonly PatchTone[]): Exposure {
  let [n, t, i] = [0, 0, 0]
  for (const tone of tones) {
    n += tone.n
    t += tone.t
    i += tone.i
  }
  const [meanT, meanI] = [t / n, i / n]
  let [betweenT, betweenI, withinT, withinI] = [0, 0, 0, 0]
  for (const tone of tones) {
    betweenT += tone.n * (tone.t / tone.n - meanT) ** 2
    betweenI += tone.n * (tone.i / tone.n - meanI) ** 2
    withinT += tone.n * variance(tone.t, tone.tt, tone.n)
    withinI += tone.n * variance(tone.i, tone.ii, tone.n)
  }
  const spread = Math.sqrt(betweenT / n)
  const gain = spread >= leastSpread ? Math.sqrt(betweenI / betweenT) : Math.sqrt(withinI / Math.max(1e-6, withinT))
  const offset = meanI - gain * meanT
  const residuals = tones.map((tone) => Math.abs(tone.i / tone.n - gain * (tone.t / tone.n) - offset))
  residuals.sort((p, q) => p - q)
  return {
    gain,
    offset,
    change: Math.hypot(meanI - meanT, (gain - 1) * spread),
    uneven: residuals[Math.floor(residuals.length / 2)] ?? 0,
    spread,
    patches: tones.length,
  }
}
