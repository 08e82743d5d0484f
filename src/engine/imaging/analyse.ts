import type { Preprocessing } from '../../shared/contract/photo.ts'
import type { PhotoAnalysis } from '../../shared/domain/analysis.ts'
import { throwIfCancelled } from '../../shared/errors.ts'
import { framePixelsOf } from './frame-pixels.ts'
import { inHeavyLane } from './heavy-lane.ts'
import type { DecodeLimits } from './limits.ts'
import { readMetadata } from './metadata.ts'
import { modelPixelsOf } from './model-pixels.ts'
import { openPhoto } from './open-photo.ts'
import { orientedSize } from './photo-header.ts'
import { hashPixels } from './pixel-hash.ts'
import { measureQuality } from './quality.ts'
import { releasePixels } from './release-pixels.ts'
import { decodeRendition } from './rendition.ts'
import { computeSignature, lumaOf } from './signature.ts'
import { encodeThumbnail, reduceToThumbnail } from './thumbnail.ts'

export interface AnalyseOptions {
  /** How the model wants its pixels; null when no model is in use. */
  preprocessing: Preprocessing | null
  limits: DecodeLimits
  signal?: AbortSignal
}

/**
 * Everything Twinlens wants to know of a photo, from its bytes and one decoding ([Note: The rendition]). Calls may run side
 * by side; memory is bounded by `limits` and giants go one at a time.
 * Throws TwinlensError: `empty`, `not-an-image`, `unsupported-format`, `truncated` (less than a tenth could be shown),
 * `too-large`, `decode-error`, `decode-timeout`, `cancelled`.
 */
export async function analysePhoto(bytes: Buffer, options: AnalyseOptions): Promise<PhotoAnalysis> {
  const { preprocessing, limits, signal } = options
  throwIfCancelled(signal)
  const photo = await openPhoto(bytes, limits)
  const { format, header, picture } = photo
  throwIfCancelled(signal)
  const rendition = await inHeavyLane(header.decoderBytes, signal, () =>
    decodeRendition(picture, header, limits, signal),
  )
  throwIfCancelled(signal)
  const { width, height } = orientedSize(header)
  const small = reduceToThumbnail(rendition, width, height)
  const thumbnail = encodeThumbnail(small)
  const plane = lumaOf(small.data, small.width, small.height)
  const signature = computeSignature(plane)
  const modelPixels = preprocessing === null ? null : modelPixelsOf(rendition, width, height, preprocessing)
  const framePixels = preprocessing === null ? null : framePixelsOf(rendition, plane, preprocessing)
  const analysis: PhotoAnalysis = {
    format,
    width: photo.width,
    height: photo.height,
    orientation: header.orientation,
    truncated: rendition.truncated,
    metadata: readMetadata(photo.exif, photo.xmp),
    quality: measureQuality(plane, signature.luma, header.jpeg),
    signature,
    pixelHash: hashPixels(bytes, format, header.orientation, header.jpeg),
    thumbnail: await thumbnail,
    modelPixels,
    framePixels,
  }
  releasePixels(rendition.data)
  releasePixels(small.data)
  return analysis
}
