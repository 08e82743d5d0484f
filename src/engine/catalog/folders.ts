import type { FilePath } from '../../shared/domain/file-path.ts'
import { bytesToPath, pathToBytes } from '../../shared/domain/path-bytes.ts'
import { asBuffer, type Connection } from './database.ts'

export interface FolderRow {
  id: number
  path: FilePath
  /** Milliseconds since 1970; null before the first scan is finished. */
  lastScanMs: number | null
  online: boolean
  /** Changes are looked for while the app is open. */
  watched: boolean
  photos: number
  /** Of its photos. */
  bytes: number
}

export interface Folders {
  /** The id of this folder, new or not. A folder inside another one is a folder of its own. */
  add(path: FilePath): number
  list(): FolderRow[]
  /** Removes the folder and its file rows; results of their content stay. */
  forget(id: number): void
  markScanned(id: number, atMs: number): void
  setOnline(id: number, online: boolean): void
  setWatched(id: number, watched: boolean): void
}

export function createFolders(connection: Connection): Folders {
  const insert = connection.prepare('INSERT INTO folders (path) VALUES (?) ON CONFLICT DO NOTHING')
  const find = connection.prepare<[Buffer], { id: number }>('SELECT id FROM folders WHERE path = ?')
  const list = connection.prepare<
    [],
    {
      id: number
      path: Buffer
      lastScanMs: number | null
      online: number
      watched: number
      photos: number
      bytes: number
    }
  >(`
    SELECT folders.id, folders.path, last_scan_ms AS lastScanMs, online, watched,
           count(files.folder_id) AS photos, coalesce(sum(files.bytes), 0) AS bytes
    FROM folders LEFT JOIN files ON files.folder_id = folders.id AND files.state = 'photo'
    GROUP BY folders.id ORDER BY folders.id`)
  const forget = connection.prepare('DELETE FROM folders WHERE id = ?')
  const markScanned = connection.prepare('UPDATE folders SET last_scan_ms = ? WHERE id = ?')
  const setOnline = connection.prepare('UPDATE folders SET online = ? WHERE id = ?')
  const setWatched = connection.prepare('UPDATE folders SET watched = ? WHERE id = ?')
  return {
    add(path) {
      const bytes = asBuffer(pathToBytes(path))
      insert.run(bytes)
      return find.get(bytes)?.id ?? 0
    },
    list: () =>
      list.all().map((row) => ({
        ...row,
        path: bytesToPath(row.path),
        online: row.online === 1,
        watched: row.watched === 1,
      })),
    forget: (id) => void forget.run(id),
    markScanned: (id, atMs) => void markScanned.run(atMs, id),
    setOnline: (id, online) => void setOnline.run(online ? 1 : 0, id),
    setWatched: (id, watched) => void setWatched.run(watched ? 1 : 0, id),
  }
}
