import { TwinlensError } from '../../shared/errors.ts'
import { inHeavyLane } from './heavy-lane.ts'
import { wrapWithProfile } from './icc-profile.ts'
import type { DecodeLimits } from './limits.ts'
import { isOutsideFormat } from './decoder-messages.ts'
import { openPhoto } from './open-photo.ts'
import { orientedSize, type PhotoHeader } from './photo-header.ts'
import { decodeOutside } from './rendition.ts'
import { sharp } from './sharp.ts'

const jpegQuality = 90

async function encode(bytes: Buffer, header: PhotoHeader, maxSide: number, limits: DecodeLimits): Promise<Uint8Array> {
  const { width, height } = orientedSize(header)
  const factor = Math.min(1, maxSide / Math.max(width, height))
  const size = [Math.max(1, Math.round(width * factor)), Math.max(1, Math.round(height * factor))] as const
  const resize = { fit: 'fill', fastShrinkOnLoad: false } as const
  const jpeg = { quality: jpegQuality } as const
  if (!isOutsideFormat(header.format)) {
    return sharp(bytes, { failOn: 'none', limitInputPixels: limits.maxPixels })
      .autoOrient()
      .resize(...size, resize)
      .flatten({ background: '#ffffff' })
      .timeout({ seconds: limits.seconds })
      .jpeg(jpeg)
      .toBuffer()
  }
  const { source } = await decodeOutside(bytes, header, limits, undefined)
  const reduced = source.resize(...size, resize).flatten({ background: '#ffffff' })
  if (header.profile === null) return reduced.jpeg(jpeg).toBuffer()
  const { data, info } = await reduced.raw().toBuffer({ resolveWithObject: true })
  return sharp(wrapWithProfile(data, info.width, info.height, header.profile))
    .jpeg(jpeg)
    .toBuffer()
}

/**
 * A JPEG of a photo in any format for the viewer: oriented, sRGB, on white, at most `maxSide` pixels on the longer side (never
 * enlarged). Damaged files show what is left of them.
 * Throws TwinlensError with the codes of `analysePhoto`.
 */
export async function renderView(
  bytes: Buffer,
  { maxSide, limits }: { maxSide: number; limits: DecodeLimits },
): Promise<Uint8Array> {
  const { picture, header } = await openPhoto(bytes, limits)
  try {
    return await inHeavyLane(header.decoderBytes, undefined, () => encode(picture, header, maxSide, limits))
  } catch (error) {
    if (error instanceof TwinlensError) throw error
    throw new TwinlensError('decode-error', 'The picture is damaged and cannot be shown.', { cause: error })
  }
}
