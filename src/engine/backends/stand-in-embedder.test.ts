import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ModelSpec } from '../../shared/contract/models.ts'
import type { Embedder } from '../embedding/embedder.ts'
import { openLocalEmbedder } from '../embedding/local-embedder.ts'
import { loadManifest } from '../embedding/manifest.ts'
import { openConnection } from '../embedding/remote/open-connection.ts'
import { openRemoteEmbedder } from '../embedding/remote/remote-embedder.ts'
import { pictureCodec } from '../imaging/picture-codec.ts'
import { startSmallServer, tinyTowerPath, type SmallServer } from '../../../test/support/servers/small-server.ts'
import { StandInEmbedder } from './stand-in-embedder.ts'
import { trialPictures } from './trial-pictures.ts'

// Real: a small server in this process, sockets, the remote embedder, ONNX Runtime on both ends.

const resourcesDir = fileURLToPath(new URL('../../../resources', import.meta.url))

let spec: ModelSpec
let server: SmallServer
let embedder: StandInEmbedder
const closing: { close(): Promise<void> }[] = []

const openLocal = (): Promise<Embedder> =>
  openLocalEmbedder({ spec, modelPath: tinyTowerPath, choice: 'cpu', trials: [], threads: 1 })

async function openStandIn(endsAfter: number, afterMs: number | null, refuses = (): boolean => false): Promise<void> {
  server = await startSmallServer({ endsAfter, refuses })
  const { url } = server
  const access = { kind: 'pytorch' as const, url, token: null, headers: {}, certificate: null, metricsUrl: null }
  const connection = openConnection(access)
  closing.push(connection)
  const [offer] = (await connection.inspect()).offers.filter(({ format }) => format === 'base64-png')
  if (offer === undefined) throw new Error('The small server offers no PNG.')
  const { preprocessing } = spec.input
  const client = connection.client(offer, { preprocessing, codec: pictureCodec })
  const remote = openRemoteEmbedder({
    servers: [{ client, isReady: (signal) => connection.isReady(signal) }],
    spaceKey: 'space',
    dimension: 512,
    preprocessing,
    facts: { provider: 'cpu', device: 'cpu', verdict: 'equal', fallbackReason: null },
  })
  embedder = new StandInEmbedder(remote, { open: openLocal, afterMs })
}

beforeEach(async () => {
  const { models } = await loadManifest(resourcesDir)
  const twin = models.find(({ role }) => role === 'server-twin')
  if (twin === undefined) throw new Error('The manifest has no model that servers run.')
  const sha256 = createHash('sha256').update(readFileSync(tinyTowerPath)).digest('hex')
  spec = { ...twin, sha256, url: null }
})
afterEach(async () => {
  await embedder.close()
  for (const connection of closing.splice(0)) await connection.close()
  await server.stop()
})

function cosine(a: Float32Array, b: Float32Array | undefined): number {
  return a.reduce((sum, value, index) => sum + value * (b?.[index] ?? 0), 0)
}

test('after an outage of the stated length this computer goes on, with the same vectors, and says so', async () => {
  await openStandIn(8, 500)
  const pictures = trialPictures(spec.input.preprocessing)
  const fromServer = await embedder.embed(pictures)
  expect(embedder.description.kind).toBe('pytorch')
  const fromHere = await embedder.embed(pictures)
  expect(embedder.description).toMatchObject({ kind: 'local', provider: 'cpu' })
  expect(embedder.description.fallbackReason).toMatch(/No server answered .* This computer goes on/)
  expect(embedder.outage).toBeNull()
  fromServer.forEach((vector, index) => expect(cosine(vector, fromHere[index])).toBeGreaterThan(0.9999))
  expect(server.embedded).toBe(8)
}, 30_000)

test('where the servers refuse everything this computer goes on at once', async () => {
  await openStandIn(Infinity, 60_000, () => true)
  expect(await embedder.embed(trialPictures(spec.input.preprocessing))).toHaveLength(8)
  expect(embedder.description).toMatchObject({ kind: 'local' })
  expect(embedder.description.fallbackReason).toMatch(/refused .* This computer goes on/)
}, 30_000)

test('when only asked it waits for that; what was under way is computed here', async () => {
  await openStandIn(8, null)
  const pictures = trialPictures(spec.input.preprocessing)
  await embedder.embed(pictures)
  const waiting = Promise.all([embedder.embed(pictures), embedder.embed(pictures.slice(0, 3))])
  await expect.poll(() => embedder.outage, { timeout: 20_000 }).not.toBeNull()
  await embedder.useLocal('On request.')
  const vectors = await waiting
  expect(vectors.map(({ length }) => length)).toEqual([8, 3])
}, 30_000)

test('cancelling while the servers are away rejects at once', async () => {
  await openStandIn(8, 60_000)
  const pictures = trialPictures(spec.input.preprocessing)
  await embedder.embed(pictures)
  const stopping = new AbortController()
  const waiting = embedder.embed(pictures, stopping.signal)
  await expect.poll(() => embedder.outage, { timeout: 20_000 }).not.toBeNull()
  stopping.abort()
  await expect(waiting).rejects.toMatchObject({ code: 'cancelled' })
}, 30_000)
