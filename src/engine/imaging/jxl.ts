import { brotliDecompressSync } from 'node:zlib'
import { readBoxes } from './iso-boxes.ts'

/** What a JPEG XL file (ISO/IEC 18181) says before its pixels. */
export interface JxlHeader {
  /** As shown: after the orientation in its header. */
  width: number
  height: number
  exif: Buffer | null
  xmp: Buffer | null
}

/** Metadata that is compressed may not grow beyond this. */
const mostMetadata = 4 * 2 ** 20

/** Bits of a codestream, least significant first; reading past the end throws RangeError. */
class BitReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  read(count: number): number {
    let value = 0
    for (let i = 0; i < count; i++, this.#at++) {
      value += ((this.#bytes.readUInt8(this.#at >> 3) >> (this.#at & 7)) & 1) * 2 ** i
    }
    return value
  }
}

/** Width over height by the ratio of a size header; 0 means that the width is written out. */
const ratios = [0, 1, 1.2, 4 / 3, 1.5, 16 / 9, 1.25, 2] as const
const sizeBits = [9, 13, 18, 30] as const

/** Throws RangeError where the file ends within its header, Error where there is no codestream. */
export function readJxlHeader(file: Buffer): JxlHeader {
  const { codestream, exif, xmp } = openContainer(file)
  if (codestream.length < 2 || codestream.readUInt16BE(0) !== 0xff0a) throw new Error('no codestream')
  const bits = new BitReader(codestream.subarray(2))
  const small = bits.read(1) === 1
  const side = (): number => (small ? 8 * (bits.read(5) + 1) : bits.read(sizeBits[bits.read(2)] ?? 9) + 1)
  const high = side()
  const ratio = ratios[bits.read(3)] ?? 0
  const wide = ratio === 0 ? side() : Math.floor(high * ratio + 1e-9)
  const allDefault = bits.read(1) === 1
  const orientation = !allDefault && bits.read(1) === 1 ? bits.read(3) + 1 : 1
  return orientation >= 5 ? { width: high, height: wide, exif, xmp } : { width: wide, height: high, exif, xmp }
}

function openContainer(file: Buffer): { codestream: Buffer; exif: Buffer | null; xmp: Buffer | null } {
  if (file.length >= 2 && file.readUInt16BE(0) === 0xff0a) return { codestream: file, exif: null, xmp: null }
  let codestream: Buffer | null = null
  let [exif, xmp]: [Buffer | null, Buffer | null] = [null, null]
  for (const { type, content } of readBoxes(file)) {
    if (type === 'jxlc') codestream ??= content
    if (type === 'jxlp') codestream ??= content.subarray(4)
    const packed = type === 'brob' ? content.toString('latin1', 0, 4) : type
    const read = (): Buffer | null => (type === 'brob' ? unpack(content.subarray(4)) : content)
    // Four bytes say how far behind them the TIFF structure begins.
    if (packed === 'Exif') exif ??= read()?.subarray(4) ?? null
    if (packed === 'xml ') xmp ??= read()
  }
  return { codestream: codestream ?? Buffer.alloc(0), exif, xmp }
}

function unpack(packed: Buffer): Buffer | null {
  try {
    return brotliDecompressSync(packed, { maxOutputLength: mostMetadata })
  } catch {
    return null // Broken or far too large: metadata never fails a photo.
  }
}
