import type { ImageFormat } from '../../shared/contract/photo.ts'

const saysSo =
  /premature|truncat|incomplete|unexpected end|end of (file|image|stream|data)|eof|too short|short read|not enough|bad seek/i

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/**
 * Whether a file that a decoder refused ends too early: by the format's own structure where that is cheap to tell,
 * otherwise by the decoder's words.
 */
export function looksCutShort(bytes: Buffer, format: ImageFormat, error: unknown): boolean {
  switch (format) {
    case 'jpeg':
      return bytes.lastIndexOf(Buffer.from([0xff, 0xd9])) < 0
    case 'png':
      return bytes.lastIndexOf('IEND', undefined, 'latin1') < 0
    case 'webp':
      return bytes.length < 12 || bytes.readUInt32LE(4) + 8 > bytes.length
    case 'gif':
      return bytes.at(-1) !== 0x3b
    case 'tiff': {
      if (bytes.length < 8) return true
      const directory = bytes[0] === 0x4d ? bytes.readUInt32BE(4) : bytes.readUInt32LE(4)
      const isClassic = (bytes[2] === 42) !== (bytes[3] === 42)
      return (isClassic && directory + 2 > bytes.length) || saysSo.test(wordsOf(error))
    }
    default:
      return saysSo.test(wordsOf(error))
  }
}
