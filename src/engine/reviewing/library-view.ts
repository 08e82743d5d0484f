import type { LibraryFolder, LibraryView } from '../../shared/contract/scan.ts'
import { displayPath } from '../../shared/domain/file-path.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { nameOf } from '../files/native-path.ts'
import type { ReviewSession } from './review-session.ts'

/** The library as its screen shows it: folders and totals. */
export function viewLibrary(
  catalog: Catalog,
  review: ReviewSession,
  watchOf: (folderId: number) => LibraryFolder['watch'],
): LibraryView {
  const counts = catalog.photos.counts()
  const { tiers } = review.summary()
  return {
    folders: catalog.folders.list().map((folder) => ({
      id: folder.id,
      path: displayPath(folder.path),
      name: displayPath(nameOf(folder.path)) || displayPath(folder.path),
      photos: folder.photos,
      bytes: folder.bytes,
      lastScanMs: folder.lastScanMs,
      state: folder.online ? 'online' : 'offline',
      watch: watchOf(folder.id),
    })),
    photos: counts.photos,
    bytes: counts.bytes,
    unreadable: counts.unreadable,
    truncated: counts.truncated,
    duplicates: review.duplicateCount(),
    couldFreeBytes: tiers.reduce((most, tier) => Math.max(most, tier.couldFreeBytes), 0),
  }
}
