import type { ImageFormat } from '../../shared/contract/photo.ts'
import { TwinlensError } from '../../shared/errors.ts'
import type { ExifFields } from './exif.ts'
import { largestIcon } from './ico.ts'
import { identifyPhoto } from './identify.ts'
import type { DecodeLimits } from './limits.ts'
import { orientedSize, readPhotoHeader, type PhotoHeader } from './photo-header.ts'
import { openRawFile } from './raw-file.ts'

/** A photo that is ready to be decoded. */
export interface OpenedPhoto {
  /** Of the file. */
  format: ImageFormat
  /** Bytes of the picture that is decoded: the file, or the one inside a raw file or an icon. */
  picture: Buffer
  /** Of that picture; its `format` says how it is coded. */
  header: PhotoHeader
  /** Pixels of the photo after orientation: of a raw file what it develops to, so more than its preview may have. */
  width: number
  height: number
  exif: Buffer | ExifFields | null
  xmp: Buffer | null
}

/**
 * Tells what a file is by its content, finds the picture in it and reads what it says; no pixel is decoded.
 * Throws TwinlensError: `empty`, `not-an-image`, `unsupported-format`, `truncated`, `too-large`, `decode-error`.
 */
export async function openPhoto(bytes: Buffer, limits: DecodeLimits): Promise<OpenedPhoto> {
  const format = identifyPhoto(bytes, limits)
  if (format === 'raw') return openRaw(bytes, limits)
  if (format === 'ico') return openIcon(bytes, limits)
  return opened(format, bytes, await readPhotoHeader(bytes, format, limits))
}

function opened(format: ImageFormat, picture: Buffer, header: PhotoHeader): OpenedPhoto {
  return { format, picture, header, ...orientedSize(header), exif: header.exif, xmp: header.xmp }
}

async function openRaw(bytes: Buffer, limits: DecodeLimits): Promise<OpenedPhoto> {
  const raw = openRawFile(bytes)
  const own = await readPhotoHeader(raw.preview, 'jpeg', limits)
  // Previews without EXIF lie as the sensor does, so the container's orientation is theirs; others know their own.
  const turned = own.exif === null && raw.orientation !== null && raw.orientation > 1 && raw.orientation <= 8
  const header = turned ? { ...own, orientation: raw.orientation ?? 1 } : own
  const picture = turned ? withOrientation(raw.preview, header.orientation) : raw.preview
  const { width, height } = orientedSize({ ...header, storedWidth: raw.width, storedHeight: raw.height })
  return { format: 'raw', picture, header, width, height, exif: raw.exif, xmp: raw.xmp ?? own.xmp }
}

/** A JPEG with a minimal EXIF segment before all others, so that whatever decodes it turns it. */
function withOrientation(jpeg: Buffer, orientation: number): Buffer {
  const start = Buffer.from([0xff, 0xd8, 0xff, 0xe1, 0, 34])
  // One directory at byte 8 with one entry: tag 274, type short, one value.
  const block = Buffer.from('Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0', 'latin1')
  block[25] = orientation
  return Buffer.concat([start, block, jpeg.subarray(2)])
}

async function openIcon(bytes: Buffer, limits: DecodeLimits): Promise<OpenedPhoto> {
  const icon = largestIcon(bytes)
  if (icon === null) throw new TwinlensError('truncated', 'The icon file ends before its pictures.')
  const coding = icon.kind === 'png' ? 'png' : 'ico'
  return opened('ico', icon.bytes, await readPhotoHeader(icon.bytes, coding, limits))
}
