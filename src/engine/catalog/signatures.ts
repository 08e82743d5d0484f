import type { Connection } from './database.ts'

/** The perceptual hashes of all contents in columns; content i has words 2i and 2i + 1 (bytes 0–3 and 4–7, little-endian). */
export interface SignatureColumns {
  /** Ascending. */
  contentIds: Int32Array
  pHash: Uint32Array
  rowHash: Uint32Array
  columnHash: Uint32Array
  /** Standard deviation of luma, 0–128: near 0 the hashes carry nothing. */
  contrast: Float32Array
}

/** What telling two contents apart needs beside their signatures. */
export interface ContentFacts {
  contentId: number
  width: number
  height: number
  /** Local capture time. */
  takenAt: string | null
  /** 16 bytes; equal means the same pixels. */
  pixelHash: Uint8Array | null
}

export interface Signatures {
  /** Of every content that was analysed, in order of id; also those whose files are gone at the moment. */
  facts(): ContentFacts[]
  /**
   * Every content that was analysed, also those whose files are gone at the moment: a drive that comes back must not bring
   * pairs that were never compared.
   */
  signatures(): SignatureColumns
  /** 32 × 32 luma (1,024 bytes) of those contents that have one. */
  luma(contentIds: Iterable<number>): Map<number, Uint8Array>
}

export function createSignatures(connection: Connection): Signatures {
  const count = connection.prepare<[], { n: number }>("SELECT count(*) AS n FROM contents WHERE state = 'photo'")
  const select = connection.prepare<[], [number, Buffer, Buffer, Buffer, number | null]>(`
    SELECT id, p_hash, row_hash, column_hash, contrast FROM contents WHERE state = 'photo' ORDER BY id`)
  select.raw()
  const selectLuma = connection.prepare<[number], { luma: Buffer }>('SELECT luma FROM luma WHERE content_id = ?')
  const selectFacts = connection.prepare<[], ContentFacts>(`
    SELECT id AS contentId, width, height, taken_at AS takenAt, pixel_hash AS pixelHash
    FROM contents WHERE state = 'photo' ORDER BY id`)
  return {
    facts: () => selectFacts.all(),
    signatures() {
      const n = count.get()?.n ?? 0
      const columns: SignatureColumns = {
        contentIds: new Int32Array(n),
        pHash: new Uint32Array(2 * n),
        rowHash: new Uint32Array(2 * n),
        columnHash: new Uint32Array(2 * n),
        contrast: new Float32Array(n),
      }
      const bytesOf = (words: Uint32Array): Uint8Array => new Uint8Array(words.buffer)
      const pHash = bytesOf(columns.pHash)
      const rowHash = bytesOf(columns.rowHash)
      const columnHash = bytesOf(columns.columnHash)
      let at = 0
      for (const [id, p, row, column, contrast] of select.iterate()) {
        columns.contentIds[at] = id
        pHash.set(p, 8 * at)
        rowHash.set(row, 8 * at)
        columnHash.set(column, 8 * at)
        columns.contrast[at] = contrast ?? 0
        at++
      }
      return columns
    },
    luma(contentIds) {
      const found = new Map<number, Uint8Array>()
      for (const id of contentIds) {
        const luma = selectLuma.get(id)?.luma
        if (luma !== undefined) found.set(id, luma)
      }
      return found
    },
  }
}
