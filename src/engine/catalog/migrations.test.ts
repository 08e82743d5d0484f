import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openDatabase } from './database.ts'
import { migrate, migrations } from './migrations.ts'

// Real: SQLite files of earlier versions, as those versions left them.

let dir = ''

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'twinlens-migrations-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

test('a catalog of version 1 forgets the files that no decoder knew then, and nothing else', () => {
  const path = join(dir, 'catalog.sqlite')
  const connection = openDatabase(path, 'full')
  migrate(connection, path, migrations.slice(0, 1))
  connection.exec(`
    INSERT INTO folders (id, path) VALUES (1, x'2f70');
    INSERT INTO contents (id, hash, bytes, state, code) VALUES
      (1, zeroblob(16), 1, 'photo', NULL),
      (2, x'00000000000000000000000000000002', 1, 'unreadable', 'unsupported-format'),
      (3, x'00000000000000000000000000000003', 1, 'unreadable', 'decoder-crashed');`)
  const insert = connection.prepare(`
    INSERT INTO files (path, folder_id, bytes, modified_ns, device, inode, links, state, content_id, code)
    VALUES (?, 1, 1, 1, 1, 1, 1, ?, ?, ?)`)
  insert.run(Buffer.from('/p/a.jpg'), 'photo', 1, null)
  insert.run(Buffer.from('/p/b.nef'), 'unreadable', 2, 'unsupported-format')
  insert.run(Buffer.from('/p/c.jpg'), 'unreadable', 3, 'decoder-crashed')
  insert.run(Buffer.from('/p/d.mov'), 'other', null, null)
  migrate(connection, path)
  const names = connection.prepare<[], { path: Buffer }>('SELECT path FROM files ORDER BY path').all()
  expect(names.map((row) => row.path.toString())).toEqual(['/p/a.jpg', '/p/c.jpg'])
  expect(connection.prepare('SELECT id FROM contents ORDER BY id').pluck().all()).toEqual([1, 3])
  connection.close()
})

test('a catalog from before corners were kept compares its photos anew, and forgets nothing that a person said', () => {
  const path = join(dir, 'catalog.sqlite')
  const connection = openDatabase(path, 'full')
  migrate(connection, path, migrations.slice(0, 4))
  connection.exec(`
    INSERT INTO folders (id, path) VALUES (1, x'2f70');
    INSERT INTO contents (id, hash, bytes, state) VALUES
      (1, zeroblob(16), 1, 'photo'), (2, x'00000000000000000000000000000002', 1, 'photo');
    INSERT INTO files (id, path, folder_id, bytes, modified_ns, device, inode, links, state, content_id)
      VALUES (1, x'2f702f61', 1, 1, 1, 1, 1, 1, 'photo', 1);
    INSERT INTO decisions (file_id, decision) VALUES (1, 'keep');
    INSERT INTO dismissed (a, b) VALUES (1, 2);
    INSERT INTO links (tier, space_id, count, matched, a, b, score, distance, orientation, relation, changes, place, confidence)
      VALUES ('ai', 1, 0, x'0100000002000000', x'', x'', x'', x'', x'', x'', x'', x'', x'');`)
  migrate(connection, path)
  const count = (table: string): unknown => connection.prepare(`SELECT count(*) FROM ${table}`).pluck().get()
  expect(['links', 'decisions', 'dismissed', 'contents', 'files'].map(count)).toEqual([0, 1, 1, 2, 1])
  connection.close()
})
