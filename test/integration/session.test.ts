import { copyFile, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { EngineEvent } from '../../src/shared/contract/calls.ts'
import { ScanOptions } from '../../src/shared/contract/scan.ts'
import { noSecretKeeper } from '../../src/engine/backends/secret-keeper.ts'
import { hashFile, statFile } from '../../src/engine/files/read.ts'
import { trashWithLibrary } from '../../src/engine/files/trash.ts'
import { LibrarySession } from '../../src/engine/library-session.ts'
import type { ScanRequest } from '../../src/engine/scan-job.ts'
import { distinctPhoto, makeWorkspace, type SmallLibrary } from '../support/small-library.ts'

// Real: an open library as the app's engine holds it, with its catalog, model and files; only the window is missing.

const resourcesDir = fileURLToPath(new URL('../../resources', import.meta.url))

let place: SmallLibrary
let session: LibrarySession

const open = (): Promise<LibrarySession> =>
  LibrarySession.open({
    catalogDir: join(place.workspace, 'catalog'),
    dataDir: place.workspace,
    resourcesDir,
    trash: trashWithLibrary,
    secrets: noSecretKeeper,
  })

beforeEach(async () => {
  place = await makeWorkspace('session')
  session = await open()
})
afterEach(async () => {
  await session.close()
  await rm(place.workspace, { recursive: true, force: true })
})

const request: ScanRequest = {
  folderIds: null,
  options: ScanOptions.parse({}),
  tiers: ['exact', 'perceptual', 'ai'],
  live: true,
}

async function fill(count: number): Promise<void> {
  for (let k = 0; k < count; k++) {
    await writeFile(join(place.library, `photo-${k}.jpg`), await distinctPhoto('blue-periwinkle.jpg', k, 200 + k))
  }
  await session.addFolders([place.library])
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

test('pause holds the scan, resume goes on, and the time of the pause does not count', async () => {
  await fill(120)
  const events: EngineEvent[] = []
  session.watch((event) => events.push(event))
  const lastRead = (): number =>
    events.flatMap((event) => (event.type === 'scan' ? [event.progress.read] : [])).at(-1) ?? 0
  const scan = await session.startScan(request)
  await expect.poll(lastRead, { interval: 5, timeout: 20_000 }).toBeGreaterThan(8)
  scan.pause()
  // What was in flight is finished first: decoders, and the batches that wait for the model.
  let held = -1
  while (held !== lastRead()) {
    held = lastRead()
    await pause(1500)
  }
  expect(held).toBeLessThan(120)
  await pause(500)
  expect(lastRead()).toBe(held)
  expect(events.at(-1)).toMatchObject({ type: 'scan', progress: { phase: 'paused' } })
  scan.resume()
  const last = await scan.done
  expect(last).toMatchObject({ phase: 'finished', stats: { photos: 120 } })
}, 60_000)

test('cancel ends the scan at once, also while it is paused; the next one goes on from there', async () => {
  await fill(120)
  const scan = await session.startScan(request)
  await pause(300)
  scan.pause()
  const started = performance.now()
  scan.cancel()
  expect((await scan.done).phase).toBe('cancelled')
  expect(performance.now() - started).toBeLessThan(5_000)
  const next = await session.startScan(request)
  expect(await next.done).toMatchObject({ phase: 'finished', stats: { photos: 120 } })
}, 60_000)

test('identical files show up as a group while the scan still runs', async () => {
  await fill(100)
  await copyFile(join(place.library, 'photo-0.jpg'), join(place.library, 'aa-copy.jpg'))
  let groups = 0
  let read = 0
  session.watch((event) => {
    if (event.type === 'scan') read = event.progress.read
    if (event.type === 'groups-changed') groups = event.summary.tiers.find(({ tier }) => tier === 'exact')?.groups ?? 0
  })
  const scan = await session.startScan(request)
  await expect.poll(() => read, { interval: 5, timeout: 20_000 }).toBeGreaterThan(8)
  scan.pause()
  await expect.poll(() => groups, { timeout: 15_000 }).toBe(1)
  expect(read).toBeLessThan(101)
  scan.resume()
  expect((await scan.done).phase).toBe('finished')
}, 90_000)

test('a picture that lies there many times is decoded once, also while the catalog has not heard of it yet', async () => {
  await fill(1)
  for (let k = 0; k < 40; k++) await copyFile(join(place.library, 'photo-0.jpg'), join(place.library, `copy-${k}.jpg`))
  const scan = await session.startScan({ ...request, tiers: ['exact', 'perceptual'] })
  expect(await scan.done).toMatchObject({ phase: 'finished', stats: { photos: 41, read: 41, decoded: 1, reused: 40 } })
})

test('only one scan runs at a time, and nothing is removed meanwhile', async () => {
  await fill(40)
  const scan = await session.startScan(request)
  await expect(session.startScan(request)).rejects.toMatchObject({ code: 'busy' })
  expect(() => session.forgetFolder(1)).toThrow(/running/)
  await scan.done
}, 60_000)

test('a clean-up that was cut off is settled at the next start by what is true on the disk', async () => {
  await fill(3)
  const scan = await session.startScan(request)
  await scan.done
  const items = await Promise.all(
    ['photo-0.jpg', 'photo-1.jpg', 'photo-2.jpg'].map(async (name) => {
      const path = join(place.library, name)
      const stamp = await statFile(path)
      if (stamp === null) throw new Error(`${path} is missing`)
      return { path, name, bytes: stamp.bytes, stamp, contentHash: await hashFile(path) }
    }),
  )
  const id = session.catalog.journal.begin({ destination: 'folder', destinationPath: '/elsewhere', items })
  const elsewhere = join(place.workspace, 'elsewhere')
  for (const item of session.catalog.journal.read(id).items) {
    session.catalog.journal.intend(item.id, item.name === 'photo-2.jpg' ? join(elsewhere, item.name) : undefined)
  }
  await mkdir(elsewhere)
  await rename(join(place.library, 'photo-2.jpg'), join(elsewhere, 'photo-2.jpg'))
  await rename(join(place.library, 'photo-1.jpg'), join(place.workspace, 'elsewhere', 'photo-1.jpg'))
  await session.close()
  session = await open()
  const { journal, items: settled } = session.catalog.journal.read(id)
  expect(journal.finishedMs).not.toBeNull()
  expect(settled.map(({ name, state }) => [name, state])).toEqual([
    ['photo-0.jpg', 'skipped'],
    ['photo-1.jpg', 'unknown'],
    ['photo-2.jpg', 'removed'],
  ])
  expect((await stat(join(place.library, 'photo-0.jpg'))).size).toBeGreaterThan(0)
  await session.restore(id, new AbortController().signal, () => undefined)
  expect((await stat(join(place.library, 'photo-2.jpg'))).size).toBeGreaterThan(0)
}, 60_000)
