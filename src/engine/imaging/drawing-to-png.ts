import { sharp } from './sharp.ts'

/** Pixels of the picture for each pixel of the drawing. */
const sharpness = 2

/** Closed to photos: see `sharp.ts`. */
const svgLoader = { operation: ['VipsForeignLoadSvg'] }

/**
 * An SVG drawing of ours as PNG bytes, twice as large as it says. One at a time, and not while photos are read: the decoder of
 * SVG is open in the whole process for as long as it takes.
 */
export async function drawingToPng(svg: string): Promise<Buffer> {
  sharp.unblock(svgLoader)
  try {
    // 72 dpi is a pixel a pixel.
    return await sharp(Buffer.from(svg), { density: 72 * sharpness })
      .png({ compressionLevel: 9 })
      .toBuffer()
  } finally {
    sharp.block(svgLoader)
  }
}
