import type { ImageFormat } from '../../shared/contract/photo.ts'
import { TwinlensError } from '../../shared/errors.ts'
import { looksCutShort } from './cut-short.ts'
import { isSrgbProfile } from './icc-profile.ts'
import { readJpegFile, type JpegFile } from './jpeg-file.ts'
import { readJpegHeader, type FileHeader } from './jpeg-header.ts'
import { assertPixelsWithin, type DecodeLimits } from './limits.ts'
import { isOwnFormat, readOutsideHeader } from './outside-header.ts'
import { sharp } from './sharp.ts'

/** What is known of a photo before its pixels are decoded. */
export interface PhotoHeader {
  format: ImageFormat
  /** Pixels as stored, before orientation. */
  storedWidth: number
  storedHeight: number
  /** EXIF orientation that decoding has to apply; 1 where the decoder applies its container's own (HEIC, AVIF, JPEG XL). */
  orientation: number
  /** Which page holds the main picture of a HEIC file. */
  page: number
  /** RGB profile to be converted to sRGB after decoding; null when there is none, it is sRGB, or libvips has to do it. */
  profile: Buffer | null
  /** The decoder itself has to convert colours (CMYK, Lab, greyscale with a profile). */
  convertsInDecoder: boolean
  exif: Buffer | null
  xmp: Buffer | null
  jpeg: JpegFile | null
  /** Rough memory that decoding needs, for keeping giants apart. */
  decoderBytes: number
}

const wholePictureFormats = new Set<ImageFormat>(['heic', 'avif', 'webp', 'gif'])

async function readMetadata(bytes: Buffer, format: ImageFormat): Promise<FileHeader> {
  try {
    return await sharp(bytes, { failOn: 'none', limitInputPixels: false }).metadata()
  } catch (cause) {
    if (looksCutShort(bytes, format, cause)) {
      throw new TwinlensError('truncated', 'The file is cut short before its picture begins.', { cause })
    }
    throw new TwinlensError('decode-error', 'The beginning of the file is damaged; the picture cannot be opened.', {
      cause,
    })
  }
}

/**
 * Reads size, orientation, profile and metadata blocks, and refuses what is too large before any pixel is decoded.
 * Throws `truncated`, `decode-error`, `too-large`, `unsupported-format`.
 */
export async function readPhotoHeader(bytes: Buffer, format: ImageFormat, limits: DecodeLimits): Promise<PhotoHeader> {
  if (isOwnFormat(format)) return readOutsideHeader(bytes, format, limits)
  const jpeg = format === 'jpeg' ? readJpegFile(bytes) : null
  const metadata = (jpeg && readJpegHeader(jpeg)) ?? (await readMetadata(bytes, format))
  const { width, height } = metadata
  const progressive = metadata.isProgressive === true
  const whole = wholePictureFormats.has(format) || progressive
  assertPixelsWithin(width, height, whole, limits)
  const isRgb = metadata.space === 'srgb' || metadata.space === 'rgb16' || metadata.space === 'rgb'
  const icc = metadata.icc ?? null
  const hasRgbProfile = icc !== null && icc.length > 128 && icc.toString('latin1', 16, 20) === 'RGB '
  return {
    format,
    storedWidth: width,
    storedHeight: height,
    orientation: format === 'heic' || format === 'avif' ? 1 : (metadata.orientation ?? 1),
    page: metadata.pagePrimary ?? 0,
    profile: isRgb && hasRgbProfile && !isSrgbProfile(icc) ? icc : null,
    convertsInDecoder: !isRgb,
    // libvips hands on no EXIF of a TIFF, whose own directories are just that.
    exif: format === 'tiff' ? bytes : (metadata.exif ?? null),
    xmp: metadata.xmp ?? null,
    jpeg,
    decoderBytes: whole ? width * height * (progressive && format === 'jpeg' ? 3 : 4) : 0,
  }
}

/** Size after orientation. */
export function orientedSize(header: PhotoHeader): { width: number; height: number } {
  const { storedWidth: width, storedHeight: height, orientation } = header
  return orientation >= 5 ? { width: height, height: width } : { width, height }
}
