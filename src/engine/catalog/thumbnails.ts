import { asBuffer, newer, type Connection } from './database.ts'

/**
 * JPEG thumbnails in a file of their own: a cache that can be thrown away. Keyed by content hash, not id: the two files are
 * not committed as one, and a thumbnail must never show under another photo's name.
 */
export interface Thumbnails {
  /** The thumbnail of a content, null where there is none (any more). */
  read(contentId: number): Uint8Array | null
  write(contentId: number, jpeg: Uint8Array): void
}

export interface ThumbnailWriter {
  /** Writes in one transaction of the thumbnail file. */
  writeAll(thumbnails: readonly { hash: Uint8Array; jpeg: Uint8Array }[]): void
}

const version = 1

export function prepareThumbnailFile(connection: Connection, path: string): void {
  const found = Number(connection.pragma('user_version', { simple: true }))
  if (found > version) throw newer(path)
  if (found === version) return
  connection
    .transaction(() => {
      connection.exec(`
        CREATE TABLE thumbnails (
          id INTEGER PRIMARY KEY,
          hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 16),
          jpeg BLOB NOT NULL
        ) STRICT`)
      connection.pragma(`user_version = ${version}`)
    })
    .exclusive()
}

export function createThumbnails(catalog: Connection, thumbnails: Connection): Thumbnails & ThumbnailWriter {
  const hashOf = catalog.prepare<[number], { hash: Buffer }>('SELECT hash FROM contents WHERE id = ?')
  const select = thumbnails.prepare<[Buffer], { jpeg: Buffer }>('SELECT jpeg FROM thumbnails WHERE hash = ?')
  const upsert = thumbnails.prepare(
    'INSERT INTO thumbnails (hash, jpeg) VALUES (?, ?) ON CONFLICT (hash) DO UPDATE SET jpeg = excluded.jpeg',
  )
  const writeAll = thumbnails.transaction((rows: readonly { hash: Uint8Array; jpeg: Uint8Array }[]) => {
    for (const { hash, jpeg } of rows) upsert.run(asBuffer(hash), asBuffer(jpeg))
  })
  return {
    read(contentId) {
      const hash = hashOf.get(contentId)?.hash
      return hash === undefined ? null : (select.get(hash)?.jpeg ?? null)
    },
    write(contentId, jpeg) {
      const hash = hashOf.get(contentId)?.hash
      if (hash !== undefined) upsert.run(hash, asBuffer(jpeg))
    },
    writeAll: (rows) => {
      if (rows.length > 0) writeAll(rows)
    },
  }
}
