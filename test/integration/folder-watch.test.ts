import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { noSecretKeeper } from '../../src/engine/backends/secret-keeper.ts'
import { typeAt } from '../../src/engine/files/watch-tree.ts'
import { trashWithLibrary } from '../../src/engine/files/trash.ts'
import { FolderWatch, watchTimes } from '../../src/engine/folder-watch.ts'
import { LibrarySession } from '../../src/engine/library-session.ts'
import { ScanOptions } from '../../src/shared/contract/scan.ts'
import { distinctPhoto, makeWorkspace, type SmallLibrary } from '../support/small-library.ts'

// Real: folders, the system's notices of changes, a library and its scans.

let place: SmallLibrary
let session: LibrarySession
let watch: FolderWatch
let busy = false
const scanned: number[][] = []

const openSession = (): Promise<LibrarySession> =>
  LibrarySession.open({
    catalogDir: join(place.workspace, 'catalog'),
    dataDir: place.workspace,
    resourcesDir: fileURLToPath(new URL('../../resources', import.meta.url)),
    trash: trashWithLibrary,
    secrets: noSecretKeeper,
  })

const times = { ...watchTimes, settle: 100, patience: 2_000, look: 100 }

const watchOver = (own: Partial<typeof watchTimes> = {}): FolderWatch =>
  new FolderWatch(
    {
      catalog: session.catalog,
      isBusy: () => busy,
      scan: async (folderIds) => {
        scanned.push([...folderIds])
        const options = ScanOptions.parse({})
        await (await session.startScan({ folderIds, options, tiers: ['exact'], live: false })).settled()
      },
      changed: () => undefined,
    },
    { ...times, ...own },
  )

beforeEach(async () => {
  place = await makeWorkspace('watch')
  session = await openSession()
  watch = watchOver()
  busy = false
  scanned.length = 0
})
afterEach(async () => {
  await watch.close()
  await session.close()
  await rm(place.workspace, { recursive: true, force: true })
})

const add = async (name: string, mark: number, folder = place.library): Promise<void> =>
  writeFile(join(folder, name), await distinctPhoto('blue-periwinkle.jpg', mark))
const names = (): string[] => [...session.catalog.photos.loadPhotos()].map(({ path }) => path.split('/').at(-1) ?? '')
const soon = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 15_000, interval: 50 })

test('what comes, goes and moves in a watched folder is in the library soon after, also after a restart', async () => {
  await add('first.jpg', 1)
  const [id = 0] = await session.addFolders([place.library])
  await watch.set(id, true)
  await soon(() => expect(names()).toEqual(['first.jpg']))
  expect(watch.stateOf(id)).toBe('events')
  await mkdir(join(place.library, 'below'))
  await add('second.jpg', 2, join(place.library, 'below'))
  await soon(() => expect(names()).toEqual(['first.jpg', 'second.jpg']))
  await rename(join(place.library, 'first.jpg'), join(place.library, 'below', 'moved.jpg'))
  await soon(() => expect(names().toSorted()).toEqual(['moved.jpg', 'second.jpg']))
  await watch.close()
  await session.close()
  await rm(join(place.library, 'below', 'second.jpg'))
  session = await openSession()
  watch = watchOver()
  await watch.begin()
  await soon(() => expect(names()).toEqual(['moved.jpg']))
  await watch.set(id, false)
  expect(watch.stateOf(id)).toBe('off')
  const before = scanned.length
  await add('third.jpg', 3)
  await new Promise((resolve) => setTimeout(resolve, 600))
  expect(scanned.length).toBe(before)
  expect(session.catalog.folders.list()[0]?.watched).toBe(false)
})

test('many changes are one scan, and it waits while something else runs', async () => {
  const [id = 0] = await session.addFolders([place.library])
  await watch.set(id, true)
  await soon(() => expect(scanned.length).toBe(1))
  busy = true
  for (let k = 0; k < 12; k++) await add(`${k}.jpg`, k)
  await new Promise((resolve) => setTimeout(resolve, 500))
  expect(scanned.length).toBe(1)
  busy = false
  await soon(() => expect(names().length).toBe(12))
  expect(scanned.length).toBe(2)
})

test('a drive that goes away keeps its photos, and is taken up again when it is back', async () => {
  await add('first.jpg', 1)
  const [id = 0] = await session.addFolders([place.library])
  await watch.begin()
  await watch.set(id, true)
  await soon(() => expect(names()).toEqual(['first.jpg']))
  const elsewhere = `${place.library}-unplugged`
  await rename(place.library, elsewhere)
  await soon(() => expect(watch.stateOf(id)).toBe('away'))
  expect(session.catalog.folders.list()[0]?.online).toBe(false)
  expect([...session.catalog.photos.loadPhotos()]).toMatchObject([{ offline: true }])
  await add('second.jpg', 2, elsewhere)
  await rename(elsewhere, place.library)
  await soon(() => expect(names()).toEqual(['first.jpg', 'second.jpg']))
  expect(watch.stateOf(id)).toBe('events')
  expect(session.catalog.folders.list()[0]?.online).toBe(true)
})

test('a folder whose changes are not told is scanned at intervals', async () => {
  // The notices know no name that is not Unicode; the walk does.
  const odd = Buffer.concat([Buffer.from(`${place.workspace}/caf`), Buffer.from([0xe9])])
  await mkdir(odd)
  await writeFile(Buffer.concat([odd, Buffer.from('/first.jpg')]), await distinctPhoto('blue-periwinkle.jpg', 1))
  await watch.close()
  watch = watchOver({ interval: 300 })
  await watch.begin()
  const [id = 0] = await session.addFolders([`${place.workspace}/caf\udce9`])
  await watch.set(id, true)
  await soon(() => expect(names()).toEqual(['first.jpg']))
  expect(watch.stateOf(id)).toBe('intervals')
  await writeFile(Buffer.concat([odd, Buffer.from('/second.jpg')]), await distinctPhoto('blue-periwinkle.jpg', 2))
  await soon(() => expect(names()).toEqual(['first.jpg', 'second.jpg']))
})

test('the file system of a path is that of the innermost mount, spaces and later mounts minded', () => {
  const mounts = [
    '22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw',
    '80 22 0:52 / /mnt/photo\\040share rw shared:9 master:2 - nfs4 nas:/photos rw',
    '81 22 0:53 / /media/disk rw - ext4 /dev/sdb1 rw',
    '82 22 0:54 / /media/disk rw - fuse.sshfs me@host: rw',
  ].join('\n')
  expect(typeAt(mounts, '/mnt/photo share/2020')).toBe('nfs4')
  expect(typeAt(mounts, '/mnt/photo shared')).toBe('ext4')
  expect(typeAt(mounts, '/media/disk')).toBe('fuse.sshfs')
})
