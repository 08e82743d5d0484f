import { closeSync, openSync, rmSync } from 'node:fs'
import { damaged, newer, type Connection } from './database.ts'
import { applicationId, schemaVersion1, schemaVersion2 } from './schema.ts'
import { compareAnew } from './schema-compare-anew.ts'
import { schemaCorners } from './schema-corners.ts'
import { retryUnreadFormats } from './schema-retry-formats.ts'
import { schemaWatchedFolders } from './schema-watched-folders.ts'

/** Step `n` (from 0) takes a file from `user_version` n to n + 1. Steps that were published never change. */
export type Migration = (connection: Connection) => void

export const migrations: readonly Migration[] = [
  (connection) => connection.exec(schemaVersion1),
  (connection) => connection.exec(schemaVersion2),
  (connection) => connection.exec(retryUnreadFormats),
  (connection) => connection.exec(schemaWatchedFolders),
  (connection) => connection.exec(schemaCorners),
  (connection) => connection.exec(compareAnew),
]

/**
 * Brings a catalog file to the latest version; each step is one transaction. A file that holds anything is copied to
 * `<path>.v<version>-backup` first.
 *
 * Throws `catalog-newer` (nothing changed) and `catalog-damaged` when the file is some other program's database.
 */
export function migrate(connection: Connection, path: string, steps: readonly Migration[] = migrations): void {
  const version = Number(connection.pragma('user_version', { simple: true }))
  const application = Number(connection.pragma('application_id', { simple: true }))
  const tables = connection.prepare<[], { n: number }>('SELECT count(*) AS n FROM sqlite_schema').get()?.n ?? 0
  if (tables > 0 && application !== applicationId) throw damaged(path, new Error('it belongs to another program'))
  if (version > steps.length) throw newer(path)
  if (version > 0 && version < steps.length) backUp(connection, `${path}.v${version}-backup`)
  for (let at = version; at < steps.length; at++) {
    connection
      .transaction(() => {
        steps[at]?.(connection)
        connection.pragma(`application_id = ${applicationId}`)
        connection.pragma(`user_version = ${at + 1}`)
      })
      .exclusive()
  }
}

function backUp(connection: Connection, to: string): void {
  rmSync(to, { force: true })
  // An empty file is what VACUUM INTO accepts as a target; it is made here for its mode.
  closeSync(openSync(to, 'wx', 0o600))
  connection.prepare('VACUUM INTO ?').run(to)
}
