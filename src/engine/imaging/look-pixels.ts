import type { LookPixels } from '../../shared/domain/look-pixels.ts'
import { areaAverage, lumaOf } from './signature.ts'
import { sharp } from './sharp.ts'

const cells = 32

/** A channel's difference to luma, scaled as Rec. 601 does, by cell. */
function chromaCells(mean: Float64Array, luma: Float64Array, scale: number): Int8Array {
  return Int8Array.from(mean, (value, at) => Math.max(-128, Math.min(127, Math.round((value - luma[at]!) * scale))))
}

/**
 * What a close look needs of a photo, from its thumbnail. 2 ms. Throws what sharp throws where the bytes are no picture.
 *
 * @param thumbnail JPEG, sRGB, oriented
 */
export async function readLookPixels(thumbnail: Uint8Array): Promise<LookPixels> {
  const { data, info } = await sharp(thumbnail).toColourspace('srgb').raw().toBuffer({ resolveWithObject: true })
  const { width, height, channels } = info
  const plane = (channel: number): Uint8Array => {
    const values = new Uint8Array(width * height)
    for (let at = 0, from = channel; at < values.length; at++, from += channels) values[at] = data[from]!
    return values
  }
  if (channels < 3) {
    const none = new Int8Array(cells * cells)
    return { luma: { width, height, data: plane(0) }, blue: none, red: none }
  }
  const luma = lumaOf(data, width, height)
  const means = areaAverage(luma, cells, cells)
  const meanOf = (channel: number): Float64Array => areaAverage({ width, height, data: plane(channel) }, cells, cells)
  return { luma, blue: chromaCells(meanOf(2), means, 0.564), red: chromaCells(meanOf(0), means, 0.713) }
}

/** The luma of a thumbnail alone. 1 ms. Throws what sharp throws where the bytes are no picture. */
export async function readLookPlane(thumbnail: Uint8Array): Promise<LookPixels['luma']> {
  const { data, info } = await sharp(thumbnail).toColourspace('srgb').raw().toBuffer({ resolveWithObject: true })
  const { width, height, channels } = info
  return channels < 3 ? { width, height, data: Uint8Array.from(data) } : lumaOf(data, width, height)
}
