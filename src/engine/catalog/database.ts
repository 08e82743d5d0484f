import { chmodSync, closeSync, existsSync, openSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import Database from 'better-sqlite3'
import { TwinlensError } from '../../shared/errors.ts'

export type Connection = Database.Database

/** `catalog-damaged`, with the file named and what to do. */
export function damaged(path: string, cause?: unknown): TwinlensError {
  const reason = cause instanceof Error ? ` (${cause.message})` : ''
  return new TwinlensError(
    'catalog-damaged',
    `The catalog file ${path} is damaged${reason}. Your photos are not affected. Set it aside and scan again, or put a backup in its place.`,
    { cause },
  )
}

/**
 * Opens (or makes, mode 600) one SQLite file in WAL mode. Throws `catalog-damaged` when it is no database.
 * `full` waits for the disk at every commit; `normal` may lose the last commits when the power goes, but never breaks.
 */
export function openDatabase(path: string, synchronous: 'full' | 'normal'): Connection {
  // Made before SQLite does, for the mode: SQLite gives its -wal and -shm files the mode of the database.
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600))
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600)
  let connection: Connection | undefined
  try {
    connection = new Database(path, { timeout: 2_000 })
    // Takes effect in a file that is empty still: see [Note: Compaction].
    connection.pragma('auto_vacuum = INCREMENTAL')
    connection.pragma('journal_mode = WAL')
    connection.pragma(`synchronous = ${synchronous}`)
    connection.pragma('foreign_keys = ON')
    connection.pragma('journal_size_limit = 67108864')
    connection.pragma('trusted_schema = OFF')
    return connection
  } catch (error) {
    connection?.close()
    throw asDamage(error, path)
  }
}

/** SQLite's whole-file check. Reads all of the file: see [Note: Orderly close] for when it is needed. */
export function quickCheck(connection: Connection, path: string): void {
  try {
    const verdict = connection.pragma('quick_check(1)', { simple: true })
    if (verdict !== 'ok') throw damaged(path, new Error(String(verdict)))
  } catch (error) {
    throw asDamage(error, path)
  }
}

export function asDamage(error: unknown, path: string): unknown {
  const isDamage = error instanceof Database.SqliteError && /^SQLITE_(CORRUPT|NOTADB)/.test(error.code)
  return isDamage ? damaged(path, error) : error
}

/** Throws `catalog-newer` for a file of a later version of the app. */
export function newer(path: string): TwinlensError {
  return new TwinlensError(
    'catalog-newer',
    `${basename(path)} was written by a newer Twinlens. Update the app, or choose another catalog folder. Nothing was changed.`,
  )
}

/** A blob as SQLite takes it. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** The bytes of a typed array, little-endian as on every machine that Node 24 runs on. */
export function packed(array: Int32Array | Uint32Array | Float32Array | Uint16Array | Uint8Array): Buffer {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength)
}

/** A blob of int32 as numbers; copied, as a blob may start anywhere. */
export function unpackInt32(blob: Uint8Array): Int32Array {
  return new Int32Array(new Uint8Array(blob).buffer)
}

/** A blob of float32 as numbers; copied, as a blob may start anywhere. */
export function unpackFloat32(blob: Uint8Array): Float32Array {
  return new Float32Array(new Uint8Array(blob).buffer)
}

export const hexOf = (bytes: Uint8Array): string => asBuffer(bytes).toString('hex')
