import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ScanResult } from '../../src/shared/contract/scan-result.ts'
import { rawBuilders } from '../fixtures/generator/raw-files.ts'
import { runCommand, scanWithCommand, type CommandOutcome } from '../support/run-command.ts'
import { distinctPhoto, makeWorkspace, writeDated, type SmallLibrary } from '../support/small-library.ts'

// Real: the command on files that belong together, the XDG trash in a home of the test's own, and restoring from it. Raw files are
// built around real JPEGs; videos and sidecars are bytes, which is all that Twinlens makes of them.

let place: SmallLibrary
let journal: string[]
let result: ScanResult

beforeEach(async () => {
  place = await makeWorkspace('units')
  process.env['XDG_DATA_HOME'] = join(place.workspace, 'data')
  await mkdir(join(place.workspace, 'data'))
  journal = ['--catalog', join(place.workspace, 'catalog')]
})
afterEach(async () => {
  delete process.env['XDG_DATA_HOME']
  await rm(place.workspace, { recursive: true, force: true })
})

/** Writes files by their path below the library; what is in `old` is older, so that it stays. */
async function write(files: Readonly<Record<string, Buffer | string>>): Promise<void> {
  for (const [path, bytes] of Object.entries(files)) {
    const to = join(place.library, path)
    await mkdir(dirname(to), { recursive: true })
    await writeDated(to, Buffer.from(bytes), path.startsWith('old/') ? 900 : 10)
  }
  ;({ result } = await scanWithCommand(place.library, place.workspace))
}

function clean(...extra: string[]): Promise<CommandOutcome> {
  return runCommand(['clean', join(place.workspace, 'result.json'), ...journal, ...extra])
}

/** Photos of four scenes. */
const sources = ['blue-periwinkle.jpg', 'abstract-spiral.jpg', 'roman-colosseum.jpg', 'perched-osprey.jpg']

const left = async (folder: string): Promise<string[]> => (await readdir(join(place.library, folder))).sort()
const video = (seed: string): Buffer => Buffer.from(`\0\0\0\x14ftypqt  ${seed.repeat(5000)}`)

async function rawOf(preview: Buffer): Promise<Buffer> {
  const parts = { width: 3200, height: 3200, takenAt: '2021:06:05 10:11:12', model: 'Test 5' }
  return rawBuilders['nef']?.({ thumbnail: preview, preview, ...parts }) ?? Buffer.alloc(0)
}

test('a Live Photo goes and comes back with its video and edits; what others need or nothing else holds stays', async () => {
  const [one, two, three, four] = await Promise.all(sources.map((source) => distinctPhoto(source, 7)))
  await write({
    'old/IMG_0001.JPG': one!,
    'old/IMG_0001.MOV': video('one'),
    'new/IMG_0001.JPG': one!,
    'new/IMG_0001.MOV': video('one'),
    'new/IMG_0001.AAE': 'edits of its own',
    // The video of each is nowhere else.
    'old/IMG_0002.JPG': two!,
    'old/IMG_0002.MOV': video('two, as long'),
    'new/IMG_0002.JPG': two!,
    'new/IMG_0002.MOV': video('second'),
    // Of the same size as the one that stays, but not the same.
    'old/IMG_0003.JPG': three!,
    'old/IMG_0003.MOV': video('3a3'),
    'new/IMG_0003.JPG': three!,
    'new/IMG_0003.MOV': video('3b3'),
    // Another picture of that name stays, and needs the rest.
    'old/IMG_0004.JPG': four!,
    'new/IMG_0004.JPG': four!,
    'new/IMG_0004.PNG': await readFile(new URL('../fixtures/photos/coffee.png', import.meta.url)),
    'new/IMG_0004.AAE': 'edits of the other',
  })
  const before = await left('new')
  const plan = await clean()
  expect(plan.stdout).toMatch(/with IMG_0001\.MOV \(16 kB\)\n +with IMG_0001\.AAE \(1 kB; no copy/)
  expect(plan.stdout).toMatch(/stays +\S+new\/IMG_0002\.JPG\n +IMG_0002\.MOV belongs to it and has no other copy/)
  const applied = await clean('--apply')
  expect(applied.code, applied.stdout).toBe(1)
  expect(applied.stdout).toMatch(/skipped: \S+new\/IMG_0003\.JPG — .*no other copy of IMG_0003\.MOV/)
  const stayed = ['IMG_0002.JPG', 'IMG_0002.MOV', 'IMG_0003.JPG', 'IMG_0003.MOV', 'IMG_0004.AAE', 'IMG_0004.PNG']
  expect(await left('new')).toEqual(stayed)
  expect(await left('old')).toHaveLength(7)
  const restored = await runCommand(['restore', ...journal])
  expect(restored.code, restored.stdout).toBe(0)
  expect(await left('new')).toEqual(before)
  expect(await readFile(join(place.library, 'new/IMG_0001.AAE'), 'utf8')).toBe('edits of its own')
})

test('raw file and JPEG of a shot are no duplicates of each other, and go together or not at all', async () => {
  const [one, two] = await Promise.all(sources.map((source) => distinctPhoto(source, 5)))
  const raw = await rawOf(one!)
  await write({
    'old/DSC_1.NEF': raw,
    'old/DSC_1.JPG': one!,
    'new/DSC_1.NEF': raw,
    'new/DSC_1.JPG': one!,
    'new/DSC_1.NEF.xmp': 'develop settings',
    // Older, but without the raw file.
    'old/DSC_2.JPG': two!,
    'new/DSC_2.JPG': two!,
    'new/DSC_2.NEF': await rawOf(two!),
    'new/DSC_2.xmp': 'develop settings',
  })
  expect(result.unreadable).toEqual([])
  expect(result.groups.map(({ tier, members }) => [tier, members.length])).toEqual([
    ['exact', 2],
    ['exact', 2],
    ['exact', 2],
  ])
  const target = join(place.workspace, 'moved')
  const applied = await clean('--apply', '--move-to', target)
  expect(applied.stdout).toMatch(/old\/DSC_2\.JPG\n +Copy of .* its video, raw file or JPEG lies beside it/)
  expect(await left('new')).toEqual(['DSC_2.JPG', 'DSC_2.NEF', 'DSC_2.xmp'])
  expect((await readdir(join(target, 'new'))).sort()).toEqual(['DSC_1.JPG', 'DSC_1.NEF', 'DSC_1.NEF.xmp'])
  expect(await left('old')).toEqual(['DSC_1.JPG', 'DSC_1.NEF'])
  await runCommand(['restore', ...journal])
  expect(await left('new')).toHaveLength(6)
})

test('a sidecar stays when its photo turns out to have to, and when another photo has come that needs it', async () => {
  const [one, two] = await Promise.all(sources.map((source) => distinctPhoto(source, 3)))
  await write({
    'old/A.jpg': one!,
    'new/A.jpg': one!,
    'new/A.xmp': 'edits',
    'old/B.jpg': two!,
    'new/B.jpg': two!,
    'new/B.xmp': 'edits',
  })
  await writeFile(join(place.library, 'new/A.jpg'), 'something else')
  await writeFile(join(place.library, 'new/B.tif'), 'came after the scan')
  const applied = await clean('--apply')
  expect(applied.code).toBe(1)
  expect(await left('new')).toEqual(['A.jpg', 'A.xmp', 'B.tif', 'B.xmp'])
})
