import { TwinlensError } from '../../shared/errors.ts'
import { readBmpHeader } from './bmp.ts'
import { isOutsideFormat, type OutsideFormat } from './decoder-messages.ts'
import { readIconSize } from './ico.ts'
import { isSrgbProfile } from './icc-profile.ts'
import { readJxlHeader } from './jxl.ts'
import { assertPixelsWithin, type DecodeLimits } from './limits.ts'
import type { PhotoHeader } from './photo-header.ts'
import { psdModes, readPsdHeader } from './psd.ts'
import { readTgaHeader } from './tga.ts'

/** Formats whose header is read here; libvips reads that of HEIC. */
export type OwnFormat = Exclude<OutsideFormat, 'heic'>

export function isOwnFormat(format: string): format is OwnFormat {
  return format !== 'heic' && isOutsideFormat(format)
}

type Facts = { width: number; height: number } & Partial<Pick<PhotoHeader, 'exif' | 'xmp' | 'profile'>>

/** Bytes of memory for each pixel while it is decoded: 32-bit planes in jxl-oxide, planes and RGB in PSD, RGB elsewhere. */
const bytesForPixel: Record<OwnFormat, number> = { bmp: 3, tga: 3, ico: 4, psd: 7, jxl: 24 }

/** WebAssembly has 4 GB at most, and a picture of this size takes jxl-oxide longer than a decoding may. */
const mostJxlPixels = 64_000_000

function factsOf(bytes: Buffer, format: OwnFormat): Facts {
  switch (format) {
    case 'bmp':
      return readBmpHeader(bytes)
    case 'ico':
      return readIconSize(bytes)
    case 'jxl':
      return readJxlHeader(bytes)
    case 'tga': {
      const header = readTgaHeader(bytes)
      if (header === null) throw new Error('not a TGA')
      return header
    }
    case 'psd': {
      const { merged, mode, profile, ...header } = readPsdHeader(bytes)
      if (!merged) {
        const message = 'This Photoshop document was saved without the merged picture that other programs can read.'
        throw new TwinlensError('unsupported-format', message)
      }
      const hasRgbProfile = mode === psdModes.rgb && profile !== null && profile.toString('latin1', 16, 20) === 'RGB '
      return { ...header, profile: hasRgbProfile && !isSrgbProfile(profile) ? profile : null }
    }
  }
}

/**
 * What a format that libvips does not know says before its pixels; what is too large is refused.
 * Throws `truncated`, `decode-error`, `too-large`, `unsupported-format`.
 */
export function readOutsideHeader(bytes: Buffer, format: OwnFormat, limits: DecodeLimits): PhotoHeader {
  try {
    const { width, height, exif, xmp, profile } = factsOf(bytes, format)
    const most = format === 'jxl' ? Math.min(mostJxlPixels, limits.maxBufferedPixels) : limits.maxBufferedPixels
    assertPixelsWithin(width, height, true, { ...limits, maxBufferedPixels: most })
    return {
      format,
      storedWidth: width,
      storedHeight: height,
      orientation: 1,
      page: 0,
      profile: profile ?? null,
      convertsInDecoder: false,
      exif: exif ?? null,
      xmp: xmp ?? null,
      jpeg: null,
      decoderBytes: width * height * bytesForPixel[format],
    }
  } catch (cause) {
    if (cause instanceof TwinlensError) throw cause
    const code = cause instanceof RangeError ? 'truncated' : 'decode-error'
    throw new TwinlensError(code, 'The beginning of the file is damaged; the picture cannot be opened.', { cause })
  }
}
