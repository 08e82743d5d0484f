import sharp from 'sharp'

/** Pixels of the picture for each pixel of the drawing. */
const sharpness = 2

/** An SVG drawing of ours as PNG bytes, twice as large as it says. */
export async function drawingToPng(svg: string): Promise<Buffer> {
  // 72 dpi is a pixel a pixel.
  return sharp(Buffer.from(svg), { density: 72 * sharpness })
    .png({ compressionLevel: 9 })
    .toBuffer()
}
