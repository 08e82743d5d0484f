import type { Connection } from './database.ts'

/**
 * [Note: Compaction]
 *
 * What is deleted leaves free pages in the file, which later rows fill. Only where they are a good part of it are they given
 * back to the disk. Files made from now on can give back some pages at a time (`auto_vacuum = INCREMENTAL`); an older file is
 * written anew once, which takes a second for some 200 MB and makes it such a file.
 */
const freeShare = 0.2
const leastFreeBytes = 16 * 2 ** 20
/** Pages given back in one step: some milliseconds. */
const pagesInStep = 1_000

interface Pages {
  size: number
  count: number
  free: number
}

function pagesOf(connection: Connection): Pages {
  const read = (name: string): number => Number(connection.pragma(name, { simple: true }))
  return { size: read('page_size'), count: read('page_count'), free: read('freelist_count') }
}

/** Bytes of the file that hold something. */
export function usedBytes(connection: Connection): number {
  const { size, count, free } = pagesOf(connection)
  return size * (count - free)
}

/** One step towards a file without free pages, where they are worth it. Returns whether there is more to do. */
export function compactStep(connection: Connection, begun: boolean): boolean {
  const { size, count, free } = pagesOf(connection)
  if (free === 0) return false
  if (!begun && (free * size < leastFreeBytes || free < count * freeShare)) return false
  const incremental = Number(connection.pragma('auto_vacuum', { simple: true })) === 2
  if (!incremental) {
    connection.pragma('auto_vacuum = INCREMENTAL')
    connection.exec('VACUUM')
  } else {
    connection.pragma(`incremental_vacuum(${pagesInStep})`)
  }
  const more = incremental && pagesOf(connection).free > 0
  // In WAL mode the file itself shrinks at a checkpoint.
  if (!more) connection.pragma('wal_checkpoint(TRUNCATE)')
  return more
}
