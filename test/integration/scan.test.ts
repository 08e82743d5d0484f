import { spawn } from 'node:child_process'
import { cp, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openCatalog } from '../../src/engine/catalog/catalog.ts'
import { nodeBinary, runCommand, scanWithCommand } from '../support/run-command.ts'
import { copyDated, distinctPhoto, makeWorkspace, type SmallLibrary } from '../support/small-library.ts'

// Real: the command in its own process, SQLite, sharp, ONNX Runtime with the default model, real files.

const commandLine = fileURLToPath(new URL('../../src/engine/hosts/command-line.ts', import.meta.url))
const sources = [
  'beacon-street-sunset.jpg',
  'blue-periwinkle.jpg',
  'camera-canon-powershot-a70.jpg',
  'abstract-spiral.jpg',
]

let place: SmallLibrary
beforeEach(async () => {
  place = await makeWorkspace('scan')
})
afterEach(() => rm(place.workspace, { recursive: true, force: true }))

async function fill(count: number): Promise<void> {
  await mkdir(join(place.library, 'sub'))
  for (let k = 0; k < count; k++) {
    const bytes = await distinctPhoto(sources[k % sources.length] ?? '', k, 200 + k)
    await writeFile(join(place.library, k % 2 ? 'sub' : '.', `photo-${k}.jpg`), bytes)
  }
}

test('a second scan of an unchanged library opens no photo, and says the same', async () => {
  await fill(12)
  await copyDated(join(place.library, 'photo-0.jpg'), join(place.library, 'copy.jpg'), 3)
  const first = await scanWithCommand(place.library, place.workspace)
  expect(first.result.stats).toMatchObject({ read: 13, decoded: 12, embedded: 12 })
  const second = await scanWithCommand(place.library, place.workspace)
  expect(second.result.stats).toMatchObject({ read: 0, decoded: 0, embedded: 0, reused: 13 })
  expect(second.result.groups).toEqual(first.result.groups)
}, 60_000)

test('moved and renamed photos keep their results; what is gone leaves the groups', async () => {
  await fill(8)
  await copyDated(join(place.library, 'photo-0.jpg'), join(place.library, 'copy.jpg'), 3)
  await scanWithCommand(place.library, place.workspace)
  await rename(join(place.library, 'sub'), join(place.library, 'renamed'))
  await rename(join(place.library, 'photo-2.jpg'), join(place.library, 'other name.jpg'))
  await rm(join(place.library, 'copy.jpg'))
  const { result } = await scanWithCommand(place.library, place.workspace)
  expect(result.photos).toBe(8)
  expect(result.stats).toMatchObject({ decoded: 0, embedded: 0, read: 5 })
  expect(result.groups.filter(({ tier }) => tier === 'exact')).toEqual([])
}, 60_000)

test('a folder that is away is offline: nothing of it is forgotten', async () => {
  await fill(6)
  await scanWithCommand(place.library, place.workspace)
  await rename(place.library, `${place.library}-unplugged`)
  const away = await runCommand(['scan', place.library, '--catalog', join(place.workspace, 'catalog'), '--quiet'])
  expect(away.code).toBe(2)
  await rename(`${place.library}-unplugged`, place.library)
  const { result } = await scanWithCommand(place.library, place.workspace)
  expect(result.stats).toMatchObject({ read: 0, decoded: 0, reused: 6 })
}, 60_000)

test('content decides the format, and files that are no photos are passed over in silence', async () => {
  await writeFile(join(place.library, 'holiday.txt'), await distinctPhoto(sources[0] ?? '', 1))
  await writeFile(join(place.library, 'no extension'), await distinctPhoto(sources[1] ?? '', 2))
  await writeFile(join(place.library, 'notes.md'), 'not a photo')
  await writeFile(join(place.library, 'fake.jpg'), 'not a photo either')
  const { result } = await scanWithCommand(place.library, place.workspace)
  expect(result.photos).toBe(2)
  expect(result.unreadable.map(({ path, code }) => [path, code])).toEqual([
    [join(place.library, 'fake.jpg'), 'not-an-image'],
  ])
}, 60_000)

test('include, exclude, minimum size and hidden files are obeyed', async () => {
  await fill(4)
  await mkdir(join(place.library, '.hidden'))
  await cp(join(place.library, 'photo-0.jpg'), join(place.library, '.hidden', 'secret.jpg'))
  const count = async (...extra: string[]): Promise<number> =>
    (await scanWithCommand(place.library, await freshWorkspace(), ['--tiers', 'exact', ...extra])).result.photos
  expect(await count()).toBe(4)
  expect(await count('--hidden')).toBe(5)
  expect(await count('--exclude', 'sub')).toBe(2)
  expect(await count('--exclude', '**/photo-1.jpg', '--exclude', 'photo-2.*')).toBe(2)
  expect(await count('--include', '*-3.jpg')).toBe(1)
  expect(await count('--min-bytes', String((await stat(join(place.library, 'photo-0.jpg'))).size + 1_000_000))).toBe(0)
}, 90_000)

let fresh = 0
async function freshWorkspace(): Promise<string> {
  const folder = join(place.workspace, `fresh-${fresh++}`)
  await mkdir(folder)
  return folder
}

test('killed at random moments, the catalog opens and the next scan redoes at most a batch and what was in flight', async () => {
  await fill(160)
  const catalogDir = join(place.workspace, 'catalog')
  let done = 0
  for (let round = 0; round < 6; round++) {
    await startAndKill(catalogDir, 900 + ((round * 577) % 1100))
    const catalog = openCatalog(catalogDir)
    const { photos } = catalog.photos.counts()
    catalog.close()
    expect(photos).toBeGreaterThanOrEqual(done)
    done = photos
  }
  const { result } = await scanWithCommand(place.library, place.workspace)
  expect(result.photos).toBe(160)
  expect(result.stats.decoded).toBeLessThanOrEqual(160 - done)
  const again = await scanWithCommand(place.library, place.workspace)
  expect(again.result.stats.decoded).toBe(0)
}, 120_000)

function startAndKill(catalogDir: string, afterMs: number): Promise<void> {
  const child = spawn(nodeBinary(), [commandLine, 'scan', place.library, '--catalog', catalogDir, '--quiet'], {
    stdio: 'ignore',
  })
  setTimeout(() => child.kill('SIGKILL'), afterMs)
  return new Promise((resolve) => child.on('close', () => resolve()))
}

test('Ctrl-C stops within a batch with exit code 130, and what was finished is kept', async () => {
  await fill(160)
  const catalogDir = join(place.workspace, 'catalog')
  const child = spawn(nodeBinary(), [commandLine, 'scan', place.library, '--catalog', catalogDir], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  // Once as soon as the scan speaks: it has hardly begun then, which is the hardest moment to stop.
  let stopped = false
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (stopped || !/listing|analysing/.test(text)) return
    stopped = true
    child.kill('SIGINT')
  })
  let said = ''
  child.stderr.on('data', (text: string) => (said += text))
  const code = await new Promise<number | string | null>((resolve) =>
    child.on('close', (end, by) => resolve(end ?? by)),
  )
  expect(code, said).toBe(130)
  const { result } = await scanWithCommand(place.library, place.workspace)
  expect(result.photos).toBe(160)
}, 60_000)

test('wrong use, an unknown folder and an unknown model have their exit codes and say what to do', async () => {
  await fill(1)
  const cases: [string[], number, RegExp][] = [
    [['scan'], 2, /missing required argument/],
    [['scan', join(place.workspace, 'nowhere')], 2, /is not a folder/],
    [['scan', place.library, '--tiers', 'psychic'], 2, /exact, perceptual, ai/],
    [['scan', place.library, '--similarity', '7'], 2, /from 0 to 1/],
    [['scan', place.library, '--model', 'openclip-vit-b32'], 3, /Fetch it|not on this computer/],
    [['clean', join(place.workspace, 'none.json')], 2, /could not be read/],
    [['frobnicate'], 2, /unknown command/],
  ]
  for (const [args, code, words] of cases) {
    const extra = args[0] === 'scan' && args.length > 1 ? ['--catalog', join(place.workspace, 'c2')] : []
    const outcome = await runCommand([...args, ...extra])
    expect(outcome.code, `${args.join(' ')}: ${outcome.stderr}`).toBe(code)
    expect(outcome.stderr).toMatch(words)
  }
  const help = await runCommand(['--help'])
  expect(help.code).toBe(0)
  expect(help.stdout).toContain('Exit codes')
}, 60_000)
