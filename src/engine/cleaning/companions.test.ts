import { link, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { hashContent, statFile } from '../files/read.ts'
import { checkCompanion, checkContents } from './check-companions.ts'
import { planUnits } from './companions.ts'
import type { Removal } from './removal.ts'

// Real: folders and files. Given: which photos go, and which stay for them.

let root = ''

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'twinlens-companions-'))
})
afterEach(() => rm(root, { recursive: true }))

const at = (path: string): string => join(root, path)

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(at(path)), { recursive: true })
    await writeFile(at(path), text)
  }
}

const going = (path: string, ...survivors: string[]) => ({
  path: at(path),
  takenAt: null,
  survivors: survivors.map(at),
})

async function plan(...photos: ReturnType<typeof going>[]) {
  const { companions, incomplete } = await planUnits(photos, () => null)
  const shorten = (path: string): string => path.slice(root.length + 1)
  return {
    companions: [...companions].map(([path, list]) => [shorten(path), list.map(({ name }) => name)]),
    incomplete: [...incomplete].map(([path, part]) => [shorten(path), part]),
  }
}

test('a copy that is to go itself is no copy that stays', async () => {
  await write({ 'x/1.NEF': 'raw', 'x/1.JPG': 'jpg', 'y/1.NEF': 'raw', 'y/1.JPG': 'jpg' })
  // Of each pair of copies the other one is to go: one unit stays, and the other one goes wholly.
  expect(await plan(going('x/1.NEF', 'y/1.NEF'), going('y/1.JPG', 'x/1.JPG'))).toEqual({
    companions: [['y/1.JPG', ['1.NEF']]],
    incomplete: [['x/1.NEF', '1.JPG']],
  })
})

test('when raw file and JPEG both go, what they share goes once, with the last of them', async () => {
  await write({ 'x/1.NEF': 'raw', 'x/1.JPG': 'jpg', 'y/1.NEF': 'raw', 'y/1.JPG': 'jpg', 'y/1.xmp': 'edits' })
  const { companions, incomplete } = await plan(going('y/1.JPG', 'x/1.JPG'), going('y/1.NEF', 'x/1.NEF'))
  expect(companions).toEqual([['y/1.NEF', ['1.xmp']]])
  expect(incomplete).toEqual([])
})

test('the copy may have another name, as its photo does', async () => {
  await write({ 'x/IMG_1 (2).HEIC': 'p', 'x/IMG_1 (2).MOV': 'v', 'y/IMG_1.HEIC': 'p', 'y/IMG_1.MOV': 'v' })
  expect((await plan(going('y/IMG_1.HEIC', 'x/IMG_1 (2).HEIC'))).companions).toEqual([['y/IMG_1.HEIC', ['IMG_1.MOV']]])
})

test('just before a photo goes, its video must have a copy that is another file with the same bytes', async () => {
  await write({ 'x/1.JPG': 'p', 'y/1.JPG': 'p', 'y/1.MOV': 'video' })
  await symlink(at('y/1.MOV'), at('x/1.MOV'))
  const removalOf = async (): Promise<Removal> => {
    const { companions } = await planUnits([going('y/1.JPG', 'x/1.JPG')], () => null)
    return { path: at('y/1.JPG'), companions: companions.get(at('y/1.JPG')) ?? [] } as unknown as Removal
  }
  const { signal } = new AbortController()
  await expect(checkContents(await removalOf(), signal)).rejects.toMatchObject({ code: 'last-copy' })
  await rm(at('x/1.MOV'))
  await link(at('y/1.MOV'), at('x/1.MOV'))
  await expect(checkContents(await removalOf(), signal)).resolves.toBeUndefined()
  const stale = await removalOf()
  await writeFile(at('y/1.MOV'), 'other')
  await expect(checkContents(stale, signal)).rejects.toMatchObject({ code: 'changed-since-scan' })
})

test('a sidecar that another photo needs by now does not go', async () => {
  await write({ 'y/1.xmp': 'edits', 'y/1.tif': 'came meanwhile' })
  const stamp = await statFile(at('y/1.xmp'))
  if (stamp === null) throw new Error('not written')
  const companion = {
    path: at('y/1.xmp'),
    name: '1.xmp',
    bytes: 5,
    stamp,
    kind: 'sidecar',
    unique: true,
    twins: [],
  } as const
  const hash = Buffer.from(hashContent(Buffer.from('edits'))).toString('hex')
  await expect(checkCompanion(companion, hash, at('y/1.JPG'))).rejects.toMatchObject({ code: 'last-copy' })
  await rm(at('y/1.tif'))
  await expect(checkCompanion(companion, hash, at('y/1.JPG'))).resolves.toBeUndefined()
  await expect(checkCompanion(companion, hash.replace(/./, 'g'), at('y/1.JPG'))).rejects.toMatchObject({
    code: 'changed-since-scan',
  })
})
