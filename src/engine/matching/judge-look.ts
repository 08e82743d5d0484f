import { invert, type Affine } from './affine.ts'
import type { AlignedLook } from './compare-aligned.ts'
import { countExchangedInk } from './exchanged-ink.ts'
import type { PhotoLook } from './photo-look.ts'
import { confirmationThresholds as thresholds } from './thresholds.ts'
import { isWhole, wholeFrame, type Frame } from '../../shared/domain/frame.ts'

/** How one of two pictures lies on the other, and what is seen then. */
export interface SeenPair {
  /** From shares of a to shares of b. */
  shares: Affine
  /** Told from the template's side. */
  look: AlignedLook
  templateIsA: boolean
}

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

/** Whether the tones of what agrees are equal to a tenth of a level all over the scene: no second shot's are. */
function hasEqualTones({ exposure: { patches, change, uneven, spread }, typical }: AlignedLook): boolean {
  return (
    patches >= thresholds.leastTonesOfEqual &&
    change <= thresholds.equalExposure &&
    uneven <= thresholds.mostUnevenOfEqual &&
    spread >= thresholds.leastSpreadOfEqual &&
    typical >= thresholds.sureTypical
  )
}

/** Share of patches that must agree: fewer where whole lies on whole, in the same tone, and what agrees is all but equal. */
function leastAgreeing(look: AlignedLook, asWholes: boolean, equalTones: boolean): number {
  const untouched = look.exposure.change <= thresholds.sameExposure
  const sure = untouched && look.typical >= thresholds.sureTypical && look.anchors >= thresholds.sureAnchors
  return asWholes && (sure || equalTones) ? thresholds.leastAgreeingOfSure : thresholds.leastAgreeing
}

/** Level of grey at which the change of brightness is told. */
const middleGrey = 128

/** By how much b is brighter than a at middle grey, levels, and its contrast higher, as a share. */
export function toneChange({ exposure: { gain, offset } }: AlignedLook): { light: number; contrast: number } {
  return { light: Math.abs(gain * middleGrey + offset - middleGrey), contrast: Math.abs(gain - 1) }
}

/**
 * Whether something stands elsewhere: patches lie off the alignment (a nearer layer, a turned camera), or regions differ and
 * the whole scene is exposed a little differently, as two shots of one framing are. What is laid over a copy leaves its tones as they
 * were; an edit of tone changes them unevenly, or further and with hardly a patch that differs.
 */
function isMoved(look: AlignedLook, isCrop: boolean): boolean {
  const { shiftMedian, shiftHigh, anchors, regions, agreeing, exposure } = look
  const told = anchors >= thresholds.leastAnchors
  if (told && shiftMedian > thresholds.mostShiftMedian) return true
  const { change, uneven } = exposure
  const isUneven = uneven > thresholds.mostUneven * change
  // The shade of a vignette moves what lies in it a little.
  const leastMedian =
    isUneven && change > thresholds.editedLight ? thresholds.settledShiftMedian : thresholds.leastShiftMedian
  if (told && shiftHigh > thresholds.mostShift && shiftMedian > leastMedian) return true
  if (regions === 0 || isCrop || exposure.patches < thresholds.leastTones) return false
  if (change <= thresholds.sameExposure || isUneven) return false
  const { light, contrast } = toneChange(look)
  const edited = light > thresholds.editedLight || contrast > thresholds.editedContrast
  return !(edited && agreeing >= thresholds.leastAgreeingOfEdited)
}

/** Whether both are the same form, label or page with other words on it: all ground, and what was written is exchanged. */
function isRewritten(a: PhotoLook, b: PhotoLook, seen: SeenPair): boolean {
  if (seen.look.regions === 0 || Math.min(a.ground, b.ground) < thresholds.leastGround) return false
  return countExchangedInk(a, b, seen) >= thresholds.leastExchanged
}

/** What speaks for and against two photos as they were aligned. */
export function judgeLook(a: PhotoLook, b: PhotoLook, seen: SeenPair): Judgement {
  const { shares, look } = seen
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
  const equalTones = hasEqualTones(look)
  // Without structure that holds the alignment, only whole pictures that agree as wholes are the same.
  const held =
    look.anchors >= thresholds.leastAnchors ||
    agreeing * counted >= thresholds.leastAgreeingUnheld ||
    (agreeing === 1 && correlation >= thresholds.leastCorrelationAlone) ||
    (asWholes && correlation >= thresholds.leastCorrelationUnheld) ||
    (equalTones && (asWholes || (agreeing === 1 && look.anchors >= thresholds.leastAnchorsOfEqual)))
  const leastOfCrop = equalTones ? thresholds.leastTonesOfEqual : thresholds.leastPatches
  const leastPatches = asWholes ? thresholds.leastPatchesOfWholes : leastOfCrop
  const mostOutside = isWhole(a.frame) && isWhole(b.frame) ? thresholds.mostOutside : thresholds.mostOutsideFramed
  const isCrop = Math.max(aInB, bInA) > thresholds.leastCutOff
  let against: Judgement['against'] = null
  // A few arcs fit one another somewhere: a crop that shows no more must show the same tones, and nothing else.
  const faint = !asWholes && counted < thresholds.fewPatches
  const plausible = agreeing >= thresholds.leastAgreeingOfFew && look.exposure.change <= thresholds.sameExposure
  if (counted < leastPatches || !held || (faint && !plausible)) against = 'nothing-to-see'
  else if (agreeing < leastAgreeing(look, asWholes, equalTones) || look.typical < thresholds.leastTypical)
    against = 'patches'
  else if (isMoved(look, isCrop)) against = 'moved'
  else if (anisotropy > thresholds.mostAnisotropy) against = 'stretched'
  else if (outside > mostOutside) against = 'framing'
  else if (isRewritten(a, b, seen)) against = 'patches'
  return { holds: against === null, against, outside, inner, anisotropy }
}
