import { inHeavyLane } from './heavy-lane.ts'
import type { DecodeLimits } from './limits.ts'
import { openPhoto } from './open-photo.ts'
import { orientedSize } from './photo-header.ts'
import { releasePixels } from './release-pixels.ts'
import { decodeRendition } from './rendition.ts'
import { encodeThumbnail, reduceToThumbnail } from './thumbnail.ts'

/** The thumbnail that `analysePhoto` makes of these bytes, byte for byte. Throws the same codes. */
export async function makeThumbnail(bytes: Buffer, limits: DecodeLimits, signal?: AbortSignal): Promise<Uint8Array> {
  const { picture, header } = await openPhoto(bytes, limits)
  const rendition = await inHeavyLane(header.decoderBytes, signal, () =>
    decodeRendition(picture, header, limits, signal),
  )
  const { width, height } = orientedSize(header)
  const small = reduceToThumbnail(rendition, width, height)
  const jpeg = await encodeThumbnail(small)
  releasePixels(rendition.data)
  releasePixels(small.data)
  return jpeg
}
