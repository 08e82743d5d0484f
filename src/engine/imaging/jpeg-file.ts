/** What a JPEG file's segments say, told without decoding (ITU-T T.81 annex B). */
export interface JpegFile {
  width: number
  height: number
  progressive: boolean
  /** Huffman-coded, sequential or progressive, 8 bits and three components: what nearly every photo is. */
  usual: boolean
  /** Payloads of the APP segments that carry EXIF, XMP and pieces of the colour profile, in the file's order. */
  exif: readonly Buffer[]
  xmp: readonly Buffer[]
  profile: readonly Buffer[]
  /** Luma quantisation table, 64 values; null when the file has none before its picture data. */
  lumaTable: readonly number[] | null
  /** Parts that make the picture: tables, frame, scans, colour profile, Adobe marker. */
  pictureParts: readonly Uint8Array[]
}

const startOfScan = 0xda
const endMark = Buffer.from([0xff, 0xd9])
/** APP2 is kept only where it carries the colour profile: multi-picture indices (MPF) live there too. */
const iccMark = 'ICC_PROFILE\0'
const exifMark = 'Exif\0\0'
const xmpMark = 'http://ns.adobe.com/xap/1.0/\0'

function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
}

function keepsPicture(marker: number, payload: Buffer): boolean {
  if (marker === 0xe2) return payload.toString('latin1', 0, iccMark.length) === iccMark
  if (marker === 0xee) return true
  return !(marker >= 0xe0 && marker <= 0xef) && marker !== 0xfe
}

function firstTable(payload: Buffer): readonly number[] | null {
  const kind = payload[0] ?? 0
  const wide = kind >> 4 !== 0
  if ((kind & 15) !== 0 || payload.length < (wide ? 129 : 65)) return null
  return Array.from({ length: 64 }, (_, i) => (wide ? payload.readUInt16BE(1 + 2 * i) : (payload[1 + i] ?? 0)))
}

function keepBlock(payload: Buffer, blocks: Record<'exif' | 'xmp' | 'profile', Buffer[]>): void {
  const startsWith = (mark: string): boolean => payload.toString('latin1', 0, mark.length) === mark
  if (startsWith(exifMark)) blocks.exif.push(payload)
  else if (startsWith(xmpMark)) blocks.xmp.push(payload.subarray(xmpMark.length))
  else if (startsWith(iccMark)) blocks.profile.push(payload)
}

/** Walks the segments up to the first scan; null when they make no sense. Never reads outside `bytes`. */
export function readJpegFile(bytes: Buffer): JpegFile | null {
  const parts: Uint8Array[] = []
  let size: Pick<JpegFile, 'width' | 'height' | 'progressive' | 'usual'> | null = null
  const blocks = { exif: [] as Buffer[], xmp: [] as Buffer[], profile: [] as Buffer[] }
  let lumaTable: readonly number[] | null = null
  let at = 2
  while (at + 4 <= bytes.length) {
    if (bytes[at] !== 0xff) {
      at++ // Stray bytes between segments: decoders skip them too.
      continue
    }
    const marker = bytes[at + 1] ?? 0
    if (marker === 0xff) {
      at++
      continue
    }
    if (marker === 0 || marker === 1 || (marker >= 0xd0 && marker <= 0xd9)) {
      at += 2
      continue
    }
    const length = bytes.readUInt16BE(at + 2)
    if (length < 2) return null
    const payload = bytes.subarray(at + 4, at + 2 + length)
    if (isFrame(marker) && payload.length >= 5 && size === null) {
      size = {
        height: payload.readUInt16BE(1),
        width: payload.readUInt16BE(3),
        progressive: marker % 4 === 2,
        usual: marker <= 0xc2 && payload[0] === 8 && payload[5] === 3,
      }
    }
    if (marker === 0xe1 || marker === 0xe2) keepBlock(payload, blocks)
    if (marker === 0xdb) lumaTable ??= firstTable(payload)
    if (marker === startOfScan) {
      // Entropy-coded data stuffs every FF, so the first FF D9 ends the picture; what follows (videos, second pictures) is not it.
      const end = bytes.indexOf(endMark, at + 2 + length)
      parts.push(bytes.subarray(at, end < 0 ? bytes.length : end))
      return size === null ? null : { ...size, ...blocks, lumaTable, pictureParts: parts }
    }
    if (keepsPicture(marker, payload)) parts.push(bytes.subarray(at, at + 2 + length))
    at += 2 + length
  }
  return null
}

/** Luminance table of ITU-T T.81 K.1 in zigzag order: what "quality 50" is. */
const standardLuma = [
  16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61,
  60, 57, 51, 56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98, 103, 104, 103, 62, 77, 113, 121,
  112, 100, 120, 92, 101, 103, 99,
]

/** Quality 1–100 on libjpeg's scale whose table has the same sum; other encoders' tables give the nearest equivalent. */
export function estimateJpegQuality(lumaTable: readonly number[]): number {
  const percent = (100 * lumaTable.reduce((a, b) => a + b, 0)) / standardLuma.reduce((a, b) => a + b, 0)
  const quality = percent <= 100 ? (200 - percent) / 2 : 5000 / percent
  return Math.max(1, Math.min(100, Math.round(quality)))
}
