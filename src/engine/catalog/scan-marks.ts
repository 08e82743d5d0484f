import type { FilePath } from '../../shared/domain/file-path.ts'
import { pathToBytes } from '../../shared/domain/path-bytes.ts'
import { asBuffer, type Connection } from './database.ts'

/**
 * Which files a scan has seen. Kept in memory (a bit a file): a scan that is cut off settles nothing, so nothing of this
 * need survive, and a scan of an unchanged library writes nothing to the disk.
 */
export interface ScanMarks {
  /** A new id, greater than all before. */
  nextScanId(): number
  /** Unchanged files that the scan has met: they stay, and are online again. */
  touch(fileIds: ArrayLike<number>, scanId: number): void
  /**
   * The scan has listed this folder to its end. Removes its file rows that were not seen (results of their content stay),
   * except below `unsure` (folders or files that could not be read): those are offline from now on.
   */
  finishScan(scan: { folderId: number; scanId: number; unsure: readonly FilePath[] }): {
    removed: number
    offline: number
  }
}

interface Seen {
  scanId: number
  bits: Uint8Array
}

export function createScanMarks(
  connection: Connection,
): ScanMarks & { markSeen(scanId: number, fileId: number): void } {
  const nextId = connection.prepare<[], { value: string }>(`
    INSERT INTO key_values (key, value) VALUES ('last-scan-id', '1')
    ON CONFLICT DO UPDATE SET value = CAST(value AS INTEGER) + 1 RETURNING value`)
  const selectFiles = connection.prepare<[number], { id: number; path: Buffer }>(
    'SELECT id, path FROM files WHERE folder_id = ?',
  )
  const selectOffline = connection.prepare<[], { id: number }>('SELECT id FROM files WHERE offline = 1')
  const setOffline = connection.prepare('UPDATE files SET offline = ? WHERE id = ?')
  const remove = connection.prepare('DELETE FROM files WHERE id = ?')

  let seen: Seen = { scanId: 0, bits: new Uint8Array(0) }
  const markSeen = (scanId: number, fileId: number): void => {
    if (seen.scanId !== scanId) seen = { scanId, bits: new Uint8Array(1024) }
    const at = fileId >> 3
    if (at >= seen.bits.length) {
      const grown = new Uint8Array(Math.max(at + 1, seen.bits.length * 2))
      grown.set(seen.bits)
      seen.bits = grown
    }
    seen.bits[at] = (seen.bits[at] ?? 0) | (1 << (fileId & 7))
  }
  const wasSeen = (scanId: number, fileId: number): boolean =>
    seen.scanId === scanId && (((seen.bits[fileId >> 3] ?? 0) >> (fileId & 7)) & 1) === 1

  const finish = connection.transaction((folderId: number, scanId: number, unsure: Buffer[]) => {
    let removed = 0
    let offline = 0
    for (const { id } of selectOffline.all()) if (wasSeen(scanId, id)) setOffline.run(0, id)
    for (const { id, path } of selectFiles.all(folderId)) {
      if (wasSeen(scanId, id)) continue
      if (unsure.some((folder) => isAtOrBelow(path, folder))) {
        setOffline.run(1, id)
        offline++
      } else {
        remove.run(id)
        removed++
      }
    }
    return { removed, offline }
  })

  return {
    markSeen,
    nextScanId: () => Number(nextId.get()?.value ?? 0),
    touch(fileIds, scanId) {
      for (let at = 0; at < fileIds.length; at++) markSeen(scanId, fileIds[at] ?? 0)
    },
    finishScan: ({ folderId, scanId, unsure }) =>
      finish.immediate(
        folderId,
        scanId,
        unsure.map((path) => asBuffer(pathToBytes(path))),
      ),
  }
}

const slash = 0x2f
const backslash = 0x5c

function isAtOrBelow(path: Buffer, folder: Buffer): boolean {
  if (path.length < folder.length || !path.subarray(0, folder.length).equals(folder)) return false
  const last = folder.at(-1)
  const next = path[folder.length]
  return next === undefined || [last, next].some((byte) => byte === slash || byte === backslash)
}
