import { appendFileSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { openCatalog, setAsideDamaged, type Catalog } from './catalog.ts'
import { openDatabase } from './database.ts'
import { noLinks } from './links.ts'
import { migrate, migrations } from './migrations.ts'
import { sampleHash, samplePhoto, sampleStamp } from './sample-records.ts'

// Real SQLite files in a temporary folder; nothing is replaced.
let dir = ''
let catalog: Catalog

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'twinlens-catalog-'))
  catalog = openCatalog(dir)
})
afterEach(() => {
  catalog.close()
  rmSync(dir, { recursive: true })
})

const reopen = (): void => {
  catalog.close()
  catalog = openCatalog(dir)
}

describe('files and contents', () => {
  test('a photo comes back as it was recorded, after reopening, with a name that is no UTF-8', () => {
    const folderId = catalog.folders.add('/photos')
    const scanId = catalog.photos.nextScanId()
    const path = '/photos/caf\udce9 ünïcode.jpg'
    const [id = 0] = catalog.photos.record([samplePhoto({ folderId, path, scanId }, 'one')])
    reopen()
    const row = catalog.photos.lookup([path, '/photos/else.jpg']).get(path)
    expect(row).toMatchObject({ id, folderId, path, state: 'photo', code: null, offline: false })
    expect(row?.stamp).toEqual(sampleStamp())
    const details = catalog.photos.details(id)
    expect(details).toMatchObject({
      format: 'jpeg',
      width: 4000,
      height: 3000,
      orientation: 6,
      takenAt: '2023-05-06T07:08:09',
      metadata: { cameraModel: 'X100', latitude: null },
      quality: { jpegQuality: 92 },
    })
    expect(Buffer.from(details?.contentHash ?? [])).toEqual(Buffer.from(sampleHash('one')))
    expect([...catalog.photos.loadPhotos()]).toMatchObject([{ fileId: id, path, contentId: row?.contentId }])
    expect(catalog.thumbnails.read(row?.contentId ?? 0)).toEqual(Buffer.alloc(500, sampleHash('one')[1]))
  })

  test('a copy of known content is recorded without analysis, and unknown content without analysis is refused wholly', () => {
    const folderId = catalog.folders.add('/photos')
    const scanId = catalog.photos.nextScanId()
    const first = samplePhoto({ folderId, path: '/photos/a.jpg', scanId }, 'same')
    const copyOf = (seed: string, path: string) => ({
      ...first,
      path,
      outcome: { kind: 'photo' as const, contentHash: sampleHash(seed), analysis: null, embedding: null },
    })
    catalog.photos.record([first, copyOf('same', '/photos/b.jpg')])
    const [a, b] = [...catalog.photos.loadPhotos()]
    expect(b?.contentId).toBe(a?.contentId)
    expect(() =>
      catalog.photos.record([
        samplePhoto({ folderId, path: '/photos/c.jpg', scanId }, 'c'),
        copyOf('no', '/photos/d.jpg'),
      ]),
    ).toThrow(expect.objectContaining({ code: 'internal' }))
    expect(catalog.photos.counts().photos).toBe(2)
    expect(catalog.photos.findContents([sampleHash('c')]).size).toBe(0)
  })

  test('unreadable files are listed with their reason; a content that brings the decoder down stays known', () => {
    const folderId = catalog.folders.add('/photos')
    const scanId = catalog.photos.nextScanId()
    const place = { folderId, scanId, stamp: sampleStamp() }
    catalog.photos.quarantine(sampleHash('bomb'), 77, 'The decoder ended on this file.')
    catalog.photos.record([
      {
        ...place,
        path: '/photos/z.jpg',
        outcome: { kind: 'unreadable', code: 'permission-denied', message: 'No.', contentHash: null },
      },
      {
        ...place,
        path: '/photos/bomb.png',
        outcome: { kind: 'unreadable', code: 'decoder-crashed', message: 'Boom.', contentHash: sampleHash('bomb') },
      },
      { ...place, path: '/photos/notes.txt', outcome: { kind: 'other' } },
    ])
    expect(catalog.photos.unreadable(0, 1)).toMatchObject({ total: 2, files: [{ path: '/photos/bomb.png' }] })
    expect(catalog.photos.unreadable(1, 5).files).toMatchObject([{ code: 'permission-denied', message: 'No.' }])
    const [known] = catalog.photos.findContents([sampleHash('bomb')]).values()
    expect(known).toMatchObject({ state: 'unreadable', code: 'decoder-crashed' })
    expect(catalog.photos.counts()).toEqual({ photos: 0, bytes: 0, unreadable: 2, truncated: 0, other: 1 })
    expect(catalog.photos.signatures().contentIds).toHaveLength(0)
  })

  test('signatures are packed as little-endian words in the order of content ids', () => {
    const folderId = catalog.folders.add('/photos')
    const scanId = catalog.photos.nextScanId()
    catalog.photos.record(['x', 'y'].map((seed) => samplePhoto({ folderId, path: `/photos/${seed}`, scanId }, seed)))
    const { contentIds, pHash, rowHash } = catalog.photos.signatures()
    const view = new DataView(sampleHash('y').buffer)
    expect([...pHash.subarray(2, 4)]).toEqual([view.getUint32(0, true), view.getUint32(4, true)])
    expect([...rowHash.subarray(2, 4)]).toEqual([view.getUint32(8, true), view.getUint32(12, true)])
    expect(catalog.photos.luma(contentIds).get(contentIds[1] ?? 0)).toEqual(Buffer.alloc(1024, sampleHash('y')[0]))
  })
})

describe('the end of a scan', () => {
  const record = (folderId: number, scanId: number, paths: string[]): number[] =>
    catalog.photos.record(paths.map((path) => samplePhoto({ folderId, path, scanId }, path)))

  test('unseen files go, those below an unreadable folder are offline until seen again, results stay', () => {
    const folderId = catalog.folders.add('/p')
    const paths = ['/p/gone.jpg', '/p/kept.jpg', '/p/locked/in.jpg', '/p/locked-not.jpg']
    const ids = record(folderId, catalog.photos.nextScanId(), paths)
    const scanId = catalog.photos.nextScanId()
    catalog.photos.touch([ids[1] ?? 0], scanId)
    expect(catalog.photos.finishScan({ folderId, scanId, unsure: ['/p/locked'] })).toEqual({ removed: 2, offline: 1 })
    expect([...catalog.photos.loadPhotos()].map(({ path, offline }) => [path, offline])).toEqual([
      ['/p/kept.jpg', false],
      ['/p/locked/in.jpg', true],
    ])
    expect(catalog.photos.findContents(paths.map(sampleHash)).size).toBe(4)
    const third = catalog.photos.nextScanId()
    catalog.photos.touch([ids[1] ?? 0, ids[2] ?? 0], third)
    expect(catalog.photos.finishScan({ folderId, scanId: third, unsure: [] })).toEqual({ removed: 0, offline: 0 })
    expect([...catalog.photos.loadPhotos()].some(({ offline }) => offline)).toBe(false)
  })

  test('another folder is not touched, and a removed file id is never given again', () => {
    const [one, two] = [catalog.folders.add('/one'), catalog.folders.add('/two')]
    const [, last = 0] = record(one, catalog.photos.nextScanId(), ['/one/a', '/one/b'])
    record(two, catalog.photos.nextScanId(), ['/two/a'])
    catalog.photos.finishScan({ folderId: one, scanId: catalog.photos.nextScanId(), unsure: [] })
    expect([...catalog.photos.loadPhotos()].map(({ path }) => path)).toEqual(['/two/a'])
    catalog.folders.forget(two)
    reopen()
    const folderId = catalog.folders.add('/three')
    const [next = 0] = record(folderId, catalog.photos.nextScanId(), ['/three/a'])
    expect(next).toBeGreaterThan(last + 1)
    expect(catalog.folders.list()).toMatchObject([
      { path: '/one', photos: 0 },
      { path: '/three', photos: 1, bytes: 1000 },
    ])
  })

  test('a folder that is away makes its photos offline, not gone', () => {
    const folderId = catalog.folders.add('/drive')
    record(folderId, catalog.photos.nextScanId(), ['/drive/a'])
    catalog.folders.setOnline(folderId, false)
    expect([...catalog.photos.loadPhotos()]).toMatchObject([{ path: '/drive/a', offline: true }])
    expect(catalog.folders.add('/drive')).toBe(folderId)
  })
})

describe('embeddings and links', () => {
  test('vectors come back bit for bit, in one matrix; what is there is neither missing nor written twice', () => {
    const folderId = catalog.folders.add('/p')
    const scanId = catalog.photos.nextScanId()
    const spaceId = catalog.embeddings.space('model/1')
    expect(catalog.embeddings.space('model/1')).toBe(spaceId)
    const vectorOf = (n: number) => Float32Array.from({ length: 5 }, (_, k) => Math.fround(Math.sin(n * 7 + k)))
    const batch = [1, 2].map((n) =>
      samplePhoto({ folderId, path: `/p/${n}`, scanId }, n, { spaceId, vector: vectorOf(n) }),
    )
    catalog.photos.record(batch)
    const ids = [...catalog.photos.loadPhotos()].map(({ contentId }) => contentId)
    const third = (ids[1] ?? 0) + 1
    catalog.embeddings.record(spaceId, [
      { contentId: ids[0] ?? 0, vector: vectorOf(99) },
      { contentId: third, vector: vectorOf(3) },
    ])
    expect(catalog.embeddings.missing(spaceId, [...ids, third, 1000])).toEqual([1000])
    reopen()
    const { contentIds, vectors, dimension } = catalog.embeddings.load(spaceId)
    expect(dimension).toBe(5)
    expect([...contentIds]).toEqual([...ids, third])
    expect([...vectors]).toEqual([...vectorOf(1), ...vectorOf(2), ...vectorOf(3)])
    expect(catalog.embeddings.load(catalog.embeddings.space('other')).contentIds).toHaveLength(0)
  })

  test('many vectors come back rounded to half floats, views of them after them, and views alone not at all', () => {
    const [whole, views] = [catalog.embeddings.space('model'), catalog.embeddings.space('model|frame')]
    const [count, dimension] = [3300, 1280]
    const vectorOf = (n: number) => new Float32Array(dimension).fill(n / count)
    const batch = (ids: number[], by: number) => ids.map((id) => ({ contentId: id, vector: vectorOf(id + by) }))
    const ids = Array.from({ length: count }, (_, k) => k + 1)
    catalog.embeddings.record(whole, batch(ids, 0))
    catalog.embeddings.record(views, batch([5, 99_999, 3], 0.5))
    const { contentIds, wholeCount, vectors } = catalog.embeddings.load(whole, views)
    expect([wholeCount, [...contentIds]]).toEqual([count, [...ids, 5, 3]])
    expect(vectors.BYTES_PER_ELEMENT).toBe(2)
    for (const [row, n] of [...ids, 5.5, 3.5].entries())
      expect(vectors[(row + 1) * dimension - 1]).toBe(Math.f16round(Math.fround(n / count)))
  })

  test('links and what was matched are kept by tier and space, and cleared apart', () => {
    const pairs = {
      a: Int32Array.of(1, 2),
      b: Int32Array.of(5, 6),
      score: Float32Array.of(0.5, 0.25),
      distance: Uint8Array.of(3, 255),
      orientation: Uint8Array.of(0, 7),
      relation: Uint8Array.of(2, 5),
      changes: Uint16Array.of(2, 513),
      place: Float32Array.of(0, 0, 1, 1, 0.25, 0, 0.75, 1),
      confidence: Float32Array.of(0.5, Number.NaN),
    }
    catalog.links.record({ tier: 'ai', spaceId: 1, pairs, matched: [1, 5] })
    catalog.links.record({ tier: 'ai', spaceId: 1, pairs: { ...pairs, a: Int32Array.of(3, 4) }, matched: [2] })
    catalog.links.record({ tier: 'perceptual', spaceId: 0, pairs, matched: [9] })
    catalog.links.markMatched('ai', 1, [77])
    reopen()
    const loaded = catalog.links.load('ai', 1)
    expect([...loaded.a]).toEqual([1, 2, 3, 4])
    expect([...loaded.score]).toEqual([0.5, 0.25, 0.5, 0.25])
    expect([...loaded.orientation]).toEqual([0, 7, 0, 7])
    expect([...loaded.changes]).toEqual([2, 513, 2, 513])
    expect([...loaded.place.subarray(4, 12)]).toEqual([0.25, 0, 0.75, 1, 0, 0, 1, 1])
    expect([...loaded.confidence]).toEqual([0.5, Number.NaN, 0.5, Number.NaN])
    expect(catalog.links.matched('ai', 1)).toEqual(new Set([1, 5, 2, 77]))
    expect(catalog.links.load('ai', 2)).toEqual(noLinks())
    catalog.links.clear('ai', 1)
    expect(catalog.links.matched('ai', 1).size).toBe(0)
    expect(catalog.links.load('perceptual', 0).a).toHaveLength(2)
  })
})

describe('what the person said', () => {
  test('decisions hold for the picture they were made on, not for another one that took its place', () => {
    const folderId = catalog.folders.add('/p')
    const scanId = catalog.photos.nextScanId()
    const paths = ['/p/a', '/p/b', '/p/c']
    const [a = 0, b = 0, c = 0] = catalog.photos.record(
      paths.map((path) => samplePhoto({ folderId, path, scanId }, path)),
    )
    catalog.review.decide([
      { fileId: a, decision: 'remove' },
      { fileId: b, decision: 'remove' },
      { fileId: c, decision: 'keep' },
      { fileId: 999, decision: 'keep' },
    ])
    catalog.review.decide([{ fileId: c, decision: 'undecided' }])
    catalog.photos.record([
      samplePhoto({ folderId, path: '/p/a', scanId }, '/p/a'),
      samplePhoto({ folderId, path: '/p/b', scanId }, 'another picture'),
    ])
    reopen()
    expect(catalog.review.loadDecisions()).toEqual(new Map([[a, 'remove']]))
    catalog.photos.removeFiles([a])
    expect(catalog.review.loadDecisions().size).toBe(0)
  })

  test('dismissed pairs are kept in either order and can be taken back', () => {
    const folderId = catalog.folders.add('/p')
    const scanId = catalog.photos.nextScanId()
    catalog.photos.record([1, 2, 3].map((n) => samplePhoto({ folderId, path: `/p/${n}`, scanId }, n)))
    const [x = 0, y = 0, z = 0] = [...catalog.photos.loadPhotos()].map(({ contentId }) => contentId)
    catalog.review.dismiss([
      { a: y, b: x },
      { a: x, b: y },
      { a: x, b: z },
    ])
    catalog.review.undismiss([{ a: z, b: x }])
    reopen()
    expect(catalog.review.loadDismissed()).toEqual([{ a: x, b: y }])
  })

  test('settings have defaults, and broken ones read as defaults', () => {
    expect(catalog.settings.read().theme).toBe('system')
    catalog.settings.write({ ...catalog.settings.read(), theme: 'dark' })
    reopen()
    expect(catalog.settings.read().theme).toBe('dark')
    catalog.kv.set('settings', { theme: 'plaid' })
    expect(catalog.settings.read().theme).toBe('system')
    expect(catalog.kv.get('trial', z.number())).toBeNull()
    catalog.kv.set('trial', 3)
    expect(catalog.kv.get('trial', z.number())).toBe(3)
  })
})

describe('the journal', () => {
  const item = (name: string) => ({
    path: `/p/${name}`,
    contentHash: sampleHash(name),
    stamp: sampleStamp(),
    bytes: 1000,
    name,
  })

  test('tells after a restart what was touched, what was not, and what nobody knows', () => {
    const items = ['a', 'b', 'c', 'd\udcff'].map(item)
    const id = catalog.journal.begin({ destination: 'folder', destinationPath: '/away', items })
    expect(id).toMatch(/^\d{8}-\d{6}-[0-9a-z]{2}$/)
    const [a, b, c] = catalog.journal.read(id).items
    for (const one of [a, b, c]) catalog.journal.intend(one?.id ?? 0, `/away/${one?.name}`)
    catalog.journal.settle(a?.id ?? 0, 'removed')
    catalog.journal.settle(b?.id ?? 0, 'skipped', { code: 'changed-since-scan', message: 'Changed.', movedTo: null })
    reopen()
    expect(catalog.journal.unsettled()).toMatchObject([
      { id: c?.id, journalId: id, path: '/p/c', movedTo: '/away/c', state: 'intended' },
    ])
    const { journal, items: read } = catalog.journal.read(id)
    expect(journal).toMatchObject({ files: 4, bytes: 4000, removed: 1, skipped: 1, finishedMs: null })
    expect(read.map(({ state, code, movedTo }) => [state, code, movedTo])).toEqual([
      ['removed', null, '/away/a'],
      ['skipped', 'changed-since-scan', null],
      ['intended', null, '/away/c'],
      ['planned', null, null],
    ])
    expect(read[3]?.path).toBe('/p/d\udcff')
    catalog.journal.finish(id)
    expect(catalog.journal.list()[0]?.finishedMs).toBeGreaterThan(0)
    expect(() => catalog.journal.read('none')).toThrow(expect.objectContaining({ code: 'not-found' }))
  })
})

describe('the files on the disk', () => {
  test.runIf(process.platform !== 'win32')('are for this user only', () => {
    catalog.settings.write(catalog.settings.read())
    expect(statSync(dir).mode & 0o777).toBe(0o700)
    const modes = readdirSync(dir).map((name) => [name, (statSync(join(dir, name)).mode & 0o777).toString(8)])
    expect(modes.map(([name]) => name)).toContain('catalog.sqlite-wal')
    expect(modes.filter(([, mode]) => mode !== '600')).toEqual([])
  })

  test('are for one process at a time', () => {
    expect(() => openCatalog(dir)).toThrow(expect.objectContaining({ code: 'catalog-in-use' }))
    reopen()
  })

  test('of a newer version are left alone', () => {
    catalog.close()
    const newer = new Database(join(dir, 'catalog.sqlite'))
    newer.pragma('user_version = 999')
    newer.close()
    expect(() => openCatalog(dir)).toThrow(expect.objectContaining({ code: 'catalog-newer' }))
    expect(() => setAsideDamaged(dir)).toThrow(expect.objectContaining({ code: 'catalog-newer' }))
    rmSync(join(dir, 'catalog.sqlite'))
    catalog = openCatalog(dir)
  })

  test.each(['catalog.sqlite', 'thumbnails.sqlite'])(
    'damage to %s is named, and set aside only on request',
    async (name) => {
      const folderId = catalog.folders.add('/p')
      const scanId = catalog.photos.nextScanId()
      const photos = Array.from({ length: 300 }, (_, n) => samplePhoto({ folderId, path: `/p/${n}`, scanId }, n))
      catalog.photos.record(photos)
      catalog.close()
      const file = await open(join(dir, name), 'r+')
      // Every page but the first: the header stays good, so only the check can tell.
      const { size } = await file.stat()
      for (let at = 4096; at < size; at += 4096) await file.write(Buffer.alloc(200, 0xa5), 0, 200, at)
      await file.close()
      expect(() => openCatalog(dir)).toThrow(
        expect.objectContaining({ code: 'catalog-damaged', message: expect.stringContaining(name) }),
      )
      const moved = setAsideDamaged(dir)
      expect(moved).toHaveLength(1)
      expect(moved[0]).toContain(name)
      expect(existsSync(moved[0] ?? '')).toBe(true)
      catalog = openCatalog(dir)
      expect(catalog.photos.counts().photos).toBe(name === 'catalog.sqlite' ? 0 : 300)
    },
  )

  test('that are no database at all are damage too', () => {
    catalog.close()
    writeFileSync(join(dir, 'catalog.sqlite'), 'hello '.repeat(1000))
    expect(() => openCatalog(dir)).toThrow(expect.objectContaining({ code: 'catalog-damaged' }))
    rmSync(join(dir, 'catalog.sqlite'))
    writeFileSync(join(dir, 'catalog.sqlite'), '')
    appendFileSync(join(dir, 'catalog.sqlite'), '')
    catalog = openCatalog(dir)
  })

  test('are copied before a migration, which is done wholly or not at all', () => {
    const folderId = catalog.folders.add('/p')
    catalog.close()
    const path = join(dir, 'catalog.sqlite')
    const connection = openDatabase(path, 'full')
    const addColumn = (db: typeof connection) => db.exec('ALTER TABLE folders ADD COLUMN note TEXT')
    const fails = () => {
      throw new Error('no')
    }
    expect(() => migrate(connection, path, [...migrations, (db) => (addColumn(db), fails())])).toThrow('no')
    expect(connection.pragma('user_version', { simple: true })).toBe(migrations.length)
    migrate(connection, path, [...migrations, addColumn])
    expect(connection.pragma('user_version', { simple: true })).toBe(migrations.length + 1)
    connection.prepare('UPDATE folders SET note = ? WHERE id = ?').run('kept', folderId)
    connection.close()
    const backup = new Database(`${path}.v${migrations.length}-backup`)
    expect(backup.prepare('SELECT count(*) AS n FROM folders').get()).toEqual({ n: 1 })
    expect(backup.pragma('user_version', { simple: true })).toBe(migrations.length)
    backup.close()
    rmSync(path)
    catalog = openCatalog(dir)
  })
})
