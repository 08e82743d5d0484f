import { alignPlanes, prepareAlignment, type AlignedPair } from './align-planes.ts'
import { compose, invert, orientationMapOf, pixelsToShares, sharesToPixels, type Affine } from './affine.ts'
import { compareAligned } from './compare-aligned.ts'
import { findFrame } from './frame-search.ts'
import type { PhotoLook } from './photo-look.ts'
import { judgeLook, type Judgement, type SeenPair } from './judge-look.ts'
import { mapsByCorners } from './maps-by-corners.ts'
import { lumaCorrelations } from './luma-correlation.ts'
import { confirmationThresholds as thresholds, sharedCorners } from './thresholds.ts'
import { isWhole, wholeFrame, type Frame } from '../../shared/domain/frame.ts'

/** A pair that was looked at. */
export interface LookedAtPair extends SeenPair {
  judgement: Judgement
}

/** The map that lays one box on another. */
function boxToBox(from: Frame, to: Frame): Affine {
  const sx = (to.right - to.left) / (from.right - from.left)
  const sy = (to.bottom - to.top) / (from.bottom - from.top)
  return { xx: sx, xy: 0, tx: to.left - sx * from.left, yx: 0, yy: sy, ty: to.top - sy * from.top }
}

/** A way in which b might lie on a, from shares of a to shares of b. */
interface Start {
  shares: Affine
  /** Both frames lie exactly on one another, so there may be nothing to refine. */
  exact: boolean
  /** Whether refining may help; else it is this or nothing. */
  refine: boolean
}

/** Ways that corners agree on. */
function* cornerStarts(a: PhotoLook, b: PhotoLook, maps: Iterable<Affine>): Generator<Start> {
  const toShares = pixelsToShares(b.plane.width, b.plane.height)
  const toPixels = sharesToPixels(a.plane.width, a.plane.height)
  for (const map of maps) yield { shares: compose(toShares, compose(map, toPixels)), exact: false, refine: true }
}

/**
 * Ways in which b might lie on a, the likeliest and cheapest first.
 *
 * @param isLaid whether one that was tried laid them on one another, whatever came of it: a burst needs no other way
 */
function* starts(a: PhotoLook, b: PhotoLook, isLaid: () => boolean): Generator<Start> {
  const whole = lumaCorrelations(a.luma, b.luma)
  if (whole.best >= thresholds.exactCorrelation) {
    const shares = invert(orientationMapOf(whole.orientation))
    if (shares) yield { shares, exact: true, refine: whole.best >= thresholds.startCorrelation }
  }
  if (!isWhole(a.frame) || !isWhole(b.frame)) {
    const inner = lumaCorrelations(a.frameLuma, b.frameLuma)
    const shares = invert(orientationMapOf(inner.orientation))
    if (shares && inner.best >= thresholds.startCorrelation) {
      const framed = compose(boxToBox(wholeFrame, b.frame), compose(shares, boxToBox(a.frame, wholeFrame)))
      yield { shares: framed, exact: false, refine: true }
    }
  }
  // What the scouts find nothing of, all corners hardly find either, unless a screen's own outnumber the photo's; where there are fewer, the
  // scouts are all.
  const byScouts = [...mapsByCorners(a.scouts, b.scouts, sharedCorners.leastAgreeing)]
  yield* cornerStarts(a, b, byScouts)
  const more = Math.max(a.scouts.count, b.scouts.count) >= sharedCorners.scouts
  const framed = !isWhole(a.frame) || !isWhole(b.frame)
  if (isLaid()) return
  if (more && (byScouts.length > 0 || framed))
    yield* cornerStarts(a, b, mapsByCorners(a.keypoints, b.keypoints, thresholds.leastInliers))
  if (Math.min(a.scouts.count, b.scouts.count) < thresholds.fewKeypoints) {
    const { inner, left, top, width, height, correlation } = findFrame(a.searchable, b.searchable)
    if (correlation < thresholds.startCorrelation) return
    const box: Frame = { left, top, right: left + width, bottom: top + height }
    yield { shares: inner === 'a' ? boxToBox(wholeFrame, box) : boxToBox(box, wholeFrame), exact: false, refine: true }
  }
}

function lookAt(
  a: PhotoLook,
  b: PhotoLook,
  aligned: AlignedPair,
  frames: { a: Frame; b: Frame } = { a: a.frame, b: b.frame },
): LookedAtPair | null {
  const look = compareAligned(aligned, frames)
  const shares = aligned.templateIsA ? aligned.shares : invert(aligned.shares)
  if (look === null || shares === null) return null
  const seen = { shares, look, templateIsA: aligned.templateIsA }
  return { ...seen, judgement: judgeLook(a, b, seen) }
}

function lookAtAligned(a: PhotoLook, b: PhotoLook, prepared: AlignedPair, oneScale: boolean): LookedAtPair | null {
  const aligned = alignPlanes(prepared, oneScale)
  return aligned && lookAt(a, b, aligned)
}

/** Whether nothing is out of place as the frames lie, so that refining could only add its own error. */
function isSettled({ judgement, look }: LookedAtPair): boolean {
  return (
    judgement.holds && look.shiftMedian <= thresholds.settledShiftMedian && look.shiftHigh <= thresholds.settledShift
  )
}

/**
 * Looks whether two photos show the same picture: finds how one may lie on the other, aligns them to a fraction of a pixel,
 * compares them patch by patch. The first way that holds is returned, else the one that came nearest; null where none was
 * found.
 */
export function confirmPair(a: PhotoLook, b: PhotoLook): LookedAtPair | null {
  let best: LookedAtPair | null = null
  const isLaid = (): boolean => best !== null && best.look.agreeing >= thresholds.leastAgreeing
  for (const { shares, exact, refine } of starts(a, b, isLaid)) {
    const back = invert(shares)
    const prepared = back && prepareAlignment(a.plane, b.plane, shares, back)
    if (!prepared) continue
    // Whole on whole, borders and all.
    const asIs = exact ? lookAt(a, b, prepared, { a: wholeFrame, b: wholeFrame }) : null
    if (asIs !== null && isSettled(asIs)) return asIs
    if (!refine) continue
    let pair = lookAtAligned(a, b, prepared, false)
    if (pair?.judgement.holds) return pair
    if (pair === null || pair.look.anchors < thresholds.leastAnchors) pair = lookAtAligned(a, b, prepared, true) ?? pair
    if (pair?.judgement.holds) return pair
    // Where refining drifts off (shade, a soft picture) but hardly anything lay off before, nothing was to be refined.
    if (asIs?.judgement.holds && asIs.look.shiftMedian <= thresholds.settledShiftMedian) return asIs
    if (!pair) continue
    if (best === null || pair.look.agreeing > best.look.agreeing) best = pair
  }
  return best
}
