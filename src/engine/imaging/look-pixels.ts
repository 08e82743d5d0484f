import type { LookPixels, LumaPicture } from '../../shared/domain/look-pixels.ts'
import { areaAverage, lumaOf } from './signature.ts'
import { sharp } from './sharp.ts'

const cells = 32

/** A channel's difference to luma, scaled as Rec. 601 does, by cell. */
function chromaCells(mean: Float64Array, luma: Float64Array, scale: number): Int8Array {
  return Int8Array.from(mean, (value, at) => Math.max(-128, Math.min(127, Math.round((value - luma[at]!) * scale))))
}

interface Thumbnail {
  data: Uint8Array
  channels: number
  luma: LumaPicture
}

async function readThumbnail(jpeg: Uint8Array): Promise<Thumbnail> {
  const { data, info } = await sharp(jpeg).toColourspace('srgb').raw().toBuffer({ resolveWithObject: true })
  const { width, height, channels } = info
  const luma = channels < 3 ? { width, height, data: channelOf(data, 0, channels) } : lumaOf(data, width, height)
  return { data, channels, luma }
}

function channelOf(data: Uint8Array, channel: number, channels: number): Uint8Array {
  const values = new Uint8Array(data.length / channels)
  for (let at = 0, from = channel; at < values.length; at++, from += channels) values[at] = data[from]!
  return values
}

/**
 * What a close look needs of a photo, from its thumbnail. 2 ms. Throws what sharp throws where the bytes are no picture.
 *
 * @param thumbnail JPEG, sRGB, oriented
 */
export async function readLookPixels(thumbnail: Uint8Array): Promise<LookPixels> {
  const { data, channels, luma } = await readThumbnail(thumbnail)
  if (channels < 3) {
    const none = new Int8Array(cells * cells)
    return { luma, blue: none, red: none }
  }
  const means = areaAverage(luma, cells, cells)
  const meanOf = (channel: number): Float64Array =>
    areaAverage({ ...luma, data: channelOf(data, channel, channels) }, cells, cells)
  return { luma, blue: chromaCells(meanOf(2), means, 0.564), red: chromaCells(meanOf(0), means, 0.713) }
}

/** The luma of a thumbnail alone. 1 ms. Throws what sharp throws where the bytes are no picture. */
export async function readLookPlane(thumbnail: Uint8Array): Promise<LumaPicture> {
  return (await readThumbnail(thumbnail)).luma
}
