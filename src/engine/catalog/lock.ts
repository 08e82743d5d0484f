import Database from 'better-sqlite3'
import { closeSync, existsSync, openSync, statSync } from 'node:fs'
import { TwinlensError } from '../../shared/errors.ts'

export interface Lock {
  /** True when the file is as the last orderly close left it: then it needs no whole-file check. */
  isUntouched(path: string): boolean
  /** Releases the lock, and remembers the state of these files where the close is orderly. */
  release(closedFiles: readonly string[]): void
  /** Releases the lock of files that were only read: what is remembered of them holds. */
  keep(): void
}

/**
 * Holds `path` (a tiny SQLite file) with an open exclusive transaction: one process at a time, and the system drops the lock
 * with the process, however it ends. Throws `catalog-in-use`.
 *
 * [Note: Orderly close] A whole-file check of a large catalog takes seconds, so it is made only when the last session did not
 * end in order, or when somebody else touched the file: size and time of change are written here at the very end, in the
 * transaction that is the lock. A killed session rolls back to what the session before wrote, which then fits no longer.
 */
export function takeLock(path: string): Lock {
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600))
  const connection = new Database(path, { timeout: 0 })
  try {
    connection.exec('BEGIN EXCLUSIVE')
    connection.exec('CREATE TABLE IF NOT EXISTS closed (path TEXT PRIMARY KEY, state TEXT NOT NULL)')
  } catch (error) {
    connection.close()
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) {
      throw new TwinlensError(
        'catalog-in-use',
        'Another Twinlens is using this catalog. Close it first, or choose another catalog folder.',
        { cause: error },
      )
    }
    throw error
  }
  return {
    isUntouched(file) {
      const kept = connection
        .prepare<[string], { state: string }>('SELECT state FROM closed WHERE path = ?')
        .get(file)?.state
      return kept !== undefined && kept === stateOf(file)
    },
    release(closedFiles) {
      connection.exec('DELETE FROM closed')
      for (const file of closedFiles) {
        connection.prepare('INSERT INTO closed (path, state) VALUES (?, ?)').run(file, stateOf(file))
      }
      connection.exec('COMMIT')
      connection.close()
    },
    keep() {
      connection.exec('ROLLBACK')
      connection.close()
    },
  }
}

function stateOf(file: string): string {
  const wal = statSync(`${file}-wal`, { throwIfNoEntry: false })
  if (wal !== undefined && wal.size > 0) return 'unfinished'
  const state = statSync(file, { bigint: true, throwIfNoEntry: false })
  return state === undefined ? 'missing' : `${state.size}:${state.mtimeNs}:${state.ino}`
}
