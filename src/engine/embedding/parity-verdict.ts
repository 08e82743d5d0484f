import { lossyFormats, type InputFormat, type ParityVerdict } from '../../shared/contract/servers.ts'
import type { Agreement } from './parity-measure.ts'

/**
 * [Note: Where equal and usable end]
 * Equal: the lowest cosine is at least 0.999 where the same pixels went in, 0.995 where a JPEG lay between, and the unexplained
 * share ([Note: Unexplained share]) stays under the limits below, and no fault of preprocessing fits better than none. Measured
 * with OpenCLIP ViT-B/32 on the golden set and real photos: JPEG of quality 95 leaves at most 0.0009 unexplained, one grey level
 * of noise 0.00005, bfloat16 0.0003, 8-bit weights 0.001; the slightest fault tried (ImageNet's mean and deviation for CLIP's) 0.002 with a cosine of 0.9996, which is
 * why a fault is also looked for where the numbers alone would pass.
 *
 * Usable: other numbers, the same neighbours: on average at most a fifth of what tells pictures apart is unexplained (mirrored
 * pictures 0.06, enlarged and cropped 0.06–0.13, another mean and deviation 0.14–0.17), so that groups at the present thresholds are
 * nearly the same, in a space of the server's own. Beyond it (swapped channels 0.6–1.0, no mean and deviation 2.7–3.7, other
 * weights 6) the thresholds mean nothing any more, whatever the cause: it counts as a different model.
 */
export const parityLimits = {
  losslessCosine: 0.999,
  lossyCosine: 0.995,
  losslessUnexplained: 0.02,
  lossyUnexplained: 0.05,
  usableMeanUnexplained: 0.2,
} as const

/** Whether one measurement is within the limits of `equal`. */
export function isEqual(agreement: Agreement, lossy: boolean): boolean {
  const { losslessCosine, lossyCosine, losslessUnexplained, lossyUnexplained } = parityLimits
  return (
    agreement.minCosine >= (lossy ? lossyCosine : losslessCosine) &&
    agreement.maxUnexplained <= (lossy ? lossyUnexplained : losslessUnexplained)
  )
}

export function isLossy(format: InputFormat | null): boolean {
  return format !== null && lossyFormats.has(format)
}

/** What was measured of one backend in what scans send. Null where it was not measured. */
export interface Measured {
  /** The same pixels in, without loss. */
  inference: Agreement | null
  /** In the format of scans, against the reference on the pixels before they were encoded. */
  asSent: Agreement | null
  /** The same answers against the reference on the decoded JPEG: the loss of JPEG taken out. */
  lossTakenOut: Agreement | null
  /** Format of `asSent`. */
  format: InputFormat | null
}

/** The measurement that says most of the inference alone. */
export function sharpest({ inference, asSent, lossTakenOut }: Measured): Agreement | null {
  return inference ?? lossTakenOut ?? asSent
}

/** The verdict of [Note: Where equal and usable end]. `faulty`: a difference in what scans use was found and named. */
export function judge(measured: Measured, faulty: boolean): ParityVerdict {
  const best = sharpest(measured)
  if (best === null) return 'not-compared'
  const { inference, asSent, lossTakenOut, format } = measured
  const worst = Math.max(...[inference, asSent].map((agreement) => agreement?.meanUnexplained ?? 0))
  if (worst > parityLimits.usableMeanUnexplained) return 'different-model'
  const equal =
    (inference === null || isEqual(inference, false)) &&
    (lossTakenOut === null || isEqual(lossTakenOut, false)) &&
    (asSent === null || isEqual(asSent, isLossy(format)))
  return equal && !faulty ? 'equal' : 'usable'
}
