import { isCancellation } from '../shared/errors.ts'
import type { Catalog } from './catalog/catalog.ts'
import { readWhole } from './files/read.ts'
import { defaultDecodeLimits } from './imaging/limits.ts'
import { makeThumbnail } from './imaging/make-thumbnail.ts'

/**
 * The thumbnail of a content (JPEG, oriented, sRGB, longer side 320 pixels at most): from the store, or, where it has been
 * evicted, made again from one of the content's files that is as it was when it was scanned, and kept. Null where no such file
 * can be read.
 *
 * Throws `cancelled`.
 */
export async function thumbnailOfContent(
  catalog: Catalog,
  contentId: number,
  signal?: AbortSignal,
): Promise<Uint8Array | null> {
  const kept = catalog.thumbnails.read(contentId)
  if (kept !== null) return kept
  for (const { path, stamp } of catalog.photos.copies(contentId)) {
    try {
      const { bytes } = await readWhole(path, stamp, { maxBytes: defaultDecodeLimits.maxBytes, signal })
      const made = await makeThumbnail(bytes, defaultDecodeLimits, signal)
      catalog.thumbnails.write(contentId, made)
      return made
    } catch (error) {
      if (isCancellation(error)) throw error
      // Another copy may be readable still.
    }
  }
  return null
}
