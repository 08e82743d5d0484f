import { findFlatBorders } from './flat-borders.ts'
import type { Frame } from './frame.ts'
import type { LumaPicture } from './look-pixels.ts'
import { findInsetPicture } from './inset-picture.ts'

/**
 * Where the picture lies within what is not part of it: on the ground of a screen or a page, or within flat borders and bars. The
 * whole frame where there is nothing of that kind.
 *
 * @param plane luma of the picture; some hundred pixels a side are enough
 */
export function findContentFrame(plane: LumaPicture): Frame {
  return findInsetPicture(plane) ?? findFlatBorders(plane)
}
