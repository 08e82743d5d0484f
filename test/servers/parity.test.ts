import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ModelSpec } from '../../src/shared/contract/models.ts'
import type { BackendParity } from '../../src/shared/contract/parity.ts'
import { openCatalog, type Catalog } from '../../src/engine/catalog/catalog.ts'
import { checkParity } from '../../src/engine/check-parity.ts'
import { loadManifest } from '../../src/engine/embedding/manifest.ts'
import type { ServerConnection } from '../../src/engine/embedding/remote/inference-client.ts'
import { openConnection } from '../../src/engine/embedding/remote/open-connection.ts'
import { pictureCodec } from '../../src/engine/imaging/picture-codec.ts'
import { identifySpace } from '../../src/engine/parity/identify-space.ts'
import { shareTwin, twinFromFile, type SharedTwin } from '../../src/engine/parity/twin-model.ts'
import type { RunningServer } from '../support/servers/running-server.ts'
import { freePorts, makeServerFolder, startServer } from '../support/servers/server-process.ts'
import { installPytorch } from '../support/servers/start-pytorch.ts'

/**
 * Real: FastAPI with open_clip ViT-B/32 (random weights), its network as ONNX beside it, the clients, sharp, the catalog.
 * One server is started; the mistake that it makes is changed while it runs.
 */
const serverScript = fileURLToPath(new URL('switching_server.py', import.meta.url))
const resourcesDir = fileURLToPath(new URL('../../resources', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'twinlens-parity-'))
const faultFile = join(folder, 'fault')

let server: RunningServer
let connection: ServerConnection
let spec: ModelSpec
let twin: SharedTwin
let catalog: Catalog

function plant(fault: string): void {
  writeFileSync(faultFile, fault)
}

beforeAll(async () => {
  plant('')
  const { python, modelOnnxPath } = await installPytorch()
  const [port = 0] = await freePorts(1)
  const url = `http://127.0.0.1:${port}`
  server = await startServer({
    title: 'The PyTorch server',
    command: python,
    args: ['-B', serverScript],
    env: {
      FAULT_FILE: faultFile,
      CLIP_PRETRAINED: '',
      CLIP_DEVICE: 'cpu',
      TORCH_THREADS: '2',
      TWINLENS_WORKERS: '2',
      TWINLENS_PORT: String(port),
    },
    url,
    port,
    folder: makeServerFolder('parity'),
    readyUrl: `${url}/health`,
    readyTimeoutMs: 100_000,
  })
  connection = openConnection({ kind: 'pytorch', url, token: null, headers: {}, certificate: null, metricsUrl: null })
  const manifest = await loadManifest(resourcesDir)
  const found = manifest.models.find((model) => model.role === 'server-twin')
  if (found === undefined) throw new Error('The manifest has no twin of the servers’ model.')
  spec = found
  // One opening for all tests; what opens it in a check is the same as in the app.
  twin = shareTwin(await twinFromFile(spec, modelOnnxPath))
  catalog = openCatalog(join(folder, 'catalog'))
})

afterAll(async () => {
  await twin?.release()
  await connection?.close()
  await server?.stop()
  catalog?.close()
  rmSync(folder, { recursive: true, force: true })
})

async function check(): Promise<BackendParity> {
  const report = await checkParity({
    spec,
    twin,
    local: false,
    servers: [{ connection, offer: null, model: null, transport: null }],
    golden: 'quick',
    ownPhotos: [],
    library: null,
    kv: null,
  })
  const [backend] = report.backends
  if (backend === undefined) throw new Error('The report names no backend.')
  return backend
}

function faultsOf(backend: BackendParity, where: 'inference' | 'server-preprocessing'): string[] {
  return backend.faults.filter((fault) => fault.where === where).map(({ fault }) => fault)
}

async function identify(withTwin: boolean): ReturnType<typeof identifySpace> {
  const { offers } = await connection.inspect()
  const [offer] = offers
  if (offer === undefined) throw new Error('The server offers nothing.')
  const client = connection.client(offer, { preprocessing: spec.input.preprocessing, codec: pictureCodec })
  return identifySpace({ kv: catalog.kv, spec, twin: withTwin ? twin : null, client })
}

describe('a server with the weights of the local twin', () => {
  it('is equal over PNG and over JPEG, and what only its own preprocessing does is told apart', async () => {
    plant('')
    const backend = await check()
    expect(backend.verdict).toBe('equal')
    expect(backend.format).toBe('multipart-jpeg')
    expect(backend.inference?.min).toBeGreaterThan(0.9999)
    expect(backend.asSent?.min).toBeGreaterThan(0.995)
    expect(faultsOf(backend, 'inference')).toEqual([])
    // CLIP servers ignore EXIF and drop the alpha channel; scans send pictures without either.
    expect(faultsOf(backend, 'server-preprocessing')).toEqual(['exif-ignored', 'unknown'])
  })

  it.each([
    ['no-mean-std', 'different-model'],
    ['bgr', 'different-model'],
    ['other-weights', 'different-model'],
    ['not-normalised', 'usable'],
  ])('that makes the mistake %s is %s, and the mistake is named', async (fault, verdict) => {
    plant(fault)
    const backend = await check()
    expect(faultsOf(backend, 'inference')).toEqual([fault])
    expect(backend.verdict).toBe(verdict)
  })

  it.each(['stretched', 'bilinear'])(
    'whose own preprocessing is %s stays equal for scans, and it is named',
    async (fault) => {
      plant(fault)
      const backend = await check()
      expect(faultsOf(backend, 'server-preprocessing')).toContain(fault)
      expect(faultsOf(backend, 'inference')).toEqual([])
      expect(backend.verdict).toBe('equal')
    },
  )
})

describe('the space of a server', () => {
  it('is the twin’s when equal, its own with the slightest mistake, and each is found again without the twin', async () => {
    plant('')
    const equal = await identify(true)
    expect(equal).toMatchObject({ verdict: 'equal', spaceKey: twin.spaceKey, dimension: 512, source: 'local-twin' })
    expect(await identify(false)).toMatchObject({ verdict: 'equal', spaceKey: twin.spaceKey, source: 'recorded' })

    plant('imagenet-mean-std')
    const slight = await identify(true)
    // Its cosines alone would pass.
    expect(slight.minCosine).toBeGreaterThan(0.999)
    expect(slight.verdict).toBe('usable')
    expect(slight.spaceKey).toMatch(/^server:/)
    expect(slight.reason).toContain('ImageNet')
    expect((await identify(false)).spaceKey).toBe(slight.spaceKey)

    plant('bgr')
    const changed = await identify(false)
    expect(changed).toMatchObject({ verdict: 'different-model', source: 'recorded' })
    expect([slight.spaceKey, twin.spaceKey]).not.toContain(changed.spaceKey)
  })
})
