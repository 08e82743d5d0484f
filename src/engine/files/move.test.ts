import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { moveBack, moveToFolder } from './move.ts'
import { hashContent } from './read.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'twinlens-move-'))
})
afterEach(() => rmSync(root, { recursive: true }))

const make = (path: string, content: string): string => {
  writeFileSync(join(root, path), content)
  return join(root, path)
}
const hashOf = (text: string): Uint8Array => hashContent(Buffer.from(text))
const read = (path: string): string => readFileSync(path, 'utf8')
const code = (value: string) => expect.objectContaining({ code: value })

// A second file system, where this machine has one: copies instead of renames.
const shared = '/dev/shm'
const hasOther = existsSync(shared) && statSync(shared).dev !== statSync(tmpdir()).dev
const places = hasOther ? (['same disk', 'another disk'] as const) : (['same disk'] as const)

describe.each(places)('moving to a folder on the %s', (place) => {
  let away = ''
  beforeEach(() => {
    away = mkdtempSync(join(place === 'same disk' ? root : shared, 'twinlens-away-'))
  })
  afterEach(() => rmSync(away, { recursive: true, force: true }))

  test('keeps content and time, makes folders, never takes a name that is taken, and goes back', async () => {
    const times = new Date('2020-02-03T04:05:06.789Z')
    const moved: string[] = []
    for (const content of ['one', 'two', 'three']) {
      const path = make('photo.v1.jpg', content)
      utimesSync(path, times, times)
      moved.push(await moveToFolder(path, away, join('2020', 'trip', 'photo.v1.jpg')))
      expect(existsSync(path)).toBe(false)
    }
    expect(moved).toEqual(
      ['photo.v1.jpg', 'photo.v1 (2).jpg', 'photo.v1 (3).jpg'].map((n) => join(away, '2020/trip', n)),
    )
    expect(moved.map(read)).toEqual(['one', 'two', 'three'])
    expect(moved.map((path) => Math.round(statSync(path).mtimeMs))).toEqual(moved.map(() => times.getTime()))
    const back = join(root, 'gone/again/photo.jpg')
    await moveBack(moved[1] ?? '', back, hashOf('two'))
    expect(read(back)).toBe('two')
    expect(Math.round(statSync(back).mtimeMs)).toBe(times.getTime())
    await expect(moveBack(moved[0] ?? '', back, hashOf('one'))).rejects.toEqual(code('would-overwrite'))
    await expect(moveBack(moved[0] ?? '', join(root, 'x'), hashOf('else'))).rejects.toEqual(code('changed-since-scan'))
    await expect(moveBack(moved[1] ?? '', join(root, 'x'), hashOf('two'))).rejects.toEqual(code('vanished'))
    expect([read(moved[0] ?? ''), read(back), existsSync(join(root, 'x'))]).toEqual(['one', 'two', false])
    expect(readdirSync(join(away, '2020/trip')).sort()).toEqual(['photo.v1 (3).jpg', 'photo.v1.jpg'])
  })

  test('names that are no UTF-8 move as they are', async () => {
    if (process.platform !== 'linux') return
    const { toNativePath } = await import('./native-path.ts')
    const path = join(root, '\udcff.jpg')
    writeFileSync(toNativePath(path), 'raw')
    const moved = await moveToFolder(path, away, '\udcff.jpg')
    expect(readdirSync(away, 'buffer')).toEqual([Buffer.from([0xff, 0x2e, 0x6a, 0x70, 0x67])])
    await moveBack(moved, path, hashOf('raw'))
    expect(readFileSync(toNativePath(path), 'utf8')).toBe('raw')
  })
})

test('a move that cannot be made leaves the file where it is', async () => {
  const path = make('a.jpg', 'a')
  make('in-the-way', 'file')
  await expect(moveToFolder(path, join(root, 'in-the-way'), 'a.jpg')).rejects.toEqual(code('destination-unusable'))
  for (const outside of ['../a.jpg', '/a.jpg', 'x/../../a.jpg', '', '.']) {
    await expect(moveToFolder(path, join(root, 'to'), outside)).rejects.toEqual(code('destination-unusable'))
  }
  await expect(moveToFolder(join(root, 'none'), join(root, 'to'), 'a')).rejects.toEqual(code('vanished'))
  symlinkSync(path, join(root, 'link.jpg'))
  await expect(moveToFolder(join(root, 'link.jpg'), join(root, 'to'), 'a')).rejects.toEqual(code('move-failed'))
  mkdirSync(join(root, 'folder'))
  await expect(moveToFolder(join(root, 'folder'), join(root, 'to'), 'a')).rejects.toEqual(code('move-failed'))
  expect(read(path)).toBe('a')
})
