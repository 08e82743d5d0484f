import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ReadMemory } from './read-memory.ts'
import { hashContent, hashFile, readHead, readWhole, sameContent, statFile } from './read.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'twinlens-read-'))
})
afterEach(() => rmSync(root, { recursive: true }))

const limit = { maxBytes: 100_000_000 }
const make = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(root, name), content)
  return join(root, name)
}
const code = (value: string) => expect.objectContaining({ code: value })

test('a file is read whole, with the stamp it had', async () => {
  const path = make('a', 'hello')
  const stamp = await statFile(path)
  await expect(readWhole(path, stamp, limit)).resolves.toEqual({ bytes: Buffer.from('hello'), stamp })
  expect((await readHead(path, 3)).toString()).toBe('hel')
  expect((await readHead(path, 30)).toString()).toBe('hello')
})

test('memory that is used again holds each file’s own bytes, and no two files at once', async () => {
  const memory = new ReadMemory()
  const paths = [make('long', 'a'.repeat(3_000_000)), make('short', 'bb'), make('middle', 'c'.repeat(70_000))]
  for (let round = 0; round < 3; round++) {
    const read = await Promise.all(paths.map((path) => readWhole(path, null, { ...limit, memory })))
    expect(read.map(({ bytes }) => [bytes.length, bytes[0], bytes.at(-1)])).toEqual([
      [3_000_000, 97, 97],
      [2, 98, 98],
      [70_000, 99, 99],
    ])
    expect(new Set(read.map(({ bytes }) => bytes.buffer)).size).toBe(3)
    for (const { bytes } of read) memory.give(bytes)
  }
})

test('each reason for not reading has its code', async () => {
  await expect(readWhole(join(root, 'none'), null, limit)).rejects.toEqual(code('vanished'))
  await expect(readWhole(make('file', 'x') + '/below', null, limit)).rejects.toEqual(code('vanished'))
  await expect(readWhole(make('empty', ''), null, limit)).rejects.toEqual(code('empty'))
  await expect(readWhole(make('big', 'four'), null, { maxBytes: 3 })).rejects.toEqual(code('too-large'))
  await expect(readWhole(join(root, 'n'.repeat(300)), null, limit)).rejects.toEqual(code('name-too-long'))
  await expect(readWhole(root, null, limit)).rejects.toEqual(code('read-error'))
  await expect(readWhole(make('b', 'x'), null, { ...limit, signal: AbortSignal.abort() })).rejects.toEqual(
    code('cancelled'),
  )
  symlinkSync(join(root, 'none'), join(root, 'broken'))
  await expect(readWhole(join(root, 'broken'), null, limit)).rejects.toEqual(code('vanished'))
  expect(await statFile(join(root, 'none'))).toBeNull()
  expect(await statFile(root)).toBeNull()
})

test.runIf(process.platform !== 'win32')('a pipe is refused at once instead of waited for', async () => {
  execFileSync('mkfifo', [join(root, 'pipe')])
  await expect(readWhole(join(root, 'pipe'), null, limit)).rejects.toEqual(code('read-error'))
  await expect(readHead(join(root, 'pipe'), 4)).rejects.toEqual(code('read-error'))
})

test('a file that is not as it was listed is said to have changed', async () => {
  const path = make('a', 'hello')
  const stamp = await statFile(path)
  utimesSync(path, 1, 1)
  await expect(readWhole(path, stamp, limit)).rejects.toEqual(code('changed-while-reading'))
  writeFileSync(path, 'hello')
  const again = await statFile(path)
  unlinkSync(path)
  make('a', 'hello')
  utimesSync(make('other', 'x'), 1, 1)
  if (again?.inode !== (await statFile(path))?.inode) {
    await expect(readWhole(path, again, limit)).rejects.toEqual(code('changed-while-reading'))
  }
})

test('a file that grows or shrinks under the reading is never taken for whole', async () => {
  const path = make('growing', Buffer.alloc(60_000_000, 1))
  for (const change of [() => appendFileSync(path, 'more'), () => truncateSync(path, 1000)]) {
    const reading = readWhole(path, null, limit)
    const changing = setTimeout(change, 3)
    const outcome = await reading.then(
      ({ bytes, stamp }) => ({ whole: bytes.length === stamp.bytes }),
      (error: unknown) => error,
    )
    clearTimeout(changing)
    // The change may have come too late to matter; what must not be is a mixture.
    expect([{ whole: true }, code('changed-while-reading')]).toContainEqual(outcome)
  }
  // Grows all the time, so that it surely does between the first look and the last.
  const steady = make('hashed', Buffer.alloc(60_000_000, 1))
  const growing = setInterval(() => appendFileSync(steady, 'more'), 1)
  await expect(hashFile(steady).finally(() => clearInterval(growing))).rejects.toEqual(code('changed-while-reading'))
})

test('hashing in memory and in a stream give the same 128 bits, which are those of XXH3', async () => {
  // Reference value of xxhsum 0.8 -H128 for "hello world".
  expect(Buffer.from(hashContent(Buffer.from('hello world'))).toString('hex')).toBe('df8d09e93f874900a99b8775cc15b6c7')
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 3000 }), async (bytes) => {
      expect(await hashFile(make('h', bytes))).toEqual(hashContent(bytes))
    }),
    { numRuns: 50 },
  )
  const large = Buffer.alloc(3_333_333, 'twinlens')
  expect(await hashFile(make('large', large))).toEqual(hashContent(large))
})

test('contents are compared to the last byte', async () => {
  const bytes = Buffer.alloc(2_500_000, 'abc')
  const a = make('a', bytes)
  const b = make('b', bytes)
  expect(await sameContent(a, b)).toBe(true)
  bytes[2_499_999] = 0
  expect(await sameContent(a, make('c', bytes))).toBe(false)
  expect(await sameContent(a, make('d', bytes.subarray(1)))).toBe(false)
  await expect(sameContent(a, join(root, 'none'))).rejects.toEqual(code('vanished'))
})
