import { copyFileSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync, closeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openCatalog, type Catalog } from './catalog.ts'
import { checkClosedCatalog } from './check-files.ts'
import { compactStep } from './compaction.ts'
import { openDatabase } from './database.ts'
import { migrate, migrations } from './migrations.ts'
import { samplePhoto } from './sample-records.ts'

// Real SQLite files in a temporary folder; nothing is replaced.
let dir = ''
let catalog: Catalog

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'twinlens-upkeep-'))
  catalog = openCatalog(dir)
})
afterEach(() => {
  catalog.close()
  rmSync(dir, { recursive: true })
})

const file = (name: string): string => join(dir, name)

/** Photos with thumbnails of 10,000 bytes; returns their content ids. */
function record(from: number, to: number): number[] {
  const folderId = catalog.folders.add('/photos')
  const scanId = catalog.photos.nextScanId()
  for (let start = from; start < to; start += 64) {
    catalog.photos.record(
      Array.from({ length: Math.min(64, to - start) }, (_, at) => {
        const photo = samplePhoto({ folderId, path: `/photos/${start + at}.jpg`, scanId }, start + at)
        if (photo.outcome.kind === 'photo' && photo.outcome.analysis !== null) {
          photo.outcome.analysis.thumbnail = new Uint8Array(10_000).fill((start + at) % 251)
        }
        return photo
      }),
    )
  }
  return [...catalog.photos.loadPhotos()].map(({ contentId }) => contentId)
}

describe('the thumbnail store', () => {
  test('stays under its cap, and those looked at longest ago go first, over a restart too', () => {
    const cap = 3_400_000
    const ids = record(0, 200)
    for (const id of ids.slice(0, 50)) expect(catalog.thumbnails.read(id)).not.toBeNull()
    catalog.close()
    catalog = openCatalog(dir)
    catalog.thumbnails.setCap(cap)
    const all = record(200, 400)
    const left = all.map((id) => catalog.thumbnails.read(id) !== null)
    // Used later than photos 50 to 199, of which the first had to go.
    expect(left.slice(0, 50)).not.toContain(false)
    expect(left.slice(200)).not.toContain(false)
    const gone = left.slice(50, 200).filter((there) => !there).length
    expect(gone).toBeGreaterThan(80)
    expect(left.slice(50, 50 + gone)).not.toContain(true)
    catalog.close()
    // Pages of what went are filled again: two and a half times the cap was written.
    expect(statSync(file('thumbnails.sqlite')).size).toBeLessThan(cap * 1.5)
    catalog = openCatalog(dir)
  })

  test('of the first version is taken over with what it holds', () => {
    const [id = 0] = record(0, 1)
    const kept = catalog.thumbnails.read(id)
    catalog.close()
    const old = new Database(file('thumbnails.sqlite'))
    old.exec('DROP INDEX thumbnails_by_use; ALTER TABLE thumbnails DROP COLUMN used; PRAGMA user_version = 1')
    old.close()
    catalog = openCatalog(dir)
    expect(catalog.thumbnails.read(id)).toEqual(kept)
    catalog.thumbnails.setCap(1)
    expect(catalog.thumbnails.read(id)).toBeNull()
  })
})

describe('compaction', () => {
  const bytesOf = (path: string): number => statSync(path).size

  function fill(path: string): ReturnType<typeof openDatabase> {
    const connection = openDatabase(path, 'normal')
    connection.exec('CREATE TABLE blobs (id INTEGER PRIMARY KEY, data BLOB)')
    const insert = connection.prepare('INSERT INTO blobs (data) VALUES (randomblob(100000))')
    connection.transaction(() => {
      for (let k = 0; k < 400; k++) insert.run()
    })()
    return connection
  }

  test('gives free pages back in steps once they are a good part of the file', () => {
    const connection = fill(file('new.sqlite'))
    connection.exec('DELETE FROM blobs WHERE id % 20 = 0')
    expect(compactStep(connection, false)).toBe(false)
    connection.pragma('wal_checkpoint(TRUNCATE)')
    const full = bytesOf(file('new.sqlite'))
    connection.exec('DELETE FROM blobs WHERE id % 4 < 3')
    let steps = 1
    for (let begun = false; compactStep(connection, begun); begun = true) steps++
    expect(steps).toBeGreaterThan(3)
    expect(bytesOf(file('new.sqlite'))).toBeLessThan(full * 0.3)
    expect(connection.pragma('integrity_check', { simple: true })).toBe('ok')
    expect(connection.prepare('SELECT count(*) AS n FROM blobs').get()).toEqual({ n: 100 })
    connection.close()
  })

  test('writes a file of an earlier version anew, once', () => {
    const made = new Database(file('old.sqlite'))
    made.exec('CREATE TABLE first (id INTEGER)')
    made.close()
    const connection = fill(file('old.sqlite'))
    connection.exec('DELETE FROM blobs WHERE id > 40')
    expect(compactStep(connection, false)).toBe(false)
    expect(bytesOf(file('old.sqlite'))).toBeLessThan(6_000_000)
    expect(connection.pragma('auto_vacuum', { simple: true })).toBe(2)
    expect(connection.prepare('SELECT count(*) AS n FROM blobs').get()).toEqual({ n: 40 })
    connection.close()
  })
})

describe('the full check', () => {
  test('finds a catalog sound while it is open, and tells a reference that leads nowhere', async () => {
    record(0, 20)
    const sound = await catalog.check()
    expect(sound.files.map(({ name, faults }) => ({ name, faults }))).toEqual([
      { name: 'catalog.sqlite', faults: [] },
      { name: 'thumbnails.sqlite', faults: [] },
    ])
    expect(() => checkClosedCatalog(dir)).toThrow(expect.objectContaining({ code: 'catalog-in-use' }))
    catalog.close()
    const connection = new Database(file('catalog.sqlite'))
    connection.pragma('foreign_keys = OFF')
    connection.exec('DELETE FROM contents WHERE id = 3')
    connection.close()
    const [first] = checkClosedCatalog(dir).files
    expect(first?.faults).toContain('row 3 of files names a row that contents does not have')
    catalog = openCatalog(dir)
  })

  test('tells a page that is not what it was, and changes nothing', () => {
    record(0, 400)
    catalog.close()
    const path = file('catalog.sqlite')
    const handle = openSync(path, 'r+')
    for (let page = 40; page < 60; page++) writeSync(handle, Buffer.alloc(64, 0x5a), 0, 64, page * 4096 + 8)
    closeSync(handle)
    const before = readFileSync(path)
    const [first, second] = checkClosedCatalog(dir).files
    expect(first?.faults.length).toBeGreaterThan(0)
    expect(second?.faults).toEqual([])
    expect(readFileSync(path).equals(before)).toBe(true)
    rmSync(path)
    catalog = openCatalog(dir)
  })
})

test('the copy that a migration makes is a catalog again when it is put back', () => {
  record(0, 30)
  const photos = catalog.photos.counts()
  catalog.close()
  const path = file('catalog.sqlite')
  const connection = openDatabase(path, 'full')
  migrate(connection, path, [...migrations, (db) => db.exec('DELETE FROM files')])
  connection.close()
  for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true })
  copyFileSync(`${path}.v${migrations.length}-backup`, path)
  catalog = openCatalog(dir)
  expect(catalog.photos.counts()).toEqual(photos)
  expect(photos.photos).toBe(30)
  const [id = 0] = [...catalog.photos.loadPhotos()].map(({ contentId }) => contentId)
  expect(catalog.thumbnails.read(id)).not.toBeNull()
})
