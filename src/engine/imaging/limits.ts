import { TwinlensError } from '../../shared/errors.ts'

/** What one photo may cost at most; guards against image bombs. */
export interface DecodeLimits {
  /** Width × height of formats that are decoded as a stream (baseline JPEG, PNG, TIFF). */
  maxPixels: number
  /** Width × height of pictures that a decoder must hold whole (HEIC, AVIF, WebP, GIF, BMP, interlaced or progressive). */
  maxBufferedPixels: number
  /** Bytes of the file. */
  maxBytes: number
  /** Seconds for each decoding step. */
  seconds: number
}

/** 500 megapixels streamed, 150 held whole (0.6 GB as RGBA, one at a time), files up to 1 GB, 30 seconds. */
export const defaultDecodeLimits: DecodeLimits = {
  maxPixels: 500_000_000,
  maxBufferedPixels: 150_000_000,
  maxBytes: 1_000_000_000,
  seconds: 30,
}

export function assertBytesWithin(bytes: number, limits: DecodeLimits): void {
  if (bytes === 0) throw new TwinlensError('empty', 'The file is empty.')
  if (bytes <= limits.maxBytes) return
  throw new TwinlensError(
    'too-large',
    `The file has ${Math.round(bytes / 1e6)} MB; Twinlens opens pictures up to ${Math.round(limits.maxBytes / 1e6)} MB.`,
  )
}

/** Throws `too-large` for more pixels than allowed, `decode-error` for sizes that no picture has. */
export function assertPixelsWithin(width: number, height: number, buffered: boolean, limits: DecodeLimits): void {
  if (!(width >= 1 && height >= 1)) {
    throw new TwinlensError('decode-error', `The file says that the picture is ${width} × ${height} pixels.`)
  }
  const most = buffered ? Math.min(limits.maxPixels, limits.maxBufferedPixels) : limits.maxPixels
  if (width * height <= most) return
  const megapixels = Math.round((width * height) / 1e6)
  throw new TwinlensError(
    'too-large',
    `The picture is ${width} × ${height} (${megapixels} megapixels); this kind is opened up to ${Math.round(most / 1e6)}.`,
  )
}
