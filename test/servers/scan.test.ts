import { copyFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ScanOptions, type ScanProgress } from '../../src/shared/contract/scan.ts'
import { ServerDraft, type InputFormat, type ServerKind } from '../../src/shared/contract/servers.ts'
import { noSecretKeeper } from '../../src/engine/backends/secret-keeper.ts'
import { buildScanResult } from '../../src/engine/export-report.ts'
import { trashWithLibrary } from '../../src/engine/files/trash.ts'
import { LibrarySession } from '../../src/engine/library-session.ts'
import { startPytorch } from '../support/servers/start-pytorch.ts'
import { startTriton } from '../support/servers/start-triton.ts'
import { distinctPhoto, makeWorkspace, type SmallLibrary } from '../support/small-library.ts'

// Real: whole scans of an open library through real servers, Triton 24.10 with a small network and FastAPI with open_clip
// ViT-B/32, against the same network in ONNX Runtime here.

const resourcesDir = fileURLToPath(new URL('../../resources', import.meta.url))
const sources = [
  'beacon-street-sunset.jpg',
  'blue-periwinkle.jpg',
  'abstract-spiral.jpg',
  'camera-canon-powershot-a70.jpg',
]

interface Way {
  kind: ServerKind
  url: string
  input: InputFormat | 'auto'
  model?: string
}

let place: SmallLibrary
let catalogs = 0

beforeAll(async () => {
  place = await makeWorkspace('server-scan')
  await fill(place.library, 16)
})
afterAll(() => rm(place.workspace, { recursive: true, force: true }))

/** Distinct photos, an identical copy, and edits that only the model recognises. */
async function fill(library: string, count: number): Promise<void> {
  for (let k = 0; k < count; k++) {
    const path = join(library, `photo-${String(k).padStart(3, '0')}.jpg`)
    await writeFile(path, await distinctPhoto(sources[k % sources.length] ?? '', k, 220 + k))
    if (k % 4 !== 1) continue
    const box = { create: { width: 40, height: 40, channels: 3, background: '#202020' } } as const
    const edit = sharp(path).composite([{ input: box, gravity: 'southeast' }])
    await edit.jpeg({ quality: 88 }).toFile(path.replace('photo', 'edited'))
  }
  await copyFile(join(library, 'photo-000.jpg'), join(library, 'copy.jpg'))
}

/** An open library with a catalog of its own; the model folder is shared. */
function open(): Promise<LibrarySession> {
  return LibrarySession.open({
    catalogDir: join(place.workspace, `catalog-${++catalogs}`),
    dataDir: place.workspace,
    resourcesDir,
    trash: trashWithLibrary,
    secrets: noSecretKeeper,
  })
}

async function withSession<T>(work: (session: LibrarySession) => Promise<T>): Promise<T> {
  const session = await open()
  try {
    return await work(session)
  } finally {
    await session.close()
  }
}

const request = {
  folderIds: null,
  options: ScanOptions.parse({}),
  tiers: ['exact', 'perceptual', 'ai'],
  live: false,
} as const

interface Scanned {
  last: ScanProgress
  groups: string[][]
}

async function scan(session: LibrarySession, folder: string): Promise<Scanned> {
  await session.addFolders([folder])
  const last = await (await session.startScan(request)).done
  const review = await session.reviewOf([folder], 'oldest', { perceptualDistance: 0, similarity: 0.9 })
  const result = buildScanResult(session, review, { tiers: request.tiers, stats: null, backend: null, folders: [] })
  const groups = result.groups.map(({ tier, members }) => [tier, ...members.map(({ path }) => path).sort()])
  return { last, groups: groups.sort() }
}

const scanLocally = (): Promise<Scanned> =>
  withSession(async (session) => {
    await session.backends.local.choose({ provider: 'cpu', model: 'openclip-vit-b32' })
    return scan(session, place.library)
  })

const use = async (session: LibrarySession, { kind, url, input, model }: Way): Promise<void> => {
  const { backends } = session
  await backends.saveServer(ServerDraft.parse({ id: null, kind, url, input, model: model ?? null }))
  await backends.setMode(kind)
}

const scanThrough = (way: Way): Promise<Scanned> =>
  withSession(async (session) => {
    await use(session, way)
    return scan(session, place.library)
  })

const importTwin = (path: string): Promise<void> =>
  withSession((session) => session.backends.local.importFile('openclip-vit-b32', path))

test('through Triton, over HTTP and gRPC and in every format, a library has the groups that this computer finds', async () => {
  const triton = await startTriton({ models: ['fp32', 'u8', 'fp16', 'jpeg'] })
  try {
    await importTwin(triton.modelOnnxPath)
    const here = await scanLocally()
    expect(here.groups.filter(([tier]) => tier === 'ai').length).toBeGreaterThan(0)
    const ways = [triton.url, triton.grpcUrl].flatMap((url) =>
      (['fp32', 'fp16', 'uint8', 'jpeg', 'auto'] as const).map((input) => ({ kind: 'triton' as const, url, input })),
    )
    ways.push({ kind: 'triton', url: triton.url, input: 'json-fp32' as 'fp32' })
    for (const way of ways) {
      const { last, groups } = await scanThrough(way)
      expect(last, `${way.url} ${way.input}`).toMatchObject({
        phase: 'finished',
        stats: { photos: 21 },
        backend: { kind: 'triton', verdict: 'equal', ...(way.input === 'auto' ? {} : { format: way.input }) },
      })
      expect(groups, `${way.url} ${way.input}`).toEqual(here.groups)
    }
  } finally {
    await triton.stop()
  }
}, 240_000)

test('a server that is killed in mid-scan and started again costs nothing but time', async () => {
  const triton = await startTriton()
  let again: Awaited<ReturnType<typeof startTriton>> | null = null
  const many = await makeWorkspace('server-kill')
  try {
    await importTwin(triton.modelOnnxPath)
    await fill(many.library, 100)
    const { port, grpcUrl, metricsUrl } = triton
    const sameAgain = { port, grpcPort: Number(new URL(grpcUrl).port), metricsPort: Number(new URL(metricsUrl).port) }
    await withSession(async (session) => {
      await use(session, { kind: 'triton', url: triton.url, input: 'fp32' })
      await session.addFolders([many.library])
      const job = await session.startScan({ ...request, tiers: ['exact', 'ai'] })
      await expect.poll(() => job.lastProgress?.embedded ?? 0, { interval: 5, timeout: 30_000 }).toBeGreaterThan(16)
      await triton.kill()
      await expect.poll(() => job.lastProgress?.outage ?? null, { timeout: 60_000 }).not.toBeNull()
      again = await startTriton(sameAgain)
      expect(await job.done).toMatchObject({ phase: 'finished', stats: { photos: 126 }, outage: null })
      const through = await scan(session, many.library)
      expect(through.last).toMatchObject({ stats: { embedded: 0, reused: 126 } })
    })
  } finally {
    await triton.stop()
    await (again as { stop(): Promise<void> } | null)?.stop()
    await rm(many.workspace, { recursive: true, force: true })
  }
}, 180_000)

test('through FastAPI with open_clip, as JSON and as a form, a library has the groups that its own network finds here', async () => {
  const pytorch = await startPytorch()
  try {
    await withSession(async (session) => {
      const { backends } = session
      await backends.saveServer(ServerDraft.parse({ id: null, kind: 'pytorch', url: pytorch.url }))
      const [server] = (await backends.status()).servers
      const { signal } = new AbortController()
      await backends.fetchModelFromServer('openclip-vit-b32', server?.entry.id ?? '', signal, () => undefined)
    })
    const here = await scanLocally()
    for (const input of ['base64-png', 'multipart-jpeg'] as const) {
      const { last, groups } = await scanThrough({ kind: 'pytorch', url: pytorch.url, input })
      expect(last, input).toMatchObject({
        phase: 'finished',
        stats: { photos: 21 },
        backend: { kind: 'pytorch', verdict: 'equal', format: input },
      })
      expect(groups, input).toEqual(here.groups)
    }
  } finally {
    await pytorch.stop()
  }
}, 300_000)
