import { invert, type Affine } from './affine.ts'
import type { AlignedLook } from './compare-aligned.ts'
import type { PhotoLook } from './photo-look.ts'
import { confirmationThresholds as thresholds } from './thresholds.ts'
import { isWhole, wholeFrame, type Frame } from '../../shared/domain/content-frame.ts'

/** Whether two aligned photos are the same picture, and what says so. */
export interface Judgement {
  holds: boolean
  /** The first thing that speaks against it. */
  against: 'nothing-to-see' | 'patches' | 'moved' | 'stretched' | 'framing' | null
  /** By how much the inner frame reaches out of the outer one, share of the outer one's side. */
  outside: number
  /** Whose frame, without borders, lies within the other's. */
  inner: 'a' | 'b'
  anisotropy: number
}

/** How far a box of one picture, seen in the other, reaches out of a box there; shares. */
function reach(map: Affine, box: Frame, into: Frame): number {
  let most = 0
  for (const [x, y] of [
    [box.left, box.top],
    [box.right, box.top],
    [box.left, box.bottom],
    [box.right, box.bottom],
  ] as const) {
    const u = map.xx * x + map.xy * y + map.tx
    const v = map.yx * x + map.yy * y + map.ty
    most = Math.max(most, into.left - u, u - into.right, into.top - v, v - into.bottom)
  }
  return most
}

/** Share of patches that must agree: fewer where whole lies on whole, in the same tone, and what agrees is all but equal. */
function leastAgreeing(look: AlignedLook, asWholes: boolean): number {
  const { light, contrast } = toneChange(look)
  const untouched = light <= thresholds.exposureOfMore[0] && contrast <= thresholds.exposureOfMore[1]
  const sure = asWholes && untouched && look.typical >= thresholds.sureTypical && look.anchors >= thresholds.sureAnchors
  return sure ? thresholds.leastAgreeingOfSure : thresholds.leastAgreeing
}

/** Level of grey at which the change of brightness is told. */
const middleGrey = 128

/** By how much b is brighter than a at middle grey, levels, and its contrast higher, as a share. */
export function toneChange({ gain, offset }: AlignedLook): { light: number; contrast: number } {
  return { light: Math.abs(gain * middleGrey + offset - middleGrey), contrast: Math.abs(gain - 1) }
}

/**
 * Whether something stands elsewhere: patches lie off the alignment (a nearer layer, a turned camera), or regions differ and
 * the exposure is another one by as much as between two shots. What is laid over a copy leaves its tone as it was; an edit of tone
 * goes further, and then little else may differ.
 */
function isMoved(look: AlignedLook): boolean {
  const { shiftMedian, shiftHigh, regions } = look
  if (shiftMedian > thresholds.mostShiftMedian) return true
  if (shiftHigh > thresholds.mostShift && shiftMedian > thresholds.leastShiftMedian) return true
  if (regions === 0) return false
  const { light, contrast } = toneChange(look)
  const [leastLight, leastContrast] = regions === 1 ? thresholds.exposureOfOne : thresholds.exposureOfMore
  const edited = light > thresholds.editedLight || contrast > thresholds.editedContrast
  return (
    (light > leastLight || contrast > leastContrast) && !(edited && look.agreeing >= thresholds.leastAgreeingOfEdited)
  )
}

/** @param shares from shares of a to shares of b */
export function judgeLook(a: PhotoLook, b: PhotoLook, shares: Affine, look: AlignedLook): Judgement {
  const back = invert(shares)
  // Lengths in full pixels along each side of a.
  const swapped = Math.abs(shares.xx) < Math.abs(shares.xy)
  const sx = swapped ? (Math.abs(shares.yx) * b.height) / a.width : (Math.abs(shares.xx) * b.width) / a.width
  const sy = swapped ? (Math.abs(shares.xy) * b.width) / a.height : (Math.abs(shares.yy) * b.height) / a.height
  const anisotropy = Math.abs(sx / sy - 1)
  const aInB = Math.min(reach(shares, wholeFrame, wholeFrame), reach(shares, a.frame, wholeFrame))
  const bInA = back === null ? 1 : Math.min(reach(back, wholeFrame, wholeFrame), reach(back, b.frame, wholeFrame))
  const inner = aInB <= bInA ? 'a' : 'b'
  const outside = Math.min(aInB, bInA)
  const { agreeing, counted, correlation } = look
  const asWholes = Math.max(aInB, bInA) <= thresholds.mostOutsideUnheld
  // Without structure that holds the alignment, only whole pictures that agree as wholes are the same.
  const held =
    look.anchors >= thresholds.leastAnchors ||
    agreeing * counted >= thresholds.leastAgreeingUnheld ||
    (agreeing === 1 && correlation >= thresholds.leastCorrelationAlone) ||
    (asWholes && correlation >= thresholds.leastCorrelationUnheld)
  const leastPatches = asWholes ? thresholds.leastPatchesOfWholes : thresholds.leastPatches
  const mostOutside = isWhole(a.frame) && isWhole(b.frame) ? thresholds.mostOutside : thresholds.mostOutsideFramed
  const moved = isMoved(look)
  let against: Judgement['against'] = null
  if (counted < leastPatches || !held) against = 'nothing-to-see'
  else if (agreeing < leastAgreeing(look, asWholes) || look.typical < thresholds.leastTypical) against = 'patches'
  else if (moved) against = 'moved'
  else if (anisotropy > thresholds.mostAnisotropy) against = 'stretched'
  else if (outside > mostOutside) against = 'framing'
  return { holds: against === null, against, outside, inner, anisotropy }
}
