import { xxh3 } from '@node-rs/xxhash'
import type { ImageFormat } from '../../shared/contract/photo.ts'
import type { JpegFile } from './jpeg-file.ts'

const pngParts = new Set(['IHDR', 'PLTE', 'tRNS', 'IDAT', 'gAMA', 'iCCP', 'sRGB', 'cHRM'])
const webpParts = new Set(['VP8 ', 'VP8L', 'ALPH', 'ICCP', 'ANMF'])

/** Chunks of a PNG that make the picture (W3C PNG, third edition, section 5.6); null when there is no picture data. */
function pngPictureParts(bytes: Buffer): Uint8Array[] | null {
  const parts: Uint8Array[] = []
  let hasData = false
  for (let at = 8; at + 12 <= bytes.length;) {
    const length = bytes.readUInt32BE(at)
    const type = bytes.toString('latin1', at + 4, at + 8)
    if (type === 'IDAT') {
      // The encoder's cutting into chunks does not count, so only what is inside does.
      parts.push(bytes.subarray(at + 8, at + 8 + length))
      hasData = true
    } else if (pngParts.has(type)) {
      parts.push(bytes.subarray(at + 4, at + 8 + length))
    }
    at += 12 + length
  }
  return hasData ? parts : null
}

/** Chunks of a WebP (RFC 9649 section 2.3) that make the picture. */
function webpPictureParts(bytes: Buffer): Uint8Array[] | null {
  const parts: Uint8Array[] = []
  for (let at = 12; at + 8 <= bytes.length;) {
    const length = bytes.readUInt32LE(at + 4)
    const type = bytes.toString('latin1', at, at + 4)
    if (webpParts.has(type)) parts.push(bytes.subarray(at, at + 8 + length))
    at += 8 + length + (length % 2)
  }
  return parts.length > 0 ? parts : null
}

/**
 * XXH3-128 of the compressed picture data, of what changes its look, and of the EXIF orientation; metadata is left out.
 * 16 bytes; null for formats where that part cannot be told apart. Not for security: a pair found this way is "same pixels"
 * evidence, and whatever removes files compares the bytes of all of it by content hash.
 */
export function hashPixels(
  bytes: Buffer,
  format: ImageFormat,
  orientation: number,
  jpeg: JpegFile | null,
): Uint8Array | null {
  let parts: readonly Uint8Array[] | null = null
  if (format === 'jpeg') parts = jpeg?.pictureParts ?? null
  else if (format === 'png') parts = pngPictureParts(bytes)
  else if (format === 'webp') parts = webpPictureParts(bytes)
  if (parts === null) return null
  const hash = xxh3.xxh128(Buffer.concat([...parts, Uint8Array.of(orientation)]))
  const result = Buffer.alloc(16)
  result.writeBigUInt64BE(hash >> 64n, 0)
  result.writeBigUInt64BE(hash & 0xffff_ffff_ffff_ffffn, 8)
  return new Uint8Array(result)
}
