import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTinyEmbeddingServer, type TinyEmbeddingServer } from '../../../test/support/tiny-embedding-server.ts'
import { tinyModelPath, tinyModelSpec } from '../../../test/support/tiny-model.ts'
import { openCatalog, type Catalog } from '../catalog/catalog.ts'
import type { ServerConnection } from '../embedding/remote/inference-client.ts'
import { openConnection } from '../embedding/remote/open-connection.ts'
import { pictureCodec } from '../imaging/picture-codec.ts'
import { identifySpace, type SpaceIdentity } from './identify-space.ts'
import { shareTwin, twinFromFile, type SharedTwin } from './twin-model.ts'

// Real: HTTP servers and clients, sharp, ONNX Runtime on the tiny model, the catalog. Their vectors have 8 numbers.
const spec = tinyModelSpec()
const folder = mkdtempSync(join(tmpdir(), 'twinlens-space-'))
let first: TinyEmbeddingServer
let second: TinyEmbeddingServer
let connections: ServerConnection[] = []
let twin: SharedTwin
let catalog: Catalog
let tests = 0

const same = (vector: Float32Array): Float32Array => vector
const turned = (vector: Float32Array): Float32Array => vector.toReversed()

beforeAll(async () => {
  first = await startTinyEmbeddingServer()
  second = await startTinyEmbeddingServer()
  connections = [first, second].map(({ url }) =>
    openConnection({ kind: 'pytorch', url, token: null, headers: {}, certificate: null, metricsUrl: null }),
  )
  twin = shareTwin(await twinFromFile(spec, tinyModelPath))
})

beforeEach(() => {
  catalog = openCatalog(join(folder, String(tests++)))
  for (const server of [first, second]) server.answerWith(same)
})

afterEach(() => catalog.close())

afterAll(async () => {
  for (const connection of connections) await connection.close()
  await twin.release()
  await first.close()
  await second.close()
  rmSync(folder, { recursive: true, force: true })
})

async function identify(server: 0 | 1, withTwin: boolean, reference = twin): Promise<SpaceIdentity> {
  const connection = connections[server]
  const offer = (await connection?.inspect())?.offers.find(({ format }) => format === 'multipart-png')
  if (connection === undefined || offer === undefined) throw new Error('The server offers no PNG.')
  const client = connection.client(offer, { preprocessing: spec.input.preprocessing, codec: pictureCodec })
  return identifySpace({ kv: catalog.kv, spec, twin: withTwin ? reference : null, client })
}

describe('the space of a server without a local twin', () => {
  it('is shared by servers that answer the same, and by no others', async () => {
    const one = await identify(0, false)
    expect(one).toMatchObject({ verdict: 'not-compared', source: null })
    expect(one.spaceKey).toMatch(/^server:[0-9a-f]{16}$/)
    const other = await identify(1, false)
    expect(other).toMatchObject({ verdict: 'not-compared', source: 'recorded', spaceKey: one.spaceKey })
    second.answerWith(turned)
    const changed = await identify(1, false)
    expect(changed).toMatchObject({ verdict: 'different-model', source: 'recorded' })
    expect(changed.spaceKey).not.toBe(one.spaceKey)
    expect((await identify(0, false)).spaceKey).toBe(one.spaceKey)
  })

  it('is refused where all pictures get the same vector: such a server does not look at them', async () => {
    first.answerWith((vector) => vector.map((_, k) => (k === 0 ? 1 : 0)))
    await expect(identify(0, false)).rejects.toMatchObject({ code: 'server-nonsense' })
  })

  it('is the twin’s while its vectors are remembered', async () => {
    expect(await identify(0, true)).toMatchObject({ verdict: 'equal', spaceKey: twin.spaceKey, source: 'local-twin' })
    expect(await identify(1, false)).toMatchObject({ verdict: 'equal', spaceKey: twin.spaceKey, source: 'recorded' })
  })
})

describe('the space of a server with a local twin', () => {
  it('is the twin’s where only the length of the vectors differs, and that is said', async () => {
    first.answerWith((vector) => vector.map((value) => value * 7))
    const found = await identify(0, true)
    expect(found).toMatchObject({ verdict: 'usable', spaceKey: twin.spaceKey })
    expect(found.reason).toContain('unit length')
  })

  it('is the server’s own where anything else differs, the length of its vectors too', async () => {
    first.answerWith((vector) => vector.map((value, k) => value + (k === 0 ? 0.3 : 0)))
    const shifted = await identify(0, true)
    expect(shifted.verdict).not.toBe('equal')
    expect(shifted.spaceKey).toMatch(/^server:/)
    expect((await identify(0, true)).spaceKey).toBe(shifted.spaceKey)
    first.answerWith((vector) => vector.slice(0, 6))
    const shorter = await identify(0, true)
    expect(shorter).toMatchObject({ verdict: 'different-model', dimension: 6 })
    expect(shorter.spaceKey).not.toBe(shifted.spaceKey)
  })

  it('is looked at for a mistake once, where a network in 8 bits differs by more than noise and no mistake explains it', async () => {
    first.answerWith((vector) => vector.map((value, k) => value + 0.004 * Math.sin(1000 * value + k)))
    let opened = 0
    const counting: SharedTwin = { ...twin, open: (...how) => (opened++, twin.open(...how)) }
    const verdict = (await identify(0, true, counting)).verdict
    expect(verdict).toBe('equal')
    expect(opened).toBeGreaterThan(1)
    opened = 0
    expect(await identify(0, true, counting)).toMatchObject({ verdict, spaceKey: twin.spaceKey })
    expect(opened).toBe(0)
    first.answerWith((vector) => vector.map((value, k) => value + 0.004 * Math.cos(1000 * value + k)))
    await identify(0, true, counting)
    expect(opened).toBeGreaterThan(0)
  })
})
