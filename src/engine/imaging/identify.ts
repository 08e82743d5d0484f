import type { ImageFormat } from '../../shared/contract/photo.ts'
import { TwinlensError } from '../../shared/errors.ts'
import { assertBytesWithin, type DecodeLimits } from './limits.ts'
import { isTiffRawFile } from './raw-file.ts'
import { describeNonImage, sniffFormat } from './sniff.ts'
import { readTgaHeader } from './tga.ts'

/** Bytes that tell what a file is. */
const headBytes = 4096

/**
 * The format of a file that is to be decoded, by its content.
 * Throws TwinlensError: `empty`, `too-large`, `not-an-image`, `unsupported-format`.
 */
export function identifyPhoto(bytes: Buffer, limits: DecodeLimits): ImageFormat {
  assertBytesWithin(bytes.length, limits)
  const head = bytes.subarray(0, headBytes)
  const format = sniffFormat(head)
  if (format === 'tiff' && isTiffRawFile(bytes)) return 'raw'
  if (format !== null) return format
  if (readTgaHeader(bytes) !== null) return 'tga'
  const { code, message } = describeNonImage(head, '')
  throw new TwinlensError(code, message)
}
