import type { Preprocessing } from '../../shared/contract/photo.ts'
import { findContentFrame } from '../../shared/domain/content-frame.ts'
import { isWhole } from '../../shared/domain/frame.ts'
import { modelPixelsOf } from './model-pixels.ts'
import type { Rendition } from './rendition.ts'
import type { LumaPlane } from './signature.ts'

/**
 * The model's pixels of the picture within flat borders, bars or a phone's screen, so that it is found again without them: null
 * where there is no border, as with most photos. The same layout as `modelPixelsOf`.
 *
 * @param plane luma of the whole, thumbnail size
 */
export function framePixelsOf(rendition: Rendition, plane: LumaPlane, preprocessing: Preprocessing): Uint8Array | null {
  const frame = findContentFrame(plane)
  if (isWhole(frame)) return null
  const left = Math.round(frame.left * rendition.width)
  const top = Math.round(frame.top * rendition.height)
  const width = Math.max(1, Math.round(frame.right * rendition.width) - left)
  const height = Math.max(1, Math.round(frame.bottom * rendition.height) - top)
  const data = Buffer.allocUnsafeSlow(width * height * 3)
  for (let row = 0; row < height; row++) {
    const from = ((top + row) * rendition.width + left) * 3
    data.set(rendition.data.subarray(from, from + width * 3), row * width * 3)
  }
  const picture = { left: 0, top: 0, width, height }
  return modelPixelsOf({ data, width, height, picture, truncated: rendition.truncated }, width, height, preprocessing)
}
