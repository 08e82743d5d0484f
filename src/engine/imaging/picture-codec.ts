import { sharp } from './sharp.ts'

/**
 * Encodes the model's pixels (height × width × 3 bytes RGB) for servers that take pictures. JPEG: quality 95 without chroma
 * subsampling, the loss that parity allows for (cosine ≥ 0.995). PNG: lossless, compressed lightly, since it saves encoding time
 * and the network is not the bottleneck where it is used.
 */
export const pictureCodec = {
  async jpeg(pixels: Uint8Array, width: number, height: number): Promise<Uint8Array> {
    return sharp(pixels, { raw: { width, height, channels: 3 } })
      .jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
      .toBuffer()
  },
  async png(pixels: Uint8Array, width: number, height: number): Promise<Uint8Array> {
    return sharp(pixels, { raw: { width, height, channels: 3 } })
      .png({ compressionLevel: 2 })
      .toBuffer()
  },
}

/** What a server sees of the model's pixels that `pictureCodec.jpeg` has encoded: height × width × 3 bytes RGB. */
export async function pixelsThroughJpeg(pixels: Uint8Array, width: number, height: number): Promise<Uint8Array> {
  return new Uint8Array(
    await sharp(await pictureCodec.jpeg(pixels, width, height))
      .raw()
      .toBuffer(),
  )
}
