import type { PhotoAnalysis } from '../../shared/domain/analysis.ts'
import type { FilePath, FileStamp } from '../../shared/domain/file-path.ts'
import { pathToBytes } from '../../shared/domain/path-bytes.ts'
import { TwinlensError, type UnreadableCode } from '../../shared/errors.ts'
import { asBuffer, hexOf, type Connection } from './database.ts'
import type { Embedding, EmbeddingWriter } from './embeddings.ts'
import { stampValues } from './file-rows.ts'
import type { ThumbnailWriter } from './thumbnails.ts'

/** What a scan found out about one file. */
export interface FileRecord {
  folderId: number
  path: FilePath
  stamp: FileStamp
  scanId: number
  outcome:
    | {
        kind: 'photo'
        /** 16 bytes. */
        contentHash: Uint8Array
        /** Null where the catalog has this content already. */
        analysis: PhotoAnalysis | null
        embedding: { spaceId: number; vector: Float32Array } | null
        /** Of the picture within flat borders, where there are any; in a space of its own. */
        frameEmbedding?: { spaceId: number; vector: Float32Array } | null
        /** Why the backend that takes other photos did not take this one; a sentence. */
        notEmbedded?: string
      }
    | {
        kind: 'unreadable'
        code: UnreadableCode
        message: string
        /** Given where the fault is the content's, so that no copy of it is tried again; null where it is the file's. */
        contentHash: Uint8Array | null
      }
    | { kind: 'other' }
}

type Photo = Extract<FileRecord['outcome'], { kind: 'photo' }>
type Unreadable = Extract<FileRecord['outcome'], { kind: 'unreadable' }>

export interface BatchWriter {
  /**
   * Keeps a batch wholly or not at all: contents, embeddings and file rows in one transaction, thumbnails just before in
   * their own file. Returns the file ids in the order of the batch. Throws `internal` for a photo without analysis whose
   * content the catalog does not have.
   */
  record(batch: readonly FileRecord[]): number[]
  /** Marks a content as one that brings the decoder down, so that no file with it is decoded again. */
  quarantine(contentHash: Uint8Array, bytes: number, message: string): void
}

const upsertContent = `
  INSERT INTO contents (hash, bytes, state, format, width, height, orientation, truncated, taken_at, utc_offset,
                        metadata, quality, contrast, pixel_hash, p_hash, row_hash, column_hash)
  VALUES (?, ?, 'photo', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (hash) DO UPDATE SET
    state = 'photo', code = NULL, message = NULL, format = excluded.format, width = excluded.width,
    height = excluded.height, orientation = excluded.orientation, truncated = excluded.truncated,
    taken_at = excluded.taken_at, utc_offset = excluded.utc_offset, metadata = excluded.metadata,
    quality = excluded.quality, contrast = excluded.contrast, pixel_hash = excluded.pixel_hash,
    p_hash = excluded.p_hash, row_hash = excluded.row_hash, column_hash = excluded.column_hash
  RETURNING id`

/** What is known to be a photo stays one: a decoder that failed once does not take its results away. */
const insertUnreadable = `
  INSERT INTO contents (hash, bytes, state, code, message) VALUES (?, ?, 'unreadable', ?, ?)
  ON CONFLICT (hash) DO UPDATE SET code = excluded.code, message = excluded.message WHERE state = 'unreadable'`

const upsertFile = `
  INSERT INTO files (path, folder_id, bytes, modified_ns, device, inode, links, state, content_id, code, message)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (path) DO UPDATE SET
    folder_id = excluded.folder_id, bytes = excluded.bytes, modified_ns = excluded.modified_ns,
    device = excluded.device, inode = excluded.inode, links = excluded.links, state = excluded.state,
    content_id = excluded.content_id, code = excluded.code, message = excluded.message, offline = 0
  RETURNING id`

export function createBatchWriter(
  connection: Connection,
  embeddings: EmbeddingWriter,
  thumbnails: ThumbnailWriter,
  markSeen: (scanId: number, fileId: number) => void,
): BatchWriter {
  const content = connection.prepare<unknown[], { id: number }>(upsertContent)
  const unreadable = connection.prepare(insertUnreadable)
  const file = connection.prepare<unknown[], { id: number }>(upsertFile)
  const luma = connection.prepare('INSERT OR REPLACE INTO luma (content_id, luma) VALUES (?, ?)')
  const findContent = connection.prepare<[Buffer], { id: number }>('SELECT id FROM contents WHERE hash = ?')
  // A decision is about the picture that the person saw. When another one has come to its place, it is void.
  const forgetDecision = connection.prepare(`
    DELETE FROM decisions WHERE file_id = (SELECT id FROM files WHERE path = ? AND content_id IS NOT ?)`)

  const contentOf = ({ path, stamp }: FileRecord, outcome: Photo): number => {
    const hash = asBuffer(outcome.contentHash)
    if (outcome.analysis !== null) {
      const id = content.get(...contentValues(hash, stamp.bytes, outcome.analysis))?.id ?? 0
      luma.run(id, asBuffer(outcome.analysis.signature.luma))
      return id
    }
    const id = findContent.get(hash)?.id
    if (id === undefined) throw new TwinlensError('internal', `The content of ${path} (${hexOf(hash)}) is not known.`)
    return id
  }

  const unreadableContentOf = ({ stamp }: FileRecord, outcome: Unreadable): number | null => {
    if (outcome.contentHash === null) return null
    const hash = asBuffer(outcome.contentHash)
    unreadable.run(hash, stamp.bytes, outcome.code, outcome.message)
    return findContent.get(hash)?.id ?? null
  }

  const writeFile = (record: FileRecord, vectors: Map<number, Embedding[]>): number => {
    const { outcome, stamp } = record
    let contentId: number | null = null
    if (outcome.kind === 'photo') contentId = contentOf(record, outcome)
    else if (outcome.kind === 'unreadable') contentId = unreadableContentOf(record, outcome)
    if (outcome.kind === 'photo' && contentId !== null) {
      for (const embedding of [outcome.embedding, outcome.frameEmbedding]) {
        if (!embedding) continue
        const { spaceId, vector } = embedding
        vectors.set(spaceId, [...(vectors.get(spaceId) ?? []), { contentId, vector }])
      }
    }
    const path = asBuffer(pathToBytes(record.path))
    const fault = faultOf(outcome)
    forgetDecision.run(path, contentId)
    return file.get(path, record.folderId, ...stampValues(stamp), outcome.kind, contentId, ...fault)?.id ?? 0
  }

  const write = connection.transaction((batch: readonly FileRecord[]): number[] => {
    const vectors = new Map<number, Embedding[]>()
    const ids = batch.map((record) => writeFile(record, vectors))
    for (const [spaceId, rows] of vectors) embeddings.append(spaceId, rows)
    // Last inside the catalog's transaction: a thumbnail without a photo harms nobody, a photo without one is a hole.
    thumbnails.writeAll(batch.flatMap(thumbnailOf))
    return ids
  })

  return {
    record(batch) {
      try {
        const ids = write.immediate(batch)
        batch.forEach((record, at) => markSeen(record.scanId, ids[at] ?? 0))
        return ids
      } catch (error) {
        embeddings.refresh()
        throw error
      }
    },
    quarantine: (contentHash, bytes, message) =>
      void unreadable.run(asBuffer(contentHash), bytes, 'decoder-crashed', message),
  }
}

/** What is listed of a file: code and message. */
function faultOf(outcome: FileRecord['outcome']): [UnreadableCode, string] | [null, null] {
  if (outcome.kind === 'unreadable') return [outcome.code, outcome.message]
  if (outcome.kind === 'photo' && outcome.notEmbedded !== undefined) return ['not-embedded', outcome.notEmbedded]
  return [null, null]
}

function thumbnailOf({ outcome }: FileRecord): { hash: Uint8Array; jpeg: Uint8Array }[] {
  if (outcome.kind !== 'photo' || outcome.analysis === null) return []
  return [{ hash: outcome.contentHash, jpeg: outcome.analysis.thumbnail }]
}

function contentValues(hash: Buffer, bytes: number, analysis: PhotoAnalysis): unknown[] {
  const { metadata, quality, signature } = analysis
  return [
    hash,
    bytes,
    analysis.format,
    analysis.width,
    analysis.height,
    analysis.orientation,
    analysis.truncated ? 1 : 0,
    metadata.takenAt,
    metadata.utcOffset,
    JSON.stringify(metadata),
    JSON.stringify(quality),
    quality.contrast,
    analysis.pixelHash === null ? null : asBuffer(analysis.pixelHash),
    asBuffer(signature.pHash),
    asBuffer(signature.rowHash),
    asBuffer(signature.columnHash),
  ]
}
