import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openCatalog, type Catalog } from '../../src/engine/catalog/catalog.ts'
import type { Embedder } from '../../src/engine/embedding/embedder.ts'
import { loadManifest } from '../../src/engine/embedding/manifest.ts'
import type { ServerConnection } from '../../src/engine/embedding/remote/inference-client.ts'
import { openConnection } from '../../src/engine/embedding/remote/open-connection.ts'
import { openRemoteEmbedder } from '../../src/engine/embedding/remote/remote-embedder.ts'
import { paintScene } from '../../src/engine/imaging/golden-scene.ts'
import { pictureCodec } from '../../src/engine/imaging/picture-codec.ts'
import { identifySpace, type SpaceIdentity } from '../../src/engine/parity/identify-space.ts'
import { shareTwin, twinFromFile, type SharedTwin } from '../../src/engine/parity/twin-model.ts'
import type { ModelSpec } from '../../src/shared/contract/models.ts'
import { lossyFormats, type InputFormat, type ServerKind } from '../../src/shared/contract/servers.ts'
import { describeClient, type OpenClient } from '../support/client-contract.ts'
import { describeEmbedder, type Reference } from '../support/embedder-contract.ts'
import { installPytorch, startPytorch, type PytorchServer } from '../support/servers/start-pytorch.ts'
import { startTriton, type TritonServer } from '../support/servers/start-triton.ts'

/**
 * Real: FastAPI with open_clip ViT-B/32 (random weights), Triton 24.10 with the ONNX export of that network as FP32, FP16, UINT8 and
 * JPEG models, and that export in ONNX Runtime here. One suite runs on every way to a vector.
 */
const resourcesDir = fileURLToPath(new URL('../../resources', import.meta.url))
const pictureCount = 12

let folder: string
let spec: ModelSpec
let twin: SharedTwin
let catalog: Catalog
let reference: Reference

beforeAll(async () => {
  const { modelOnnxPath } = await installPytorch()
  const { models } = await loadManifest(resourcesDir)
  const found = models.find(({ role }) => role === 'server-twin')
  if (found === undefined) throw new Error('The manifest has no model that servers run.')
  spec = found
  folder = mkdtempSync(join(tmpdir(), 'twinlens-contract-'))
  catalog = openCatalog(join(folder, 'catalog'))
  twin = shareTwin(await twinFromFile(spec, modelOnnxPath))
  const { width, height } = spec.input.preprocessing
  const pictures = Array.from(
    { length: pictureCount },
    (_, k) => paintScene(width, height, { seed: 500 + k, lightness: ((k % 5) - 2) * 0.2 }).data,
  )
  const vectors = await (await twin.open()).embed(pictures)
  reference = { pictures, vectors, spaceKey: twin.spaceKey }
}, 400_000)

afterAll(async () => {
  await twin?.release()
  catalog?.close()
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
})

const floorOf = (format: InputFormat): number => (lossyFormats.has(format) ? 0.995 : 0.999)

async function openClient(kind: ServerKind, url: string, format: InputFormat): Promise<OpenClient> {
  const connection = openConnection({ kind, url, token: null, headers: {}, certificate: null, metricsUrl: null })
  const { offers, problem } = await connection.inspect()
  expect(problem).toBeNull()
  const offer = offers.find((one) => one.format === format)
  if (offer === undefined) throw new Error(`${url} does not offer ${format}.`)
  return {
    connection,
    client: connection.client(offer, { preprocessing: spec.input.preprocessing, codec: pictureCodec }),
  }
}

/** As a scan gets it, once the server's space is known. */
function openEmbedder({ connection, client }: OpenClient, { spaceKey, dimension, verdict }: SpaceIdentity): Embedder {
  const embedder = openRemoteEmbedder({
    servers: [{ client, isReady: (signal) => connection.isReady(signal) }],
    spaceKey,
    dimension,
    preprocessing: spec.input.preprocessing,
    facts: { provider: 'cpu', device: 'CPU', verdict, fallbackReason: null },
  })
  return closingToo(embedder, connection)
}

/** The connection is the embedder's here: both end together. */
function closingToo(embedder: Embedder, connection: ServerConnection): Embedder {
  const close = embedder.close.bind(embedder)
  embedder.close = async () => {
    await close()
    await connection.close()
  }
  return embedder
}

function describeWay(title: string, kind: ServerKind, format: InputFormat, url: () => string): void {
  const open = (): Promise<OpenClient> => openClient(kind, url(), format)
  describeClient(title, floorOf(format), () => reference, open)
  let identity: SpaceIdentity | null = null
  describeEmbedder(
    title,
    floorOf(format),
    () => reference,
    async () => {
      const opened = await open()
      identity ??= await identifySpace({ kv: catalog.kv, spec, twin, client: opened.client })
      expect(identity.verdict).toBe('equal')
      return openEmbedder(opened, identity)
    },
  )
}

describeEmbedder(
  'the local twin',
  0.999,
  () => reference,
  () => twin.open(undefined, { provider: 'cpu', preprocessing: spec.input.preprocessing }),
)

describe('FastAPI with open_clip ViT-B/32', () => {
  let server: PytorchServer
  beforeAll(async () => {
    // The largest request is tried in each format: 16 pictures tell as much as 128.
    server = await startPytorch({ env: { TWINLENS_MAX_IMAGES: '16' } })
  }, 150_000)
  afterAll(() => server?.stop())

  test('tells that it serves the network of the local twin', async () => {
    const info = (await (await fetch(`${server.url}/model-info`)).json()) as { onnx: { sha256: string } }
    expect(info.onnx.sha256).toBe(twin.sha256)
  })

  for (const format of ['base64-jpeg', 'base64-png', 'multipart-jpeg', 'multipart-png'] as const)
    describeWay(`PyTorch ${format}`, 'pytorch', format, () => server.url)
})

describe('Triton with the same export', () => {
  let server: TritonServer
  beforeAll(async () => {
    server = await startTriton({ network: 'openclip', models: ['fp32', 'fp16', 'u8', 'jpeg'] })
  }, 150_000)
  afterAll(() => server?.stop())

  for (const format of ['json-fp32', 'fp32', 'fp16', 'uint8', 'jpeg'] as const)
    describeWay(`Triton HTTP ${format}`, 'triton', format, () => server.url)
  for (const format of ['fp32', 'fp16', 'uint8', 'jpeg'] as const)
    describeWay(`Triton gRPC ${format}`, 'triton', format, () => server.grpcUrl)
})
