import { createXXHash128 } from 'hash-wasm'
import type { ImageFormat } from '../../shared/contract/photo.ts'
import type { JpegFile } from './jpeg-file.ts'

/** SIMD in WebAssembly, for one call at a time. */
const hasher = await createXXHash128()

const pngParts = new Set(['IHDR', 'PLTE', 'tRNS', 'gAMA', 'iCCP', 'sRGB', 'cHRM'])
const webpParts = new Set(['VP8 ', 'VP8L', 'ALPH', 'ICCP', 'ANMF'])

/** Chunks of a PNG that make the picture (W3C PNG, third edition, section 5.6); null when there is no picture data. */
function pngPictureParts(bytes: Buffer): Uint8Array[] | null {
  const parts: Uint8Array[] = []
  const data: Uint8Array[] = []
  for (let at = 8; at + 12 <= bytes.length;) {
    const length = bytes.readUInt32BE(at)
    const type = bytes.toString('latin1', at + 4, at + 8)
    if (type === 'IDAT') data.push(bytes.subarray(at + 8, at + 8 + length))
    else if (pngParts.has(type)) parts.push(bytes.subarray(at + 4, at + 8 + length))
    at += 12 + length
  }
  // How the encoder cut its data into chunks does not count.
  return data.length > 0 ? [...parts, data.length === 1 ? (data[0] ?? Buffer.alloc(0)) : Buffer.concat(data)] : null
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
  // A hash of hashes: the parts lie scattered in the file, and joining them would copy all of it.
  const digests = Buffer.alloc(parts.length * 16 + 1, orientation)
  parts.forEach((part, i) => digests.set(hashOf(part), i * 16))
  return hashOf(digests)
}

/** In its canonical big-endian form. */
function hashOf(part: Uint8Array): Uint8Array {
  hasher.init()
  hasher.update(part)
  return hasher.digest('binary')
}
