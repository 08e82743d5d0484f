import { asBuffer, type Connection } from './database.ts'

/** Packed corners of contents. */
export interface Corners {
  /** Null where none were found yet. */
  read(contentId: number): Uint8Array | null
  /** Those of `contentIds` whose corners were not looked for yet. */
  missing(contentIds: Iterable<number>): number[]
  /** Keeps some, in one transaction. Contents that are gone are passed over. */
  record(found: readonly { contentId: number; scouts: Uint8Array }[]): void
}

export function createCorners(connection: Connection): Corners {
  const select = connection.prepare<[number], { scouts: Buffer }>('SELECT scouts FROM corners WHERE content_id = ?')
  const selectIds = connection.prepare<[], { id: number }>('SELECT content_id AS id FROM corners')
  const insert = connection.prepare(`
    INSERT INTO corners (content_id, scouts) SELECT id, ? FROM contents WHERE id = ?
    ON CONFLICT (content_id) DO UPDATE SET scouts = excluded.scouts`)
  const record = connection.transaction((found: readonly { contentId: number; scouts: Uint8Array }[]) => {
    for (const { contentId, scouts } of found) insert.run(asBuffer(scouts), contentId)
  })
  return {
    read: (contentId) => select.get(contentId)?.scouts ?? null,
    missing(contentIds) {
      const known = new Set(selectIds.all().map(({ id }) => id))
      return [...contentIds].filter((id) => !known.has(id))
    },
    record: (found) => record.immediate(found),
  }
}
