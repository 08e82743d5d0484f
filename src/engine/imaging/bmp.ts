import type { RgbImage } from './resample.ts'

/**
 * BMP (Microsoft "Bitmap Storage"): libvips as sharp ships it has no loader, and the decoders on npm misread palettes,
 * 16-bit masks and the pixel offset. Uncompressed 1, 4, 8, 16, 24, 32 bits, bit fields, RLE4 and RLE8, both row orders; alpha
 * (where a mask declares it) on white.
 */
export interface BmpHeader {
  width: number
  height: number
  topDown: boolean
  bits: number
  compression: number
  headerSize: number
  pixelsAt: number
  paletteColours: number
}

const rgb = 0
const rle8 = 1
const rle4 = 2
const bitFields = 3
const alphaBitFields = 6

/** Throws RangeError where the header runs past the end, Error where it says what no BMP says. */
export function readBmpHeader(file: Buffer): BmpHeader {
  const headerSize = file.readUInt32LE(14)
  const old = headerSize === 12
  const rawHeight = old ? file.readUInt16LE(20) : file.readInt32LE(22)
  const bits = file.readUInt16LE(old ? 24 : 28)
  const compression = old || headerSize < 20 ? rgb : file.readUInt32LE(30)
  const declared = headerSize >= 36 ? file.readUInt32LE(46) : 0
  const header = {
    width: old ? file.readUInt16LE(18) : file.readInt32LE(18),
    height: Math.abs(rawHeight),
    topDown: rawHeight < 0,
    bits,
    compression,
    headerSize,
    pixelsAt: file.readUInt32LE(10),
    paletteColours: bits > 8 ? 0 : Math.min(declared === 0 ? 1 << bits : declared, 1 << bits),
  }
  const fits =
    (compression === rgb && [1, 4, 8, 16, 24, 32].includes(bits)) ||
    (compression === rle8 && bits === 8) ||
    (compression === rle4 && bits === 4) ||
    ((compression === bitFields || compression === alphaBitFields) && (bits === 16 || bits === 32))
  if (!fits) throw new Error(`unsupported BMP: ${bits} bits, compression ${compression}`)
  return header
}

/** Palette as RGB triples; colours that the file does not reach are black. */
function readPalette(file: Buffer, header: BmpHeader): Uint8Array {
  const palette = new Uint8Array(3 << Math.min(8, header.bits))
  const entry = header.headerSize === 12 ? 3 : 4
  const masks = header.headerSize === 40 && header.compression === bitFields ? 12 : 0
  const from = 14 + header.headerSize + masks
  for (let i = 0; i < header.paletteColours; i++) {
    for (let c = 0; c < 3; c++) palette[i * 3 + c] = file[from + i * entry + 2 - c] ?? 0
  }
  return palette
}

interface Channel {
  shift: number
  max: number
}

function channel(mask: number): Channel {
  if (mask === 0) return { shift: 0, max: 0 }
  const shift = 31 - Math.clz32(mask & -mask)
  return { shift, max: mask >>> shift }
}

/** Red, green, blue, alpha channels of 16- and 32-bit pixels. */
function readChannels(file: Buffer, header: BmpHeader): Channel[] {
  if (header.compression === rgb) {
    return header.bits === 16 ? [0x7c00, 0x3e0, 0x1f, 0].map(channel) : [0xff0000, 0xff00, 0xff, 0].map(channel)
  }
  const hasAlpha = header.headerSize >= 56 || header.compression === alphaBitFields
  const masks = [0, 1, 2].map((i) => file.readUInt32LE(54 + 4 * i))
  return [...masks, hasAlpha ? file.readUInt32LE(66) : 0].map(channel)
}

/** Rows that the file does not hold stay white; `share` (0–1) says how many of them it holds. */
export function decodeBmp(file: Buffer): RgbImage & { share: number } {
  const header = readBmpHeader(file)
  const { width, height, bits } = header
  const data = new Uint8Array(width * height * 3).fill(255)
  const image = { data, width, height }
  if (header.compression === rle8 || header.compression === rle4) {
    return { ...image, share: decodeRuns(file, header, data) }
  }
  const stride = Math.ceil((width * bits) / 32) * 4
  const whole = Math.floor(Math.max(0, file.length - header.pixelsAt + 3) / stride)
  const writeRow = bits <= 8 ? paletteRows(file, header, data) : directRows(file, header, data)
  for (let row = 0; row < Math.min(height, whole); row++) {
    writeRow(header.pixelsAt + row * stride, (header.topDown ? row : height - 1 - row) * width * 3)
  }
  return { ...image, share: Math.min(1, whole / height) }
}

type WriteRow = (from: number, to: number) => void

function paletteRows(file: Buffer, { width, bits, ...header }: BmpHeader, data: Uint8Array): WriteRow {
  const palette = readPalette(file, { width, bits, ...header })
  const each = 8 / bits
  const mask = (1 << bits) - 1
  return (from, to) => {
    for (let x = 0; x < width; x++) {
      const byte = file[from + Math.floor(x / each)] ?? 0
      const index = (byte >> (8 - bits * ((x % each) + 1))) & mask
      for (let c = 0; c < 3; c++) data[to + x * 3 + c] = palette[index * 3 + c] ?? 0
    }
  }
}

function directRows(file: Buffer, header: BmpHeader, data: Uint8Array): WriteRow {
  const { width, bits } = header
  if (bits === 24) {
    return (from, to) => {
      for (let i = 0; i < width * 3; i += 3) {
        data[to + i] = file[from + i + 2] ?? 255
        data[to + i + 1] = file[from + i + 1] ?? 255
        data[to + i + 2] = file[from + i] ?? 255
      }
    }
  }
  const channels = readChannels(file, header)
  const alpha = channels[3] ?? { shift: 0, max: 0 }
  const size = bits / 8
  return (from, to) => {
    for (let x = 0; x < width; x++) {
      const at = from + x * size
      if (at + size > file.length) return
      const value = size === 2 ? file.readUInt16LE(at) : file.readUInt32LE(at)
      const opacity = alpha.max === 0 ? 1 : ((value >>> alpha.shift) & alpha.max) / alpha.max
      for (let c = 0; c < 3; c++) {
        const { shift, max } = channels[c] ?? alpha
        const level = max === 0 ? 0 : (((value >>> shift) & max) >>> 0) / max
        data[to + x * 3 + c] = Math.round(255 * (level * opacity + 1 - opacity))
      }
    }
  }
}

/** RLE4 and RLE8. Returns the share of rows begun before the data ended; 1 when it ends with its mark. */
function decodeRuns(file: Buffer, header: BmpHeader, data: Uint8Array): number {
  const { width, height } = header
  const palette = readPalette(file, header)
  const nibbles = header.compression === rle4
  let x = 0
  let row = 0
  const put = (index: number): void => {
    if (x < width && row < height) {
      const to = ((header.topDown ? row : height - 1 - row) * width + x) * 3
      for (let c = 0; c < 3; c++) data[to + c] = palette[index * 3 + c] ?? 0
    }
    x++
  }
  for (let at = header.pixelsAt; at + 1 < file.length && row < height;) {
    const count = file[at++] ?? 0
    const value = file[at++] ?? 0
    if (count > 0) {
      for (let i = 0; i < count; i++) put(!nibbles ? value : i % 2 === 0 ? value >> 4 : value & 15)
    } else if (value === 0) {
      x = 0
      row++
    } else if (value === 1) {
      return 1
    } else if (value === 2) {
      x += file[at++] ?? 0
      row += file[at++] ?? 0
    } else {
      for (let i = 0; i < value; i++) {
        const byte = file[at + (nibbles ? i >> 1 : i)] ?? 0
        put(!nibbles ? byte : i % 2 === 0 ? byte >> 4 : byte & 15)
      }
      const used = nibbles ? (value + 1) >> 1 : value
      at += used + (used % 2)
    }
  }
  return Math.min(1, row / height)
}
