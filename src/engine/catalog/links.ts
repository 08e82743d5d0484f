import { packed, unpackInt32, type Connection } from './database.ts'

/** Scored pairs in columns of one length. */
export interface LinkColumns {
  /** Content ids, a < b. */
  a: Int32Array
  b: Int32Array
  /** Perceptual: 1 − distance/64. AI: cosine similarity. */
  score: Float32Array
  /** Hamming distance in bits; 255 where it does not apply. */
  distance: Uint8Array
  /** Index into `Orientation`'s options; 255 where it does not apply. */
  orientation: Uint8Array
  /** Index into `Relation`'s options. */
  relation: Uint8Array
  /** Bit k: option k of `PairChange`. */
  changes: Uint16Array
  /** Four numbers a link: where the corners (0, 0) and (1, 1) of a lie on b, shares of b's sides; NaN where nobody looked. */
  place: Float32Array
  /** 0–1; NaN where nobody looked. */
  confidence: Float32Array
}

/** `similar`: pairs that are no duplicates, kept to be shown as alike. */
export type LinkTier = 'perceptual' | 'ai' | 'similar'

/** `spaceId` is 0 where no model had a part in it. */
export interface Links {
  /**
   * Keeps pairs and which contents have now been searched for (against all that were known then), in one transaction. A pair
   * must not be recorded twice.
   */
  record(batch: { tier: LinkTier; spaceId: number; pairs: LinkColumns; matched: ArrayLike<number> }): void
  markMatched(tier: LinkTier, spaceId: number, contentIds: ArrayLike<number>): void
  load(tier: LinkTier, spaceId: number): LinkColumns
  /** Contents that need not be searched for again. */
  matched(tier: LinkTier, spaceId: number): Set<number>
  /** Forgets pairs and what was searched. */
  clear(tier: LinkTier, spaceId: number): void
}

interface Batch {
  count: number
  a: Buffer
  b: Buffer
  score: Buffer
  distance: Buffer
  orientation: Buffer
  relation: Buffer
  changes: Buffer
  place: Buffer
  confidence: Buffer
}

export function noLinks(count = 0): LinkColumns {
  return {
    a: new Int32Array(count),
    b: new Int32Array(count),
    score: new Float32Array(count),
    distance: new Uint8Array(count),
    orientation: new Uint8Array(count),
    relation: new Uint8Array(count),
    changes: new Uint16Array(count),
    place: new Float32Array(4 * count).fill(Number.NaN),
    confidence: new Float32Array(count).fill(Number.NaN),
  }
}

/** Numbers of a link in each column. */
const widths = { a: 1, b: 1, score: 1, distance: 1, orientation: 1, relation: 1, changes: 1, place: 4, confidence: 1 }
const columns = Object.keys(widths) as (keyof typeof widths)[]

export function createLinks(connection: Connection): Links {
  const insert = connection.prepare(`
    INSERT INTO links (tier, space_id, count, matched, a, b, score, distance, orientation, relation, changes, place, confidence)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
  const count = connection.prepare<[string, number], { n: number }>(
    'SELECT coalesce(sum(count), 0) AS n FROM links WHERE tier = ? AND space_id = ?',
  )
  const select = connection.prepare<[string, number], Batch>(`
    SELECT count, a, b, score, distance, orientation, relation, changes, place, confidence FROM links
    WHERE tier = ? AND space_id = ? AND count > 0 ORDER BY id`)
  const selectMatched = connection.prepare<[string, number], { matched: Buffer }>(
    'SELECT matched FROM links WHERE tier = ? AND space_id = ?',
  )
  const clear = connection.prepare('DELETE FROM links WHERE tier = ? AND space_id = ?')

  const record: Links['record'] = ({ tier, spaceId, pairs, matched }) => {
    const length = pairs.a.length
    if (columns.some((column) => pairs[column].length !== widths[column] * length)) {
      throw new RangeError('The columns of a batch of links differ in length.')
    }
    const blobs = columns.map((column) => packed(pairs[column]))
    insert.run(tier, spaceId, length, packed(Int32Array.from(matched)), ...blobs)
  }

  return {
    record,
    markMatched(tier, spaceId, contentIds) {
      record({ tier, spaceId, pairs: noLinks(), matched: contentIds })
    },
    load(tier, spaceId) {
      const all = noLinks(count.get(tier, spaceId)?.n ?? 0)
      let at = 0
      for (const batch of select.iterate(tier, spaceId)) {
        for (const column of columns) {
          const into = all[column]
          const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength)
          bytes.set(batch[column], at * widths[column] * into.BYTES_PER_ELEMENT)
        }
        at += batch.count
      }
      return all
    },
    matched(tier, spaceId) {
      const ids = new Set<number>()
      for (const row of selectMatched.all(tier, spaceId)) for (const id of unpackInt32(row.matched)) ids.add(id)
      return ids
    },
    clear: (tier, spaceId) => void clear.run(tier, spaceId),
  }
}
