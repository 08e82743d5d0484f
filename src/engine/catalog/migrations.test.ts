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
