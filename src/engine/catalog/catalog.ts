import { existsSync, mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { TwinlensError } from '../../shared/errors.ts'
import type { CatalogCheck, CatalogSize } from '../../shared/contract/catalog.ts'
import { checkBeside } from './check-beside.ts'
import { catalogFile, thumbnailFile } from './check-files.ts'
import { compactStep, usedBytes } from './compaction.ts'
import { createCorners, type Corners } from './corners.ts'
import { openDatabase, quickCheck, type Connection } from './database.ts'
import { createEmbeddings, type Embeddings } from './embeddings.ts'
import { createFolders, type Folders } from './folders.ts'
import { createJournal, type JournalStore } from './journal.ts'
import { createLinks, type Links } from './links.ts'
import { takeLock, type Lock } from './lock.ts'
import { migrate } from './migrations.ts'
import { createPhotoQueries, type PhotoQueries } from './photos.ts'
import { createBatchWriter, type BatchWriter } from './record-batch.ts'
import { createReviewMemory, type ReviewMemory } from './review-memory.ts'
import { createScanMarks, type ScanMarks } from './scan-marks.ts'
import { createKeyValues, createSettings, type KeyValues, type SettingsStore } from './settings.ts'
import { createSearchRecalls, type SearchRecalls } from './search-recall.ts'
import { createServerStore, type ServerStore } from './servers.ts'
import { createSignatures, type Signatures } from './signatures.ts'
import { createThumbnails, prepareThumbnailFile, type Thumbnails } from './thumbnails.ts'

/** Everything that Twinlens remembers, in one folder. One process at a time; every call is synchronous. */
export interface Catalog {
  readonly folders: Folders
  readonly photos: PhotoQueries & BatchWriter & ScanMarks & Signatures
  readonly thumbnails: Thumbnails
  readonly embeddings: Embeddings
  readonly corners: Corners
  readonly links: Links
  readonly searchRecalls: SearchRecalls
  readonly review: ReviewMemory
  readonly journal: JournalStore
  readonly settings: SettingsStore
  readonly servers: ServerStore
  readonly kv: KeyValues
  /** SQLite's full check of every file, on a thread of its own. */
  check(): Promise<CatalogCheck>
  size(): CatalogSize
  /**
   * Gives free pages back to the disk, a step at a time ([Note: Compaction]). Returns whether there is more to do: then call it
   * again with `begun`.
   */
  compact(begun: boolean): boolean
  /** Releases the files and the lock; the catalog cannot be used after. */
  close(): void
}

/**
 * Opens the catalog in this folder, made (mode 700) where missing.
 *
 * Throws `catalog-in-use` (another process has it), `catalog-newer` (a later version wrote it), `catalog-damaged` (names the
 * file; see `setAsideDamaged`). On every throw the lock is free again and nothing was changed.
 */
export function openCatalog(dir: string): Catalog {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const lock = takeLock(join(dir, 'lock.sqlite'))
  const opened: Connection[] = []
  try {
    const catalog = openChecked(join(dir, catalogFile), 'full', lock, opened)
    migrate(catalog, join(dir, catalogFile))
    const thumbnails = openChecked(join(dir, thumbnailFile), 'normal', lock, opened)
    prepareThumbnailFile(thumbnails, join(dir, thumbnailFile))
    return compose(dir, catalog, thumbnails, () => {
      for (const connection of opened) connection.close()
      lock.release([join(dir, catalogFile), join(dir, thumbnailFile)])
    })
  } catch (error) {
    for (const connection of opened) connection.close()
    lock.release([])
    throw error
  }
}

/**
 * Moves those files of the folder that are damaged out of the way, with their write-ahead logs, and returns where they are
 * now. The next `openCatalog` starts them empty. For an explicit request only: decisions and journals go with the file.
 */
export function setAsideDamaged(dir: string): string[] {
  const lock = takeLock(join(dir, 'lock.sqlite'))
  try {
    const stamp = new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '')
    const moved: string[] = []
    for (const name of [catalogFile, thumbnailFile]) {
      const path = join(dir, name)
      if (!existsSync(path) || isSound(path)) continue
      const aside = join(dir, `${name}.damaged-${stamp}`)
      for (const end of ['', '-wal', '-shm']) if (existsSync(path + end)) renameSync(path + end, aside + end)
      moved.push(aside)
    }
    return moved
  } finally {
    lock.release([])
  }
}

function isSound(path: string): boolean {
  const opened: Connection[] = []
  try {
    const connection = openChecked(path, 'full', null, opened)
    if (path.endsWith(catalogFile)) migrate(connection, path)
    return true
  } catch (error) {
    if (error instanceof TwinlensError && error.code === 'catalog-damaged') return false
    throw error
  } finally {
    for (const connection of opened) connection.close()
  }
}

function openChecked(
  path: string,
  synchronous: 'full' | 'normal',
  lock: Lock | null,
  opened: Connection[],
): Connection {
  // Asked before opening: that may already touch the file.
  const untouched = lock?.isUntouched(path) ?? false
  const connection = openDatabase(path, synchronous)
  opened.push(connection)
  if (!untouched) quickCheck(connection, path)
  return connection
}

function compose(dir: string, catalog: Connection, thumbnails: Connection, close: () => void): Catalog {
  const kv = createKeyValues(catalog)
  const settings = createSettings(kv)
  const thumbnailStore = createThumbnails(catalog, thumbnails, settings.read().thumbnailMegabytes * 2 ** 20)
  const embeddings = createEmbeddings(catalog)
  const marks = createScanMarks(catalog)
  return {
    folders: createFolders(catalog),
    photos: {
      ...createPhotoQueries(catalog),
      ...createBatchWriter(catalog, embeddings, thumbnailStore, marks.markSeen),
      ...marks,
      ...createSignatures(catalog),
    },
    thumbnails: thumbnailStore,
    embeddings,
    corners: createCorners(catalog),
    links: createLinks(catalog),
    searchRecalls: createSearchRecalls(kv),
    review: createReviewMemory(catalog),
    journal: createJournal(catalog),
    settings,
    servers: createServerStore(kv),
    kv,
    check: () => checkBeside(dir),
    size: () => ({ catalog: usedBytes(catalog), thumbnails: usedBytes(thumbnails) }),
    compact: (begun) => [catalog, thumbnails].map((connection) => compactStep(connection, begun)).includes(true),
    close: () => {
      thumbnailStore.noteUses()
      close()
    },
  }
}
