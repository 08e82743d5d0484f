import { renderView } from '../imaging/view.ts'
import { readWhole } from '../files/read.ts'
import { defaultDecodeLimits } from '../imaging/limits.ts'
import type { LibrarySession } from '../library-session.ts'
import { thumbnailOfContent } from '../thumbnail-of-content.ts'

export interface Picture {
  bytes: Uint8Array
  type: string
}

/** The thumbnail of a catalogued photo; null for anything else. */
export async function thumbnailOf(session: LibrarySession, photoId: number): Promise<Picture | null> {
  const photo = session.review.photo(photoId)
  if (photo === undefined) return null
  const bytes = await thumbnailOfContent(session.catalog, photo.contentId)
  return bytes && { bytes, type: 'image/jpeg' }
}

/** A catalogued photo as an oriented sRGB JPEG of at most `maxSide` pixels; null when it is not catalogued or can't be shown. */
export async function pictureOf(session: LibrarySession, photoId: number, maxSide: number): Promise<Picture | null> {
  const photo = session.review.photo(photoId)
  if (photo === undefined) return null
  try {
    const { bytes } = await readWhole(photo.path, null, { maxBytes: defaultDecodeLimits.maxBytes })
    return { bytes: await renderView(bytes, { maxSide, limits: defaultDecodeLimits }), type: 'image/jpeg' }
  } catch {
    return null
  }
}
