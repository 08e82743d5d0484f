import { copyFile, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ScanOptions, type ScanProgress } from '../../src/shared/contract/scan.ts'
import { ServerDraft } from '../../src/shared/contract/servers.ts'
import { lastParity, runParity } from '../../src/engine/backends/run-parity.ts'
import { noSecretKeeper, type SecretKeeper } from '../../src/engine/backends/secret-keeper.ts'
import { buildScanResult, exportReport } from '../../src/engine/export-report.ts'
import { trashWithLibrary } from '../../src/engine/files/trash.ts'
import { LibrarySession } from '../../src/engine/library-session.ts'
import type { ScanJob, ScanRequest } from '../../src/engine/scan-job.ts'
import {
  startSmallServer,
  tinyTowerPath,
  type SmallServer,
  type SmallServerOptions,
} from '../support/servers/small-server.ts'
import { distinctPhoto, makeWorkspace, type SmallLibrary } from '../support/small-library.ts'

// Real: an open library with its catalog, sockets, HTTP, ONNX Runtime on both ends; the server is a small one in this process
// that speaks the PyTorch contract. The keychain is a box of the test's own.

const resourcesDir = fileURLToPath(new URL('../../resources', import.meta.url))
const secret = 'hush-4711-token'

/** Seals by turning the text round: what is on disk is not the text itself. */
const box: SecretKeeper = {
  seal: (text) => Promise.resolve(Buffer.from(text).reverse().toString('base64')),
  open: (sealed) => Promise.resolve(Buffer.from(sealed, 'base64').reverse().toString('utf8')),
}

let place: SmallLibrary
let session: LibrarySession
let servers: SmallServer[] = []

const open = (secrets: SecretKeeper = box): Promise<LibrarySession> =>
  LibrarySession.open({
    catalogDir: join(place.workspace, 'catalog'),
    dataDir: place.workspace,
    resourcesDir,
    trash: trashWithLibrary,
    secrets,
  })

async function serve(options: SmallServerOptions = {}): Promise<SmallServer> {
  const server = await startSmallServer(options)
  servers.push(server)
  return server
}

const draft = (url: string, more: Partial<ServerDraft> = {}): ServerDraft =>
  ServerDraft.parse({ id: null, kind: 'pytorch', url, input: 'base64-png', ...more })

const installTwin = (): Promise<void> => session.backends.local.importFile('openclip-vit-b32', tinyTowerPath)

const request: ScanRequest = {
  folderIds: null,
  options: ScanOptions.parse({}),
  tiers: ['exact', 'perceptual', 'ai'],
  live: true,
}

const sources = ['beacon-street-sunset.jpg', 'blue-periwinkle.jpg', 'abstract-spiral.jpg']

async function fill(count: number): Promise<void> {
  for (let k = 0; k < count; k++) {
    const bytes = await distinctPhoto(sources[k % sources.length] ?? '', k, 200 + k)
    await writeFile(join(place.library, `photo-${String(k).padStart(3, '0')}.jpg`), bytes)
  }
  await session.addFolders([place.library])
}

async function scanned(): Promise<ScanProgress> {
  return (await session.startScan(request)).done
}

/** Groups as paths, whatever their ids. */
function groupsNow(): string[][] {
  const tiers = ['exact', 'perceptual', 'ai'] as const
  const result = buildScanResult(session, session.review, { tiers, stats: null, backend: null, folders: [] })
  return result.groups.map(({ tier, members }) => [tier, ...members.map(({ path }) => path)]).sort()
}

beforeEach(async () => {
  place = await makeWorkspace('servers')
  session = await open()
})
afterEach(async () => {
  await session.close()
  await Promise.all(servers.map((server) => server.stop()))
  servers = []
  await rm(place.workspace, { recursive: true, force: true })
})

test('a token is used, kept sealed, and found nowhere: not in the catalog, not in the status, not in an export', async () => {
  const server = await serve({ token: secret })
  await installTwin()
  await session.backends.saveServer(draft(server.url, { token: secret, headers: { 'X-Team': 'hush-header' } }))
  await session.backends.setMode('pytorch')
  await fill(3)
  expect(await scanned()).toMatchObject({ phase: 'finished', stats: { embedded: 3 } })
  expect(server.authorizations).toEqual(new Set([`Bearer ${secret}`]))
  const status = await session.backends.status()
  expect(status.servers[0]?.entry).toMatchObject({ hasToken: true, headerNames: ['X-Team'] })
  expect(status.notes).toEqual([])
  for (const format of ['json', 'html', 'csv'] as const) {
    await exportReport(session, format, join(place.workspace, `export.${format}`))
  }
  await session.close()
  for (const name of await readdir(place.workspace, { recursive: true, withFileTypes: true })) {
    if (!name.isFile()) continue
    const bytes = await readFile(join(name.parentPath, name.name))
    expect(bytes.includes('hush-'), `${name.name} holds a secret`).toBe(false)
  }
  expect(JSON.stringify(status)).not.toContain('hush-')
  session = await open()
  expect(await scanned()).toMatchObject({ phase: 'finished' })
  const again = await session.backends.servers.prepare(session.backends.servers.enabled('pytorch')[0]!, false)
  expect(again.identity.verdict).toBe('equal')
}, 60_000)

test('without a keychain a token lasts for the session, and that is said', async () => {
  await session.close()
  session = await open(noSecretKeeper)
  await session.backends.saveServer(draft('http://127.0.0.1:1', { token: secret }))
  const before = await session.backends.status()
  expect(before.servers[0]?.entry.hasToken).toBe(true)
  expect(before.notes.join(' ')).toMatch(/no keychain/)
  await session.close()
  session = await open(noSecretKeeper)
  const after = await session.backends.status()
  expect(after.servers[0]?.entry).toMatchObject({ url: 'http://127.0.0.1:1', hasToken: false, headerNames: [] })
})

test('a token stays with the address that it was entered for', async () => {
  const { backends } = session
  await backends.saveServer(draft('https://gpu.example.com', { token: secret }))
  const [kept] = (await backends.status()).servers
  const id = kept?.entry.id ?? ''
  await backends.saveServer(draft('https://gpu.example.com/embedding', { id }))
  expect((await backends.status()).servers[0]?.entry.hasToken).toBe(true)
  await backends.saveServer(draft('https://elsewhere.example.com', { id }))
  expect((await backends.status()).servers[0]?.entry.hasToken).toBe(false)
})

test('what cannot be an address, a header or a certificate is refused with what is wrong', async () => {
  const { backends } = session
  await expect(backends.saveServer(draft('http://me:hush-4711@host'))).rejects.toThrow(
    expect.objectContaining({ code: 'invalid-request', message: expect.not.stringContaining('hush') as string }),
  )
  await expect(backends.saveServer(draft('http://host', { headers: { Host: 'x' } }))).rejects.toThrow(/sets the header/)
  await expect(backends.saveServer(draft('http://host', { headers: { 'X-A': 'a\r\nB: c' } }))).rejects.toThrow(/X-A/)
  await expect(backends.saveServer(draft('https://host', { certificate: 'no PEM' }))).rejects.toThrow(/PEM/)
  await backends.saveServer(draft('http://host'))
  await expect(backends.saveServer(draft('host:8002'))).rejects.toThrow(/in the list already/)
  expect((await backends.status()).servers).toHaveLength(1)
})

test('a library scanned by the server and by this computer has the same groups, from one set of embeddings', async () => {
  const server = await serve()
  await installTwin()
  await fill(9)
  await copyFile(join(place.library, 'photo-000.jpg'), join(place.library, 'copy.jpg'))
  for (const name of ['photo-001.jpg', 'photo-002.jpg']) {
    const box = { create: { width: 60, height: 60, channels: 3, background: '#202020' } } as const
    await sharp(join(place.library, name))
      .composite([{ input: box, gravity: 'southeast' }])
      .jpeg({ quality: 90 })
      .toFile(join(place.library, `edited ${name}`))
  }
  await session.backends.saveServer(draft(server.url))
  await session.backends.setMode('pytorch')
  const last = await scanned()
  expect(last).toMatchObject({
    phase: 'finished',
    backend: { kind: 'pytorch', verdict: 'equal', addresses: [server.url], format: 'base64-png' },
  })
  await session.setThresholds({ perceptualDistance: 0, similarity: 0.85 })
  const throughServer = groupsNow()
  expect(throughServer.some(([tier]) => tier === 'ai')).toBe(true)
  await session.backends.local.choose({ provider: 'cpu', model: 'openclip-vit-b32' })
  await session.backends.setMode('local')
  await session.modelChanged()
  expect(await scanned()).toMatchObject({ phase: 'finished', stats: { embedded: 0, reused: 12 } })
  expect(groupsNow()).toEqual(throughServer)
}, 60_000)

test('a server with another answer is named, kept apart and not taken by auto', async () => {
  const server = await serve({ swapped: true })
  await installTwin()
  await fill(3)
  await session.backends.saveServer(draft(server.url))
  await session.backends.setMode('auto')
  expect(await scanned()).toMatchObject({ phase: 'finished', backend: { kind: 'local', model: 'openclip-vit-b32' } })
  const status = await session.backends.status()
  expect(status.modeReason).toContain(server.url)
  expect(['usable', 'different-model']).toContain(status.servers[0]?.verdict)
  await session.backends.setMode('pytorch')
  await session.modelChanged()
  expect(await scanned()).toMatchObject({ phase: 'finished', stats: { embedded: 3 }, backend: { kind: 'pytorch' } })
  expect((await session.backends.status()).modeReason).toMatch(/kept apart/)
}, 60_000)

test('auto falls back to this computer and says why; a mode without a server that can be used says so too', async () => {
  await fill(2)
  await session.backends.saveServer(draft('http://127.0.0.1:1'))
  await session.backends.setMode('auto')
  expect(await scanned()).toMatchObject({ phase: 'finished', backend: { kind: 'local' } })
  expect((await session.backends.status()).modeReason).toMatch(/127\.0\.0\.1:1 can't be reached/)
  await session.backends.setMode('pytorch')
  await expect(session.startScan(request)).rejects.toMatchObject({ code: 'server-unreachable' })
  await session.backends.setMode('triton')
  await expect(session.startScan(request)).rejects.toMatchObject({ code: 'backend-unusable' })
  await session.backends.setMode('local')
  expect(await scanned()).toMatchObject({ phase: 'finished' })
}, 60_000)

test('photos go unencrypted to an address that is not private only where that was allowed', async () => {
  await fill(1)
  await session.backends.saveServer(draft('http://198.51.100.7:8002'))
  await session.backends.setMode('pytorch')
  await expect(session.startScan(request)).rejects.toThrow(/unencrypted/)
})

/** Comparing looks is not what these are about, and these photos all look alike. */
const quickRequest: ScanRequest = { ...request, tiers: ['exact', 'ai'] }

async function inMidScan(job: ScanJob): Promise<void> {
  await expect.poll(() => job.lastProgress?.outage ?? null, { timeout: 30_000, interval: 20 }).not.toBeNull()
}

/** The vectors of the library's present space, as rows. */
async function vectorsOf(opened: LibrarySession): Promise<Float32Array[]> {
  const space = await opened.backends.space()
  const { vectors, dimension, contentIds } = opened.catalog.embeddings.load(space?.spaceId ?? -1)
  return Array.from(contentIds, (_, row) => Float32Array.from(vectors.subarray(row * dimension, (row + 1) * dimension)))
}

test('a model that is exchanged in mid-scan, without a connection being cut, leaves none of its vectors', async () => {
  await installTwin()
  await fill(100)
  // The probe pictures of the start, and more than half of the photos.
  const server = await serve({ swapsAfter: 85 })
  await session.backends.saveServer(draft(server.url))
  await session.backends.setMode('pytorch')
  const last = await (await session.startScan(quickRequest)).done
  expect(last).toMatchObject({ phase: 'failed', code: 'parity-failed' })
  const through = await vectorsOf(session)
  // How many were confirmed before depends on when the server was idle for a moment.
  expect(through.length).toBeGreaterThanOrEqual(8)
  expect(through.length).toBeLessThan(85)
  // The others are embedded by the twin, in the same space.
  await session.backends.local.choose({ provider: 'cpu', model: 'openclip-vit-b32' })
  await session.backends.setMode('local')
  const rest = await (await session.startScan(quickRequest)).done
  expect(rest).toMatchObject({ phase: 'finished', stats: { embedded: 100 - through.length } })
  await session.close()
  await rm(join(place.workspace, 'catalog'), { recursive: true })
  session = await open()
  await session.addFolders([place.library])
  await session.backends.saveServer(draft((await serve()).url))
  await session.backends.setMode('pytorch')
  expect(await (await session.startScan(quickRequest)).done).toMatchObject({ phase: 'finished' })
  const right = await vectorsOf(session)
  expect(right).toHaveLength(100)
  const distance = (a: Float32Array, b: Float32Array): number => Math.hypot(...a.map((x, at) => x - (b[at] ?? 0)))
  for (const vector of through) expect(Math.min(...right.map((one) => distance(one, vector)))).toBeLessThan(1e-4)
}, 120_000)

test('a proxy that takes two pictures at a time is no hindrance', async () => {
  await installTwin()
  await fill(20)
  const server = await serve({ mostPictures: 2 })
  await session.backends.saveServer(draft(server.url))
  await session.backends.setMode('pytorch')
  const last = await (await session.startScan(quickRequest)).done
  expect(last).toMatchObject({ phase: 'finished', stats: { embedded: 20 }, backend: { verdict: 'equal' } })
}, 60_000)

test('while the server is away the scan waits, and goes on when it is back; nothing is lost or done twice', async () => {
  const server = await serve({ endsAfter: 24 })
  await installTwin()
  await fill(90)
  await session.backends.saveServer(draft(server.url))
  await session.backends.setMode('pytorch')
  const job = await session.startScan(quickRequest)
  await inMidScan(job)
  expect(job.lastProgress?.outage).toMatchObject({ localPossible: true })
  const { port } = server
  await serve({ port })
  expect(await job.done).toMatchObject({ phase: 'finished', stats: { photos: 90, embedded: 90 }, outage: null })
}, 120_000)

test('in an outage this computer goes on with the same model, in the same space', async () => {
  const server = await serve({ endsAfter: 24 })
  await installTwin()
  await fill(90)
  await session.backends.saveServer(draft(server.url))
  await session.backends.setMode('pytorch')
  const job = await session.startScan(quickRequest)
  await inMidScan(job)
  await job.useLocal()
  const last = await job.done
  expect(last).toMatchObject({ phase: 'finished', stats: { photos: 90, embedded: 90 }, backend: { kind: 'local' } })
  expect(last.backend?.fallbackReason).toMatch(/This computer goes on/)
}, 120_000)

test('without the same model here, this computer starts again and keeps what was read', async () => {
  const server = await serve({ endsAfter: 24 })
  await fill(60)
  await session.backends.saveServer(draft(server.url))
  await session.backends.setMode('pytorch')
  const job = await session.startScan(quickRequest)
  await inMidScan(job)
  await job.useLocal()
  expect(await job.done).toMatchObject({
    phase: 'finished',
    stats: { photos: 60 },
    backend: { kind: 'local', model: 'efficientnet-lite2-gem' },
  })
}, 120_000)

test('a photo that the server does not take is listed with its reason; all others are embedded', async () => {
  const server = await serve({ refuses: ([red, green, blue]) => red > 200 && green < 60 && blue < 60 })
  await installTwin()
  await fill(20)
  const red = { r: 250, g: 10, b: 10 }
  const photo = sharp({ create: { width: 300, height: 300, channels: 3, background: red } })
  await photo.jpeg().toFile(join(place.library, 'red.jpg'))
  await session.backends.saveServer(draft(server.url))
  await session.backends.setMode('pytorch')
  expect(await scanned()).toMatchObject({ phase: 'finished', stats: { photos: 21, embedded: 20 } })
  const listed = session.catalog.photos.unreadable(0, 10)
  expect(listed.files).toMatchObject([
    { code: 'not-embedded', message: expect.stringMatching(/not welcome/) as string },
  ])
  expect(session.libraryView()).toMatchObject({ photos: 21, unreadable: 1 })
  await session.backends.setMode('local')
  await session.backends.local.choose({ provider: 'cpu', model: 'openclip-vit-b32' })
  expect(await scanned()).toMatchObject({ phase: 'finished', stats: { embedded: 1 } })
  expect(session.libraryView().unreadable).toBe(0)
}, 60_000)

test('a parity check names the server’s fault, is remembered, and its verdict is shown', async () => {
  const server = await serve({ swapped: true })
  await installTwin()
  await session.backends.saveServer(draft(server.url))
  const { catalog, review, backends } = session
  const { signal } = new AbortController()
  const report = await runParity({ catalog, review, backends, serverIds: null, signal, onProgress: () => undefined })
  const found = report.backends.find(({ kind }) => kind === 'pytorch')
  expect(found?.faults.map(({ fault }) => fault)).toContain('bgr')
  expect(lastParity(catalog)).toEqual(report)
  expect((await backends.status()).servers[0]).toMatchObject({ verdict: found?.verdict, verdictReason: found?.reason })
}, 60_000)

test('a server that comes back is used by the next scan', async () => {
  await installTwin()
  await fill(2)
  const server = await serve()
  const { port, url } = server
  await session.backends.saveServer(draft(url))
  await session.backends.setMode('pytorch')
  expect(await scanned()).toMatchObject({ phase: 'finished', backend: { kind: 'pytorch' } })
  await server.stop()
  servers = []
  await expect(session.startScan(request)).rejects.toMatchObject({ code: 'server-unreachable' })
  await serve({ port })
  await writeFile(join(place.library, 'new.jpg'), await distinctPhoto('rocket.jpg', 99))
  expect(await scanned()).toMatchObject({ phase: 'finished', stats: { embedded: 1, reused: 2 } })
}, 60_000)
