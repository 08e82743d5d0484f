import { z } from 'zod'
import { ImageFormat, PhotoMetadata, PhotoQuality } from '../../shared/contract/photo.ts'
import type { FilePath, FileStamp } from '../../shared/domain/file-path.ts'
import { bytesToPath, pathToBytes } from '../../shared/domain/path-bytes.ts'
import type { UnreadableCode } from '../../shared/errors.ts'
import { asBuffer, hexOf, type Connection } from './database.ts'
import { fileColumns, toFileRow, toStamp, toUnreadableCode, type FileRow, type RawFile } from './file-rows.ts'
import { parseJson } from './settings.ts'

export interface ContentRow {
  id: number
  /** 16 bytes. */
  hash: Uint8Array
  bytes: number
  state: 'photo' | 'unreadable'
  /** Of an unreadable content. */
  code: UnreadableCode | null
  message: string | null
}

/** What grouping and keep rules need of one photo. */
export interface PhotoRow {
  fileId: number
  folderId: number
  path: FilePath
  contentId: number
  stamp: FileStamp
  format: ImageFormat
  width: number
  height: number
  /** Local capture time and its offset from UTC, as in PhotoMetadata. */
  takenAt: string | null
  utcOffset: string | null
  truncated: boolean
  offline: boolean
  /** Standard deviation of luma, 0–128. */
  contrast: number
  /** 16 bytes; equal means the same pixels. */
  pixelHash: Uint8Array | null
}

export interface PhotoDetailsRow extends PhotoRow {
  contentHash: Uint8Array
  /** EXIF orientation 1–8. */
  orientation: number
  metadata: PhotoMetadata
  quality: PhotoQuality
}

export interface Counts {
  photos: number
  /** Of photos. */
  bytes: number
  unreadable: number
  truncated: number
  /** Files that are no pictures. */
  other: number
}

export interface UnreadableRow {
  id: number
  folderId: number
  path: FilePath
  code: UnreadableCode
  message: string
}

export interface PhotoQueries {
  /** The rows of those paths that the catalog knows. */
  lookup(paths: readonly FilePath[]): Map<FilePath, FileRow>
  /** Known contents by lower-case hex of the hash. */
  findContents(hashes: readonly Uint8Array[]): Map<string, ContentRow>
  getFile(id: number): (FileRow & { contentHash: Uint8Array | null }) | null
  /** The files that hold a content, those that are there first. */
  copies(contentId: number): FileRow[]
  removeFiles(ids: readonly number[]): void
  counts(): Counts
  /** Unreadable files in order of path bytes. */
  unreadable(offset: number, limit: number): { total: number; files: UnreadableRow[] }
  /** Photos whose file is cut short, in order of path bytes. */
  truncated(): FilePath[]
  /** Every photo in order of file id, read in pages. Other calls may be made meanwhile. */
  loadPhotos(): Generator<PhotoRow>
  /** Paths of the files that are no photos, in order of their bytes. */
  otherPaths(): Generator<FilePath>
  /** Null when there is no photo with this file id. */
  details(fileId: number): PhotoDetailsRow | null
}

interface RawPhoto extends Omit<RawFile, 'state' | 'code' | 'message'> {
  contentId: bigint
  format: string
  width: bigint
  height: bigint
  takenAt: string | null
  utcOffset: string | null
  truncated: bigint
  contrast: number | null
  pixelHash: Buffer | null
}

interface RawDetails extends RawPhoto {
  contentHash: Buffer
  orientation: bigint
  metadata: string
  quality: string
}

const photoColumns = `
  files.id, files.folder_id AS folderId, files.path, files.bytes, files.modified_ns AS modifiedNs, files.device,
  files.inode, files.links, files.content_id AS contentId, (files.offline OR NOT folders.online) AS offline,
  contents.format, contents.width, contents.height, contents.taken_at AS takenAt, contents.utc_offset AS utcOffset,
  contents.truncated, contents.contrast, contents.pixel_hash AS pixelHash`

const photoTables = `
  files JOIN contents ON contents.id = files.content_id JOIN folders ON folders.id = files.folder_id`

const pageRows = 5_000

interface RawContent {
  id: number
  hash: Buffer
  bytes: number
  state: 'photo' | 'unreadable'
  code: string | null
  message: string | null
}

export function createPhotoQueries(connection: Connection): PhotoQueries {
  const byPath = connection.prepare<[Buffer], RawFile>(`SELECT ${fileColumns} FROM files WHERE path = ?`).safeIntegers()
  const byId = connection
    .prepare<[number], RawFile & { contentHash: Buffer | null }>(
      `SELECT ${fileColumns}, contents.hash AS contentHash
       FROM files LEFT JOIN contents ON contents.id = files.content_id WHERE files.id = ?`,
    )
    .safeIntegers()
  const byHash = connection.prepare<[Buffer], RawContent>(
    'SELECT id, hash, bytes, state, code, message FROM contents WHERE hash = ?',
  )
  const byContent = connection
    .prepare<[number], RawFile>(
      `SELECT ${fileColumns} FROM files JOIN folders ON folders.id = files.folder_id
       WHERE files.content_id = ? AND files.state = 'photo' ORDER BY files.offline OR NOT folders.online, files.id`,
    )
    .safeIntegers()
  const remove = connection.prepare('DELETE FROM files WHERE id = ?')
  const counts = connection.prepare<[], Counts>(`
    SELECT count(*) FILTER (WHERE files.state = 'photo') AS photos,
           coalesce(sum(files.bytes) FILTER (WHERE files.state = 'photo'), 0) AS bytes,
           count(files.code) AS unreadable,
           count(*) FILTER (WHERE files.state = 'other') AS other,
           (SELECT count(*) FROM contents JOIN files AS f ON f.content_id = contents.id
            WHERE contents.truncated = 1 AND f.state = 'photo') AS truncated
    FROM files`)
  const unreadable = connection.prepare<
    [number, number],
    { id: number; folderId: number; path: Buffer; code: string | null; message: string | null }
  >(`SELECT id, folder_id AS folderId, path, code, message FROM files
     WHERE code IS NOT NULL ORDER BY path LIMIT ? OFFSET ?`)
  const unreadableCount = connection.prepare<[], { n: number }>(
    'SELECT count(*) AS n FROM files WHERE code IS NOT NULL',
  )
  const truncated = connection.prepare<[], { path: Buffer }>(
    `SELECT files.path FROM ${photoTables} WHERE contents.truncated = 1 AND files.state = 'photo' ORDER BY files.path`,
  )
  const others = connection.prepare<[], { path: Buffer }>("SELECT path FROM files WHERE state = 'other' ORDER BY path")
  const page = connection
    .prepare<[number, number], RawPhoto>(
      `SELECT ${photoColumns} FROM ${photoTables}
       WHERE files.state = 'photo' AND files.id > ? ORDER BY files.id LIMIT ?`,
    )
    .safeIntegers()
  const details = connection
    .prepare<[number], RawDetails>(
      `SELECT ${photoColumns}, contents.hash AS contentHash, contents.orientation, contents.metadata, contents.quality
       FROM ${photoTables} WHERE files.state = 'photo' AND files.id = ?`,
    )
    .safeIntegers()

  return {
    lookup(paths) {
      const found = new Map<FilePath, FileRow>()
      for (const path of paths) {
        const raw = byPath.get(asBuffer(pathToBytes(path)))
        if (raw !== undefined) found.set(path, toFileRow(raw, path))
      }
      return found
    },
    findContents(hashes) {
      const found = new Map<string, ContentRow>()
      for (const hash of hashes) {
        const row = byHash.get(asBuffer(hash))
        if (row !== undefined) found.set(hexOf(hash), { ...row, code: toUnreadableCode(row.code) })
      }
      return found
    },
    getFile(id) {
      const raw = byId.get(id)
      return raw === undefined ? null : { ...toFileRow(raw), contentHash: raw.contentHash }
    },
    copies: (contentId) => byContent.all(contentId).map((raw) => toFileRow(raw)),
    removeFiles(ids) {
      connection.transaction(() => {
        for (const id of ids) remove.run(id)
      })()
    },
    counts: () => counts.get() ?? { photos: 0, bytes: 0, unreadable: 0, truncated: 0, other: 0 },
    unreadable: (offset, limit) => ({
      total: unreadableCount.get()?.n ?? 0,
      files: unreadable.all(limit, offset).map((row) => ({
        id: row.id,
        folderId: row.folderId,
        path: bytesToPath(row.path),
        code: toUnreadableCode(row.code) ?? 'read-error',
        message: row.message ?? '',
      })),
    }),
    truncated: () => truncated.all().map((row) => bytesToPath(row.path)),
    *loadPhotos() {
      for (let last = 0; ;) {
        const rows = page.all(last, pageRows)
        for (const raw of rows) yield toPhotoRow(raw)
        const end = rows.at(-1)
        if (end === undefined || rows.length < pageRows) return
        last = Number(end.id)
      }
    },
    *otherPaths() {
      for (const { path } of others.all()) yield bytesToPath(path)
    },
    details(fileId) {
      const raw = details.get(fileId)
      if (raw === undefined) return null
      return {
        ...toPhotoRow(raw),
        contentHash: raw.contentHash,
        orientation: Number(raw.orientation),
        metadata: PhotoMetadata.parse(parseJson(raw.metadata)),
        quality: PhotoQuality.parse(parseJson(raw.quality)),
      }
    },
  }
}

/** One object a format, so that 100,000 rows share eight strings. */
const formats = new Map<string, ImageFormat>(ImageFormat.options.map((format) => [format, format]))

function toPhotoRow(raw: RawPhoto): PhotoRow {
  const format = formats.get(raw.format)
  if (format === undefined)
    throw new z.ZodError([{ code: 'custom', path: ['format'], message: raw.format, input: raw.format }])
  return {
    fileId: Number(raw.id),
    folderId: Number(raw.folderId),
    path: bytesToPath(raw.path),
    contentId: Number(raw.contentId),
    stamp: toStamp(raw),
    format,
    width: Number(raw.width),
    height: Number(raw.height),
    takenAt: raw.takenAt,
    utcOffset: raw.utcOffset,
    truncated: raw.truncated !== 0n,
    offline: raw.offline !== 0n,
    contrast: raw.contrast ?? 0,
    pixelHash: raw.pixelHash,
  }
}
