import type { LookedAtPair } from './confirm-pair.ts'
import { layThumbnails } from './lay-thumbnails.ts'
import type { PhotoLook } from './photo-look.ts'

/** Pixels along a block's side: the height of small words on a thumbnail. */
const blockSide = 8
/** Added to the square root of a block's activity: what saving again does to a block without structure. */
const leastNoise = 1.5

/**
 * How much the tones of one small block differ on average, at most, against what saving again does to a block of its activity:
 * up to 1.9 for copies that were saved again, turned or resized; a date stamp shows 2 to 30. Looks closer than the patches of an
 * alignment, at the scale of the thumbnails. 1 ms.
 */
export function strongestMark(a: PhotoLook, b: PhotoLook, pair: LookedAtPair): number {
  const laid = layThumbnails(a.plane, b.plane, pair)
  if (laid === null) return 0
  const { template, warped, box } = laid
  const { width, data } = template
  const { gain: slope, offset: level } = pair.look.exposure
  const [right, bottom] = [Math.floor(box.right), Math.floor(box.bottom)]
  let most = 0
  for (let top = Math.ceil(box.top); top + blockSide <= bottom; top += blockSide) {
    for (let left = Math.ceil(box.left); left + blockSide <= right; left += blockSide) {
      let [difference, activity] = [0, 0]
      for (let y = top; y < top + blockSide; y++) {
        for (let at = y * width + left, end = at + blockSide; at < end; at++) {
          difference += warped[at]! - (slope * data[at]! + level)
          activity += Math.abs(data[at + 1]! - data[at]!)
        }
      }
      const pixels = blockSide * blockSide
      most = Math.max(most, Math.abs(difference / pixels) / (Math.sqrt(activity / pixels) + leastNoise))
    }
  }
  return most
}
