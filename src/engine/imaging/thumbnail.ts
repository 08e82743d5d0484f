import { resampleBicubic, type RgbImage } from './resample.ts'
import { sharp } from './sharp.ts'

/** Longer side of thumbnails, in pixels. */
const thumbnailSide = 320
const jpegQuality = 80

/** Reduces a rendition to thumbnail size, keeping the photo's aspect ratio; small pictures stay as they are. */
export function reduceToThumbnail(rendition: RgbImage, width: number, height: number): RgbImage {
  const factor = Math.min(1, thumbnailSide / Math.max(width, height))
  const size = { width: Math.max(1, Math.round(width * factor)), height: Math.max(1, Math.round(height * factor)) }
  if (size.width === rendition.width && size.height === rendition.height) return rendition
  const whole = { left: 0, top: 0, width: rendition.width, height: rendition.height }
  return { data: resampleBicubic(rendition, whole, size.width, size.height), ...size }
}

/** JPEG bytes, 4:2:0, fixed Huffman tables: two thirds of the time for a tenth more bytes. */
export async function encodeThumbnail({ data, width, height }: RgbImage): Promise<Uint8Array> {
  const source = sharp(data, { raw: { width, height, channels: 3 } })
  return new Uint8Array(await source.jpeg({ quality: jpegQuality, optimiseCoding: false }).toBuffer())
}
