import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ParityReport } from '../../src/shared/contract/parity.ts'
import { ScanOptions } from '../../src/shared/contract/scan.ts'
import { noSecretKeeper } from '../../src/engine/backends/secret-keeper.ts'
import { resourcesDir } from '../../src/engine/command-line/open-session.ts'
import { checkParity } from '../../src/engine/check-parity.ts'
import type { ServerConnection } from '../../src/engine/embedding/remote/inference-client.ts'
import { openConnection } from '../../src/engine/embedding/remote/open-connection.ts'
import { trashWithLibrary } from '../../src/engine/files/trash.ts'
import { LibrarySession } from '../../src/engine/library-session.ts'
import { shareTwin, twinFromFile, type SharedTwin } from '../../src/engine/parity/twin-model.ts'
import { makeWorkspace, type SmallLibrary } from '../support/small-library.ts'
import { startTinyEmbeddingServer, type TinyEmbeddingServer } from '../support/tiny-embedding-server.ts'
import { tinyModelPath, tinyModelSpec } from '../support/tiny-model.ts'

// Real: the sample library scanned with the embedded model, a server with the tiny model, its twin. Loose thresholds, since the
// tiny model tells little apart; the look at the pictures does the rest, as in scans.
const spec = tinyModelSpec({ thresholds: { default: 0.5, floor: 0.4, similar: 0.5 } })
let place: SmallLibrary
let session: LibrarySession
let server: TinyEmbeddingServer
let connection: ServerConnection
let twin: SharedTwin

beforeAll(async () => {
  place = await makeWorkspace('parity-groups')
  session = await LibrarySession.open({
    catalogDir: join(place.workspace, 'catalog'),
    dataDir: place.workspace,
    resourcesDir,
    trash: trashWithLibrary,
    secrets: noSecretKeeper,
  })
  const folderId = await session.addSample()
  const scan = await session.startScan({
    folderIds: [folderId],
    options: ScanOptions.parse({}),
    tiers: ['exact', 'perceptual', 'ai'],
    live: false,
  })
  await scan.done
  session.review.reload()
  server = await startTinyEmbeddingServer()
  const access = { token: null, headers: {}, certificate: null, metricsUrl: null }
  connection = openConnection({ kind: 'pytorch', url: server.url, ...access })
  twin = shareTwin(await twinFromFile(spec, tinyModelPath))
})

afterAll(async () => {
  await connection?.close()
  await twin?.release()
  await server?.close()
  await session?.close()
  rmSync(place.workspace, { recursive: true, force: true })
})

function check(withTwin: boolean, withLibrary = true): Promise<ParityReport> {
  const photos = session.review.allPhotos()
  return checkParity({
    spec,
    twin: withTwin ? twin : null,
    local: false,
    servers: [{ connection, offer: null, model: null, transport: null, format: 'multipart-png' }],
    golden: 'quick',
    ownPhotos: photos.slice(0, 4).map(({ path }) => path),
    library: withLibrary ? { catalog: session.catalog, photos, groups: session.review.groupsOf('ai') } : null,
    kv: session.catalog.kv,
  })
}

describe('the groups of a library', () => {
  it('stay the same through an equal server', async () => {
    const report = await check(true)
    const [backend] = report.backends
    expect(report.reference?.source).toBe('local-twin')
    expect(report.ownPhotos).toBe(4)
    expect(backend?.verdict).toBe('equal')
    expect(backend?.groups?.same).toBeGreaterThan(3)
    expect(backend?.groups).toMatchObject({ split: [], merged: [], vanished: [], appeared: [] })
  })

  it('are named by their photos where a server would draw them otherwise', async () => {
    // Eight directions in turn: hardly two of a group are alike any more. Which ones are depends on the order of the scan.
    server.answerWith((_, picture) => Float32Array.from({ length: 8 }, (_each, k) => (k === picture % 8 ? 1 : 0)))
    const [backend] = (await check(true)).backends
    server.answerWith((vector) => vector)
    expect(backend?.verdict).toBe('different-model')
    const { same = 0, split = [], vanished = [] } = backend?.groups ?? {}
    expect(same).toBeLessThan(3)
    const named = [...vanished, ...split].flat()
    expect(named.length).toBeGreaterThan(3)
    expect(named).toEqual(named.map(() => expect.stringMatching(/\.\w+$/)))
  })

  it('are not judged without anything to compare with, and the way to get it is told', async () => {
    session.catalog.kv.set('parity:spaces', null)
    const report = await check(false, false)
    expect(report.backends[0]?.verdict).toBe('not-compared')
    expect(report.notes.join(' ')).toContain('/model.onnx')
    // Once a check with the twin was passed, its vectors are remembered.
    await check(true, false)
    const later = await check(false, false)
    expect(later.reference?.source).toBe('recorded')
    expect(later.backends[0]?.verdict).toBe('equal')
  })
})
