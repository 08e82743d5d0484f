import { renderView } from '../imaging/view.ts'
import { readWhole } from '../files/read.ts'
import { defaultDecodeLimits } from '../imaging/limits.ts'
import type { LibrarySession } from '../library-session.ts'

/** Longer side of a cached thumbnail, pixels. */
const thumbnailSide = 320

export interface Picture {
  bytes: Uint8Array
  type: string
}

/** The cached thumbnail of a catalogued photo, made anew when the cache has lost it; null for anything else. */
export async function thumbnailOf(session: LibrarySession, photoId: number): Promise<Picture | null> {
  const photo = session.review.photo(photoId)
  if (photo === undefined) return null
  const cached = session.catalog.thumbnails.read(photo.contentId)
  if (cached !== null) return { bytes: cached, type: 'image/jpeg' }
  const made = await pictureOf(session, photoId, thumbnailSide)
  if (made !== null) session.catalog.thumbnails.write(photo.contentId, made.bytes)
  return made
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
