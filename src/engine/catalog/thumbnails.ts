import { asBuffer, hexOf, newer, type Connection } from './database.ts'
import { usedBytes } from './compaction.ts'

/**
 * JPEG thumbnails in a file of their own: a cache that can be thrown away. Keyed by content hash, not id: the two files are
 * not committed as one, and a thumbnail must never show under another photo's name.
 *
 * [Note: Thumbnail store] The file holds at most `capBytes`: when a batch takes it over that, those that were used longest ago
 * go, and their pages are filled again, so the file itself never grows beyond the cap by more than a batch. Uses are noted in
 * memory and written with the next batch or at the close: reading writes nothing.
 */
export interface Thumbnails {
  /** The thumbnail of a content, null where there is none (any more). */
  read(contentId: number): Uint8Array | null
  write(contentId: number, jpeg: Uint8Array): void
  /** From now on the file holds at most this much. Evicts at once. */
  setCap(capBytes: number): void
}

export interface ThumbnailWriter {
  /** Writes in one transaction of the thumbnail file. */
  writeAll(thumbnails: readonly { hash: Uint8Array; jpeg: Uint8Array }[]): void
  /** Writes down what was used last. */
  noteUses(): void
}

/** Step `n` (from 0) takes the file from `user_version` n to n + 1. Steps that were published never change. */
const steps = [
  `CREATE TABLE thumbnails (
     id INTEGER PRIMARY KEY,
     hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 16),
     jpeg BLOB NOT NULL
   ) STRICT`,
  `ALTER TABLE thumbnails ADD COLUMN used INTEGER NOT NULL DEFAULT 0;
   CREATE INDEX thumbnails_by_use ON thumbnails (used, id)`,
]

/** Eviction goes a little below the cap, so that it is not due again with the next photo. */
const shareKept = 0.95
const evictedAtOnce = 16
/** Uses are written when so many are waiting. */
const usesWaiting = 2_000

export function prepareThumbnailFile(connection: Connection, path: string): void {
  const found = Number(connection.pragma('user_version', { simple: true }))
  if (found > steps.length) throw newer(path)
  for (let at = found; at < steps.length; at++) {
    connection
      .transaction(() => {
        connection.exec(steps[at] ?? '')
        connection.pragma(`user_version = ${at + 1}`)
      })
      .exclusive()
  }
}

export function createThumbnails(
  catalog: Connection,
  thumbnails: Connection,
  capBytes: number,
): Thumbnails & ThumbnailWriter {
  const hashOf = catalog.prepare<[number], { hash: Buffer }>('SELECT hash FROM contents WHERE id = ?')
  const select = thumbnails.prepare<[Buffer], { jpeg: Buffer }>('SELECT jpeg FROM thumbnails WHERE hash = ?')
  const upsert = thumbnails.prepare(`
    INSERT INTO thumbnails (hash, jpeg, used) VALUES (?, ?, ?)
    ON CONFLICT (hash) DO UPDATE SET jpeg = excluded.jpeg, used = excluded.used`)
  const touch = thumbnails.prepare('UPDATE thumbnails SET used = ? WHERE hash = ?')
  const latest = thumbnails.prepare<[], { used: number | null }>('SELECT max(used) AS used FROM thumbnails')
  const evict = thumbnails.prepare(
    'DELETE FROM thumbnails WHERE id IN (SELECT id FROM thumbnails ORDER BY used, id LIMIT ?)',
  )
  let cap = capBytes
  // Uses are counted, not timed: a clock that is set back must not make new thumbnails old.
  let clock = latest.get()?.used ?? 0
  const waiting = new Map<string, { hash: Buffer; used: number }>()

  const noteUses = thumbnails.transaction(() => {
    for (const { hash, used } of waiting.values()) touch.run(used, hash)
    waiting.clear()
  })
  const evictOverCap = (): void => {
    if (usedBytes(thumbnails) <= cap) return
    noteUses()
    while (usedBytes(thumbnails) > cap * shareKept) if (evict.run(evictedAtOnce).changes === 0) return
  }
  const writeAll = thumbnails.transaction((rows: readonly { hash: Uint8Array; jpeg: Uint8Array }[]) => {
    for (const { hash, jpeg } of rows) upsert.run(asBuffer(hash), asBuffer(jpeg), ++clock)
  })
  return {
    read(contentId) {
      const hash = hashOf.get(contentId)?.hash
      const jpeg = hash === undefined ? null : (select.get(hash)?.jpeg ?? null)
      if (hash !== undefined && jpeg !== null) {
        waiting.set(hexOf(hash), { hash, used: ++clock })
        if (waiting.size >= usesWaiting) noteUses()
      }
      return jpeg
    },
    write(contentId, jpeg) {
      const hash = hashOf.get(contentId)?.hash
      if (hash === undefined) return
      writeAll([{ hash, jpeg }])
      evictOverCap()
    },
    writeAll: (rows) => {
      if (rows.length === 0) return
      writeAll(rows)
      evictOverCap()
    },
    setCap(bytes) {
      cap = bytes
      evictOverCap()
    },
    noteUses,
  }
}
