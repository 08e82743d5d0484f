import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { noSecretKeeper } from '../../src/engine/backends/secret-keeper.ts'
import { CatalogUpkeep } from '../../src/engine/catalog-upkeep.ts'
import { runCommandLine } from '../../src/engine/command-line/run.ts'
import { trashWithLibrary } from '../../src/engine/files/trash.ts'
import { LibrarySession } from '../../src/engine/library-session.ts'
import { thumbnailOf } from '../../src/engine/serving/photo-bytes.ts'
import { ScanOptions } from '../../src/shared/contract/scan.ts'
import { distinctPhoto, makeWorkspace, type SmallLibrary } from '../support/small-library.ts'

// Real: a scanned library with its catalog and files.

let place: SmallLibrary
let session: LibrarySession

beforeEach(async () => {
  place = await makeWorkspace('upkeep')
  session = await LibrarySession.open({
    catalogDir: join(place.workspace, 'catalog'),
    dataDir: place.workspace,
    resourcesDir: fileURLToPath(new URL('../../resources', import.meta.url)),
    trash: trashWithLibrary,
    secrets: noSecretKeeper,
  })
  for (let k = 0; k < 6; k++) {
    await writeFile(join(place.library, `${k}.jpg`), await distinctPhoto('blue-periwinkle.jpg', k, 700))
  }
  await session.addFolders([place.library])
  const job = await session.startScan({
    folderIds: null,
    options: ScanOptions.parse({}),
    tiers: ['exact'],
    live: false,
  })
  await job.done
})
afterEach(async () => {
  await session.close()
  await rm(place.workspace, { recursive: true, force: true })
})

test('an evicted thumbnail comes back from the file, byte for byte, and not from a file that has changed', async () => {
  const photos = session.review.allPhotos()
  const before = await Promise.all(photos.map(({ fileId }) => thumbnailOf(session, fileId)))
  expect(before.every((picture) => picture !== null && picture.bytes.length > 1000)).toBe(true)
  const { thumbnails } = session.catalog
  thumbnails.setCap(1)
  thumbnails.setCap(2 ** 30)
  for (const { contentId } of photos) expect(thumbnails.read(contentId)).toBeNull()
  const [changed, ...others] = photos
  if (changed === undefined) throw new Error('no photos')
  await writeFile(changed.path, await distinctPhoto('blue-periwinkle.jpg', 99, 700))
  expect(await thumbnailOf(session, changed.fileId)).toBeNull()
  for (const photo of others) {
    const again = await thumbnailOf(session, photo.fileId)
    expect(Buffer.from(again?.bytes ?? []).equals(before[photos.indexOf(photo)]?.bytes ?? Buffer.alloc(0))).toBe(true)
    expect(thumbnails.read(photo.contentId)).not.toBeNull()
  }
})

test('free pages are given back only while nothing runs', async () => {
  let busy = true
  const steps: boolean[] = []
  const compact = session.catalog.compact.bind(session.catalog)
  const watched = { ...session.catalog, compact: (begun: boolean) => (steps.push(busy), compact(begun)) }
  const upkeep = new CatalogUpkeep(watched, () => busy, 5)
  upkeep.restart()
  await new Promise((resolve) => setTimeout(resolve, 60))
  expect(steps).toEqual([])
  busy = false
  await vi.waitFor(() => expect(steps).toEqual([false]))
  upkeep.stop()
})

test('`catalog check` says whether the catalog is sound, and that it is in use', async () => {
  const catalogDir = join(place.workspace, 'catalog')
  const check = async (): Promise<{ code: number; stdout: string; stderr: string }> => {
    const [out, error] = [vi.spyOn(process.stdout, 'write'), vi.spyOn(process.stderr, 'write')]
    out.mockReturnValue(true)
    error.mockReturnValue(true)
    const code = await runCommandLine(['catalog', 'check', '--catalog', catalogDir])
    const [stdout, stderr] = [out, error].map((stream) => stream.mock.calls.map(([text]) => String(text)).join(''))
    vi.restoreAllMocks()
    return { code, stdout: stdout ?? '', stderr: stderr ?? '' }
  }
  const inUse = await check()
  expect(inUse).toMatchObject({ code: 2, stderr: expect.stringContaining('Another Twinlens is using this catalog') })
  await session.close()
  const sound = await check()
  expect(sound).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/catalog\.sqlite .* sound\nthumbnails\.sqlite .* sound/),
  })
  await writeFile(
    join(catalogDir, 'thumbnails.sqlite'),
    'no database at all, and longer than a header of one hundred bytes'.repeat(3),
  )
  const damaged = await check()
  expect(damaged).toMatchObject({ code: 1, stdout: expect.stringMatching(/thumbnails\.sqlite .* damaged\n {2}\S/) })
  await rm(join(catalogDir, 'thumbnails.sqlite'))
  session = await LibrarySession.open({
    catalogDir,
    dataDir: place.workspace,
    resourcesDir: fileURLToPath(new URL('../../resources', import.meta.url)),
    trash: trashWithLibrary,
    secrets: noSecretKeeper,
  })
})
