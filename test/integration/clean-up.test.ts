import { mkdir, readFile, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runCommand, scanWithCommand, type CommandOutcome } from '../support/run-command.ts'
import { copyDated, distinctPhoto, makeWorkspace, writeDated, type SmallLibrary } from '../support/small-library.ts'

// Real: the command, the XDG trash (in a home of the test's own), moves, journal and hashes. POSIX and XDG paths: these
// tests speak of the Linux trash; the same moves run on every platform.

let place: SmallLibrary
let journal: string[]

beforeEach(async () => {
  place = await makeWorkspace('clean')
  process.env['XDG_DATA_HOME'] = join(place.workspace, 'data')
  await mkdir(join(place.workspace, 'data'))
  journal = ['--catalog', join(place.workspace, 'catalog')]
})
afterEach(async () => {
  delete process.env['XDG_DATA_HOME']
  await rm(place.workspace, { recursive: true, force: true })
})

const at = (...names: string[]): string => join(place.library, ...names)
const resultFile = (): string => join(place.workspace, 'result.json')
const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

/** Three identical files, the oldest in `b`; and one of its own. */
async function threeCopies(): Promise<void> {
  await mkdir(at('a'))
  await mkdir(at('b'))
  await writeDated(
    at('b', 'first.jpg'),
    await distinctPhoto('casa-mila.jpg', 1).catch(() => distinctPhoto('blue-periwinkle.jpg', 1)),
    900,
  )
  await copyDated(at('b', 'first.jpg'), at('a', 'copy.jpg'), 30)
  await copyDated(at('b', 'first.jpg'), at('a', 'copy (2).jpg'), 20)
  await writeDated(at('unique.jpg'), await distinctPhoto('abstract-spiral.jpg', 9), 10)
  await scanWithCommand(place.library, place.workspace)
}

function clean(...extra: string[]): Promise<CommandOutcome> {
  return runCommand(['clean', resultFile(), ...journal, ...extra])
}

test('without --apply nothing changes', async () => {
  await threeCopies()
  const outcome = await clean()
  expect(outcome.code, outcome.stderr).toBe(0)
  expect(outcome.stdout).toContain('Nothing was changed')
  expect((await readdir(at('a'))).sort()).toEqual(['copy (2).jpg', 'copy.jpg'])
})

test('--apply trashes the newer copies, the oldest stays; restore puts them back, byte for byte', async () => {
  await threeCopies()
  const bytes = await readFile(at('a', 'copy.jpg'))
  const applied = await clean('--apply')
  expect(applied.code, applied.stdout + applied.stderr).toBe(0)
  expect(await readdir(at('a'))).toEqual([])
  expect(await exists(at('b', 'first.jpg'))).toBe(true)
  expect(await exists(at('unique.jpg'))).toBe(true)
  const restored = await runCommand(['restore', ...journal])
  expect(restored.code, restored.stdout + restored.stderr).toBe(0)
  expect(await readFile(at('a', 'copy.jpg'))).toEqual(bytes)
  expect((await readdir(at('a'))).sort()).toEqual(['copy (2).jpg', 'copy.jpg'])
})

test('--move-to keeps the relative path, and restore brings the files back', async () => {
  await threeCopies()
  const target = join(place.workspace, 'moved')
  const applied = await clean('--apply', '--move-to', target)
  expect(applied.code, applied.stdout + applied.stderr).toBe(0)
  expect((await readdir(join(target, 'a'))).sort()).toEqual(['copy (2).jpg', 'copy.jpg'])
  const restored = await runCommand(['restore', ...journal])
  expect(restored.code, restored.stdout).toBe(0)
  expect((await readdir(at('a'))).sort()).toEqual(['copy (2).jpg', 'copy.jpg'])
})

test('a file that changed since the scan stays, and is said', async () => {
  await threeCopies()
  await writeFile(at('a', 'copy.jpg'), await distinctPhoto('blue-periwinkle.jpg', 77))
  const outcome = await clean('--apply')
  expect(outcome.code).toBe(1)
  expect(outcome.stdout).toMatch(/copy\.jpg.*changed since the scan/)
  expect(await exists(at('a', 'copy.jpg'))).toBe(true)
  expect(await exists(at('a', 'copy (2).jpg'))).toBe(false)
})

test('same size and time but other bytes: the content hash saves the file', async () => {
  await threeCopies()
  const path = at('a', 'copy.jpg')
  const before = await stat(path)
  const bytes = await readFile(path)
  const last = bytes.length - 3
  bytes[last] = (bytes[last] ?? 0) ^ 1
  await writeFile(path, bytes)
  await utimes(path, before.atime, before.mtime)
  const outcome = await clean('--apply')
  expect(outcome.code).toBe(1)
  expect(await exists(path)).toBe(true)
})

test('when the copy that was to stay is gone, the others stay', async () => {
  await threeCopies()
  await rm(at('b', 'first.jpg'))
  const outcome = await clean('--apply')
  const left = await readdir(at('a'))
  expect(left.length, outcome.stdout).toBeGreaterThanOrEqual(1)
})

test('restore never overwrites what has come to the place since', async () => {
  await threeCopies()
  await clean('--apply')
  await writeFile(at('a', 'copy.jpg'), 'something else')
  const restored = await runCommand(['restore', ...journal])
  expect(restored.code).toBe(1)
  expect(await readFile(at('a', 'copy.jpg'), 'utf8')).toBe('something else')
  expect(await exists(at('a', 'copy (2).jpg'))).toBe(true)
  await rm(at('a', 'copy.jpg'))
  const again = await runCommand(['restore', ...journal])
  expect(again.code, again.stdout).toBe(0)
  expect(await exists(at('a', 'copy.jpg'))).toBe(true)
})

test('perceptual groups are not touched unless they are named', async () => {
  const photo = await distinctPhoto('blue-periwinkle.jpg', 5, 600)
  await writeDated(at('large.jpg'), photo, 5)
  const { default: sharp } = await import('sharp')
  await writeDated(at('small.jpg'), await sharp(photo).resize(300).jpeg().toBuffer(), 1)
  const { result } = await scanWithCommand(place.library, place.workspace)
  const group = result.groups.find(({ tier }) => tier === 'perceptual')
  expect(group?.members.map(({ suggestion }) => suggestion)).toEqual(['undecided', 'undecided'])
  expect((await clean('--apply')).stdout).toContain('0 files')
  expect((await readdir(place.library)).sort()).toEqual(['large.jpg', 'small.jpg'])
  const asked = await clean('--apply', '--tiers', 'exact,perceptual', '--keep', 'largest')
  expect(asked.code, asked.stdout).toBe(0)
  expect(await readdir(place.library)).toEqual(['large.jpg'])
})
