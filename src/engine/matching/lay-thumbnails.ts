import { compose, invert, pixelsToShares, sharesToPixels, type Affine } from './affine.ts'
import { sharedBox, warpInput, type PixelBox } from './align-planes.ts'
import { reducePlane, type GrayPlane } from './gray-plane.ts'
import { scratch } from './scratch.ts'

/** One picture, and the other one seen on its pixels. */
export interface LaidThumbnails {
  template: GrayPlane
  /** Luma of the other one on the template's pixels; negative where it shows nothing. Good until thumbnails are laid again. */
  warped: Float32Array
  /** What both show, pixels of the template. */
  box: PixelBox
}

/**
 * Lays two aligned pictures on one another at the scale of their thumbnails, twice as fine as they were aligned at: for what is
 * small. Null where they don't meet. 1 ms.
 *
 * @param pair how they lie (from shares of a to shares of b), and which one is to be the template: the coarser one, or nearly
 */
export function layThumbnails(
  a: GrayPlane,
  b: GrayPlane,
  pair: { shares: Affine; templateIsA: boolean },
): LaidThumbnails | null {
  const back = invert(pair.shares)
  if (back === null) return null
  const [template, finer, map] = pair.templateIsA ? [a, b, pair.shares] : [b, a, back]
  const pixelsOf = (to: GrayPlane): Affine =>
    compose(sharesToPixels(to.width, to.height), compose(map, pixelsToShares(template.width, template.height)))
  const { xx, xy, yx, yy } = pixelsOf(finer)
  const factor = Math.min(1, 1 / Math.sqrt(Math.abs(xx * yy - xy * yx)))
  const side = (length: number): number => Math.max(2, Math.round(length * factor))
  const input = factor < 0.97 ? reducePlane(finer, side(finer.width), side(finer.height)) : finer
  const toInput = pixelsOf(input)
  const warped = scratch('warped thumbnail', template.width * template.height)
  if (warpInput(template, input, toInput, warped) === 0) return null
  return { template, warped, box: sharedBox({ template, input, map: toInput }) }
}
