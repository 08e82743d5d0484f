import { sharp } from './sharp.ts'
import type { RgbImage } from './resample.ts'

/** The pixels of a small JPEG of ours (a thumbnail), RGB. Throws what sharp throws where it is none. */
export async function readRgb(jpeg: Uint8Array): Promise<RgbImage> {
  const { data, info } = await sharp(jpeg)
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { data, width: info.width, height: info.height }
}

/** JPEG bytes of RGB pixels, for the screen. */
export async function writeJpeg({ data, width, height }: RgbImage): Promise<Uint8Array> {
  const source = sharp(data, { raw: { width, height, channels: 3 } })
  return new Uint8Array(await source.jpeg({ quality: 88, chromaSubsampling: '4:4:4' }).toBuffer())
}
