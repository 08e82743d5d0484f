import { existsSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import Database from 'better-sqlite3'
import type { CatalogCheck } from '../../shared/contract/catalog.ts'
import { TwinlensError } from '../../shared/errors.ts'
import { takeLock } from './lock.ts'

export const catalogFile = 'catalog.sqlite'
export const thumbnailFile = 'thumbnails.sqlite'

/** Faults that are listed of one file. */
const listedFaults = 20

/**
 * SQLite's full check (every page, every index against its table, every reference) of each file of a catalog. Only reads; takes
 * seconds for a gigabyte. The catalog may be open in this process.
 */
export function checkCatalogFiles(dir: string): CatalogCheck {
  const paths = [catalogFile, thumbnailFile].map((name) => join(dir, name)).filter((path) => existsSync(path))
  return { files: paths.map(checkFile) }
}

/** The same of a catalog that nobody has open. Throws `catalog-in-use`, `not-found`. */
export function checkClosedCatalog(dir: string): CatalogCheck {
  if (!existsSync(join(dir, catalogFile))) throw new TwinlensError('not-found', `There is no catalog in ${dir}.`)
  const lock = takeLock(join(dir, 'lock.sqlite'))
  try {
    return checkCatalogFiles(dir)
  } finally {
    lock.keep()
  }
}

function checkFile(path: string): CatalogCheck['files'][number] {
  const faults: string[] = []
  const checked = { name: basename(path), bytes: statSync(path).size, faults }
  let connection: Database.Database | null = null
  try {
    connection = new Database(path, { readonly: true, fileMustExist: true })
    for (const row of connection.pragma(`integrity_check(${listedFaults})`) as { integrity_check: string }[]) {
      if (row.integrity_check !== 'ok') faults.push(row.integrity_check)
    }
    for (const row of connection.pragma('foreign_key_check') as {
      table: string
      rowid: number | null
      parent: string
    }[]) {
      if (faults.length < listedFaults)
        faults.push(`row ${row.rowid ?? '?'} of ${row.table} names a row that ${row.parent} does not have`)
    }
  } catch (error) {
    faults.push(error instanceof Error ? error.message : String(error))
  } finally {
    connection?.close()
  }
  return checked
}
