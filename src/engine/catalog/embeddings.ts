import type { VectorNumbers } from '../../shared/domain/vector-numbers.ts'
import { packed, unpackFloat32, unpackInt32, type Connection } from './database.ts'

/** The space of the same model's vectors of pictures without the border around them: never searched as photos of their own. */
export function frameSpaceKey(spaceKey: string): string {
  return `${spaceKey}|frame`
}

export interface Embedding {
  contentId: number
  vector: Float32Array
}

export interface EmbeddingMatrix {
  /** By row. Those of the space itself come first, each once; then those of the views that were asked for. */
  contentIds: Int32Array
  /** Rows that are of the space itself. */
  wholeCount: number
  /** Row by row, on shared memory: vector i is at i · dimension. */
  vectors: VectorNumbers
  dimension: number
}

/** Numbers in memory up to which vectors are loaded as they are stored: 16 MB. Of more, 2 bytes each must do. */
const mostWholeFloats = 2 ** 22

/** Float32 as the model gave them: stored vectors match exactly like fresh ones. */
export interface Embeddings {
  /** The id of a space (model and preprocessing: only vectors of one space can be compared), new or not. */
  space(key: string): number
  /** Those of `contentIds` that have no embedding in this space, in their order. */
  missing(spaceId: number, contentIds: Iterable<number>): number[]
  has(spaceId: number, contentId: number): boolean
  /** Keeps a batch in one transaction; contents that have one in this space already are left as they are. */
  record(spaceId: number, batch: readonly Embedding[]): void
  /**
   * All vectors of a space in one allocation: float32, or half floats where there are many.
   *
   * @param viewsId another space of the same model, whose vectors come after the others where their content has one in both
   */
  load(spaceId: number, viewsId?: number): EmbeddingMatrix
}

export interface EmbeddingWriter {
  /** For use inside a transaction. After a rollback call `refresh`. */
  append(spaceId: number, batch: readonly Embedding[]): void
  /** Forgets what is known of the file, so that it is read again. */
  refresh(): void
}

export function createEmbeddings(connection: Connection): Embeddings & EmbeddingWriter {
  const findSpace = connection.prepare<[string], { id: number }>('SELECT id FROM spaces WHERE key = ?')
  const insertSpace = connection.prepare('INSERT INTO spaces (key) VALUES (?)')
  const dimensionOf = connection.prepare<[number], { dimension: number | null }>(
    'SELECT dimension FROM spaces WHERE id = ?',
  )
  const setDimension = connection.prepare('UPDATE spaces SET dimension = ? WHERE id = ?')
  const selectIds = connection.prepare<[number], { ids: Buffer }>(
    'SELECT content_ids AS ids FROM embeddings WHERE space_id = ? ORDER BY id',
  )
  const selectBatches = connection.prepare<[number], { id: number }>(
    'SELECT id FROM embeddings WHERE space_id = ? ORDER BY id',
  )
  const selectBatch = connection.prepare<[number], { ids: Buffer; vectors: Buffer }>(
    'SELECT content_ids AS ids, vectors FROM embeddings WHERE id = ?',
  )
  const insert = connection.prepare('INSERT INTO embeddings (space_id, content_ids, vectors) VALUES (?, ?, ?)')

  /** Content ids of each space, read once: this process is the only writer. */
  const known = new Map<number, Set<number>>()
  const knownIn = (spaceId: number): Set<number> => {
    let ids = known.get(spaceId)
    if (ids === undefined) {
      ids = new Set()
      for (const row of selectIds.all(spaceId)) for (const id of unpackInt32(row.ids)) ids.add(id)
      known.set(spaceId, ids)
    }
    return ids
  }

  const append = (spaceId: number, batch: readonly Embedding[]): void => {
    const ids = knownIn(spaceId)
    const fresh = new Map<number, Float32Array>()
    for (const { contentId, vector } of batch) if (!ids.has(contentId)) fresh.set(contentId, vector)
    const first = fresh.values().next().value
    if (first === undefined) return
    const dimension = dimensionOf.get(spaceId)?.dimension ?? first.length
    const vectors = new Float32Array(dimension * fresh.size)
    let row = 0
    for (const vector of fresh.values()) {
      if (vector.length !== dimension) {
        throw new RangeError(`An embedding of ${vector.length} numbers does not belong to a space of ${dimension}.`)
      }
      vectors.set(vector, dimension * row++)
    }
    setDimension.run(dimension, spaceId)
    insert.run(spaceId, packed(Int32Array.from(fresh.keys())), packed(vectors))
    for (const id of fresh.keys()) ids.add(id)
  }

  return {
    space(key) {
      const found = findSpace.get(key)
      return found?.id ?? Number(insertSpace.run(key).lastInsertRowid)
    },
    missing(spaceId, contentIds) {
      const ids = knownIn(spaceId)
      return [...contentIds].filter((id) => !ids.has(id))
    },
    has: (spaceId, contentId) => knownIn(spaceId).has(contentId),
    record(spaceId, batch) {
      try {
        connection.transaction(() => append(spaceId, batch))()
      } catch (error) {
        known.clear()
        throw error
      }
    },
    load(spaceId, viewsId) {
      const whole = knownIn(spaceId)
      const views = new Set(viewsId === undefined ? [] : [...knownIn(viewsId)].filter((id) => whole.has(id)))
      const dimension = dimensionOf.get(spaceId)?.dimension ?? 0
      const count = whole.size + views.size
      const contentIds = new Int32Array(count)
      const vectors = roomFor(count * dimension)
      let at = 0
      // A batch at a time, so that no more than one is in memory twice.
      const take = (id: number, isWanted: (contentId: number) => boolean): void => {
        const batch = selectBatch.get(id)
        if (batch === undefined) return
        const ids = unpackInt32(batch.ids)
        const values = unpackFloat32(batch.vectors)
        for (let k = 0; k < ids.length; k++) {
          if (!isWanted(ids[k]!)) continue
          vectors.set(values.subarray(k * dimension, (k + 1) * dimension), at * dimension)
          contentIds[at++] = ids[k]!
        }
      }
      for (const { id } of selectBatches.all(spaceId)) take(id, () => true)
      if (viewsId !== undefined) for (const { id } of selectBatches.all(viewsId)) take(id, (id) => views.has(id))
      return { contentIds, wholeCount: whole.size, vectors, dimension }
    },
    append,
    refresh: () => known.clear(),
  }
}

function roomFor(numbers: number): VectorNumbers {
  return numbers <= mostWholeFloats
    ? new Float32Array(new SharedArrayBuffer(4 * numbers))
    : new Float16Array(new SharedArrayBuffer(2 * numbers))
}
