import { decodeBmp, readBmpHeader } from './bmp.ts'
import type { RgbImage } from './resample.ts'

/** The largest picture of an icon file (Windows ICO). */
export interface IconPicture {
  /** A PNG file, or a bitmap without its file header, its height counting colours and mask. */
  kind: 'png' | 'bitmap'
  bytes: Buffer
}

const bitmapHeader = 40
const fileHeader = 14

/** The picture with most pixels, then most bits; null where the directory holds nothing sensible. */
export function largestIcon(file: Buffer): IconPicture | null {
  if (file.length < 6) return null
  let best: { picture: IconPicture; rank: number } | null = null
  for (let i = 0; i < file.readUInt16LE(4) && 22 + 16 * i <= file.length; i++) {
    const entry = 6 + 16 * i
    const [width, height] = [file[entry] || 256, file[entry + 1] || 256]
    const offset = file.readUInt32LE(entry + 12)
    const bytes = file.subarray(offset, offset + file.readUInt32LE(entry + 8))
    if (bytes.length < bitmapHeader) continue
    const kind = bytes.readUInt32BE(0) === 0x89504e47 ? 'png' : 'bitmap'
    if (kind === 'bitmap' && bytes.readUInt32LE(0) !== bitmapHeader) continue
    const rank = width * height * 64 + file.readUInt16LE(entry + 6)
    if (best === null || rank > best.rank) best = { picture: { kind, bytes }, rank }
  }
  return best?.picture ?? null
}

/** As a BMP file of the colours alone. Throws what `readBmpHeader` throws. */
function asBmp(bitmap: Buffer): Buffer {
  const file = Buffer.concat([Buffer.alloc(fileHeader), bitmap])
  file.write('BM', 0, 'latin1')
  file.writeInt32LE(Math.trunc(bitmap.readInt32LE(8) / 2), fileHeader + 8)
  const { headerSize, paletteColours, bits } = readBmpHeader(file)
  file.writeUInt32LE(fileHeader + headerSize + (bits <= 8 ? paletteColours * 4 : 0), 10)
  return file
}

/** Size of an icon's bitmap. Throws RangeError where it is cut short, Error where it makes no sense. */
export function readIconSize(bitmap: Buffer): { width: number; height: number } {
  return readBmpHeader(asBmp(bitmap))
}

/** An icon's bitmap on white: by its alpha where any is set, else by its mask of one bit a pixel. */
export function decodeIcon(bitmap: Buffer): RgbImage & { share: number } {
  const file = asBmp(bitmap)
  const header = readBmpHeader(file)
  const image = decodeBmp(file)
  const { width, height, bits, pixelsAt } = header
  const stride = Math.ceil((width * bits) / 32) * 4
  const maskAt = pixelsAt + stride * height
  const maskStride = Math.ceil(width / 32) * 4
  const opacity = new Uint8Array(width * height)
  let anyAlpha = false
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const row = height - 1 - y
      const alpha = bits === 32 ? (file[pixelsAt + row * stride + 4 * x + 3] ?? 0) : 0
      anyAlpha ||= alpha > 0
      opacity[y * width + x] = alpha
    }
  }
  for (let i = 0; i < opacity.length; i++) {
    const [x, row] = [i % width, height - 1 - Math.floor(i / width)]
    const hidden = ((file[maskAt + row * maskStride + (x >> 3)] ?? 0) >> (7 - (x & 7))) & 1
    const alpha = anyAlpha ? (opacity[i] ?? 0) : hidden ? 0 : 255
    for (let c = 0; c < 3; c++) {
      const level = image.data[i * 3 + c] ?? 255
      image.data[i * 3 + c] = Math.round((level * alpha + 255 * (255 - alpha)) / 255)
    }
  }
  return image
}
