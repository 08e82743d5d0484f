import type { ServerResponse } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import {
  serveCaptures,
  type Answer,
  type ReplayServer,
  type SeenRequest,
} from '../../../../test/fixtures/captures/replay-server.ts'
import { clipPreprocessing, noisePicture } from '../../../../test/support/clip-pictures.ts'
import type { InputOffer } from '../../../shared/contract/servers.ts'
import { pictureCodec } from '../../imaging/picture-codec.ts'
import { toTensor } from '../normalise.ts'
import type { InferenceClient, ServerAccess, ServerConnection } from './inference-client.ts'
import { openConnection } from './open-connection.ts'

// Real: the HTTP exchange, and the replies of a Triton 24.10, byte for byte, in states that it takes long to bring about.

const recipe = { preprocessing: clipPreprocessing, codec: pictureCodec }
const inferPath = '/v2/models/openclip_vit_b32/versions/1/infer'
const described = {
  'GET /v2': 'server-metadata',
  'GET /v2/health/live': 'health-ready',
  'GET /v2/health/ready': 'health-ready',
  'POST /v2/repository/index': 'repo-index',
  'GET /v2/models/openclip_vit_b32/versions/1': 'model-metadata',
  'GET /v2/models/openclip_vit_b32/versions/1/config': 'model-config',
} as const

let server: ReplayServer
let connection: ServerConnection
afterEach(async () => {
  await connection.close()
  await server.close()
})

async function connect(
  routes: Readonly<Record<string, Answer | Answer[]>>,
  access: Partial<ServerAccess> = {},
): Promise<ServerConnection> {
  server = await serveCaptures('triton-http', { ...described, ...routes }, 'bad-path')
  connection = openConnection({
    kind: 'triton',
    url: server.url,
    token: null,
    headers: {},
    certificate: null,
    metricsUrl: null,
    ...access,
  })
  return connection
}

const fp32: InputOffer = {
  model: 'openclip_vit_b32',
  version: '1',
  transport: 'http',
  format: 'fp32',
  maxBatch: 32,
  dimension: 512,
}

async function clientFor(answer: Answer | Answer[], offer: InputOffer = fp32): Promise<InferenceClient> {
  return (await connect({ [`POST ${inferPath}`]: answer })).client(offer, recipe)
}

function lastRequest(): SeenRequest {
  const request = server.requests.at(-1)
  if (request === undefined) throw new Error('Nothing was sent.')
  return request
}

function lengthOf(vector: Float32Array): number {
  return Math.hypot(...vector)
}

test('a ready server tells its version, model, formats, batch and device', async () => {
  const report = await (await connect({})).inspect()
  expect(report).toMatchObject({
    reachable: true,
    ready: true,
    server: { name: 'triton', version: '2.51.0' },
    device: 'cpu',
    exposure: 'this-machine',
    offers: [fp32, { ...fp32, format: 'json-fp32' }],
    notes: [],
    problem: null,
  })
  expect(report.roundTripMs).toBeGreaterThan(0)
})

test('while a model is loading: not ready, and what is loading is told', async () => {
  const loading = await connect({
    'GET /v2/health/ready': 'loading-server-ready',
    'POST /v2/repository/index': (_, response) =>
      void response.end('[{"name":"slowload","version":"1","state":"LOADING"}]'),
  })
  expect(await loading.inspect()).toMatchObject({
    reachable: true,
    ready: false,
    notes: ['The model slowload is being loaded.'],
    problem: { code: 'server-not-ready' },
  })
  expect(await loading.isReady()).toBe(false)
})

test('a model that works is used while another is loading', async () => {
  const loading = await connect({
    'GET /v2/health/ready': 'loading-server-ready',
    'POST /v2/repository/index': 'loading-index',
    [`POST ${inferPath}`]: 'infer-binary-no-id',
  })
  const report = await loading.inspect()
  expect(report).toMatchObject({ ready: true, offers: [fp32, { format: 'json-fp32' }], problem: null })
  expect(report.notes).toContain('The model slowload is being loaded.')
})

test('a model that failed to load makes the server not ready; the other is tried and used', async () => {
  const broken = await connect({
    'GET /v2/health/ready': 'broken-server-ready',
    'POST /v2/repository/index': 'broken-index',
    [`POST ${inferPath}`]: 'infer-binary-no-id',
  })
  const report = await broken.inspect()
  expect(report).toMatchObject({ ready: true, problem: null })
  expect(report.offers.map(({ model }) => model)).toEqual(['openclip_vit_b32', 'openclip_vit_b32'])
  expect(report.notes.join('\n')).toMatch(/broken could not be loaded: .*weights are missing/)
  expect(report.notes.join('\n')).toMatch(/openclip_vit_b32 works all the same/)
  expect(await broken.isReady()).toBe(true)
})

test('a model whose process died is not offered, though it calls itself ready', async () => {
  const routes = {
    'GET /v2/health/ready': 'crashed-server-ready',
    'POST /v2/repository/index': 'crashed-index',
    'GET /v2/models/crashes/versions/1': 'crashed-meta',
    'GET /v2/models/crashes/versions/1/config': 'crashed-config',
    'GET /v2/models/crashes/versions/1/ready': 'crashed-model-ready',
    'POST /v2/models/crashes/versions/1/infer': 'infer-crashes',
  }
  const half = await connect({ ...routes, [`POST ${inferPath}`]: 'infer-binary-no-id' })
  const report = await half.inspect()
  expect(new Set(report.offers.map(({ model }) => model))).toEqual(new Set(['openclip_vit_b32']))
  expect(report.notes.join('\n')).toMatch(/crashes is listed as ready and does not work.*not healthy/)
  await half.close()
  await server.close()
  const all = await connect({ ...routes, [`POST ${inferPath}`]: 'infer-crashes' })
  expect(await all.inspect()).toMatchObject({ ready: false, problem: { code: 'server-failed' } })
  expect(await all.isReady()).toBe(false)
})

test('a server that keeps its list to itself is used by the name that was given', async () => {
  const closed: Answer = (_, response) => void response.writeHead(403).end()
  const nameless = await connect({
    'POST /v2/repository/index': closed,
    'GET /v2/models/openclip_vit_b32': 'model-metadata',
    'GET /v2/models/openclip_vit_b32/config': 'model-config',
  })
  expect(await nameless.inspect()).toMatchObject({ offers: [], problem: { code: 'not-found' } })
  await nameless.close()
  const named = openConnection({
    kind: 'triton',
    url: server.url,
    token: null,
    headers: {},
    certificate: null,
    metricsUrl: null,
    model: 'openclip_vit_b32',
  })
  expect((await named.inspect()).offers).toEqual([fp32, { ...fp32, format: 'json-fp32' }])
  await named.close()
})

test('another server behind the address, and a closed one, are told apart', async () => {
  const other = await connect({ 'GET /v2': 'bad-path' })
  expect(await other.inspect()).toMatchObject({ reachable: true, problem: { code: 'server-nonsense' } })
  await server.close()
  expect(await other.inspect()).toMatchObject({
    reachable: false,
    ready: false,
    problem: { code: 'server-unreachable' },
  })
  await expect(other.inspect(AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' })
})

test('GPU facts come from the metrics; metrics that are away are a note', async () => {
  const gpu = 'gpu_uuid="GPU-5d2c8e5e-1c1f"'
  const metrics: Answer = (_, response) =>
    void response.end(
      `# HELP nv_gpu_utilization x\nnv_gpu_utilization{${gpu}} 0.75\nnv_gpu_memory_total_bytes{${gpu}} 16e9\n` +
        `nv_gpu_memory_used_bytes{${gpu}} 4e9\nnv_gpu_power_usage{${gpu}} 61.5\nnv_cpu_utilization 0.5\n`,
    )
  const seen = await serveCaptures('triton-http', { 'GET /metrics': metrics }, 'bad-path')
  const told = await connect({}, { metricsUrl: `${seen.url}/metrics`, token: 'tok-12345' })
  expect((await told.inspect()).gpus).toEqual([
    { name: 'GPU 5d2c8e5e', memoryBytes: 16e9, memoryUsedBytes: 4e9, utilisation: 0.75, powerWatts: 61.5 },
  ])
  await seen.close()
  expect(await told.inspect()).toMatchObject({
    ready: true,
    gpus: [],
    notes: [expect.stringMatching(/metrics could not be read/)],
  })
})

test('a tensor goes out as a JSON header and raw bytes, and the vectors come back', async () => {
  const client = await clientFor('infer-binary-b2')
  const pictures = [noisePicture(1), noisePicture(2)]
  const reply = await client.send(await client.encode(pictures))
  expect(reply.dimension).toBe(512)
  expect([reply.vectors.length, reply.rawNorms.length]).toEqual([1024, 2])
  expect(lengthOf(reply.vectors.subarray(0, 512))).toBeCloseTo(1, 5)
  const { headers, body } = lastRequest()
  const headerBytes = Number(headers['inference-header-content-length'])
  expect(JSON.parse(body.subarray(0, headerBytes).toString())).toEqual({
    inputs: [
      {
        name: 'image',
        shape: [2, 3, 224, 224],
        datatype: 'FP32',
        parameters: { binary_data_size: 2 * 3 * 224 * 224 * 4 },
      },
    ],
    outputs: [{ name: 'embedding', parameters: { binary_data: true } }],
  })
  expect(body.subarray(headerBytes).equals(Buffer.from(toTensor(pictures, clipPreprocessing).buffer))).toBe(true)
  expect(reply).toMatchObject({ requestBytes: body.length, responseBytes: 4265 })
})

test('the same vector is read from binary, compressed and JSON answers', async () => {
  const pictures = [noisePicture(1)]
  const vectors: Float32Array[] = []
  for (const [name, format] of [
    ['infer-binary-b1', 'fp32'],
    ['infer-gzip-deflate-accept-binary', 'fp32'],
    ['infer-binary-in-json-out', 'fp32'],
    ['infer-json-b1', 'json-fp32'],
  ] as const) {
    const client = await clientFor(name, { ...fp32, format })
    vectors.push((await client.send(await client.encode(pictures))).vectors)
    await connection.close()
    await server.close()
  }
  const [first = new Float32Array()] = vectors
  expect(first).toHaveLength(512)
  for (const vector of vectors) {
    const cosine = vector.reduce((sum, value, at) => sum + value * (first[at] ?? 0), 0)
    expect(cosine).toBeGreaterThan(0.999999)
  }
})

test('JSON numbers read back as exactly the tensor', async () => {
  const client = await clientFor('infer-json-b1', { ...fp32, format: 'json-fp32' })
  await client.send(await client.encode([noisePicture(7)]))
  const sent = JSON.parse(server.requests.at(-1)?.body.toString() ?? '') as { inputs: { data: number[] }[] }
  expect(Float32Array.from(sent.inputs[0]?.data ?? [])).toEqual(toTensor([noisePicture(7)], clipPreprocessing))
})

test('one encoded request can be sent again after a refusal', async () => {
  const client = await clientFor(['overload-queue-full-03', 'infer-binary-b1'])
  const request = await client.encode([noisePicture(1)])
  await expect(client.send(request)).rejects.toMatchObject({ code: 'server-busy' })
  expect((await client.send(request)).dimension).toBe(512)
})

const respond =
  (header: object, tail = Buffer.alloc(0), said?: number) =>
  (_: unknown, response: ServerResponse): void => {
    const json = Buffer.from(JSON.stringify(header))
    response.setHeader('inference-header-content-length', said ?? json.length)
    response.end(Buffer.concat([json, tail]))
  }
const output = (shape: number[], bytes: number, datatype = 'FP32', name = 'embedding'): object => ({
  outputs: [{ name, datatype, shape, parameters: { binary_data_size: bytes } }],
})

test.each<[string, Answer, RegExp]>([
  ['fewer vectors than asked for', 'infer-binary-b1', /shape \[1, 512\] and 2 were asked for/],
  ['a tensor that was cut off', respond(output([2, 512], 4096), Buffer.alloc(4000)), /4096 bytes .* 4000 came/],
  ['a size that is not its shape’s', respond(output([2, 512], 2048), Buffer.alloc(4096)), /4096 bytes .* 2048 came/],
  ['another dimension', respond(output([2, 256], 2048), Buffer.alloc(2048, 1)), /2 × 512 numbers/],
  ['another type', respond(output([2, 512], 8192, 'INT64'), Buffer.alloc(8192)), /INT64/],
  ['another output', respond(output([2, 512], 4096, 'FP32', 'other'), Buffer.alloc(4096)), /no output “embedding”/],
  ['zeros', respond(output([2, 512], 4096), Buffer.alloc(4096)), /all zeros/],
  ['NaN', respond(output([2, 512], 4096), Buffer.alloc(4096, 0xff)), /not finite/],
  ['a header longer than all of it', respond(output([2, 512], 4096), Buffer.alloc(0), 9999), /9999 bytes/],
  ['no JSON', (_, response) => void response.end('<html>hello</html>'), /not JSON/],
  ['JSON of something else', (_, response) => void response.end('{"ok":true}'), /at “outputs”/],
])('an answer with %s is refused, and what was wrong is told', async (_, answer, message) => {
  const client = await clientFor(answer)
  const request = await client.encode([noisePicture(1), noisePicture(2)])
  const sent = client.send(request)
  await expect(sent).rejects.toMatchObject({ code: 'server-nonsense' })
  await expect(sent).rejects.toThrowError(message)
})

test('a vector in halves is read, and an output before it is passed over', async () => {
  const halves = Buffer.from(Uint16Array.from({ length: 1024 }, () => 0x3c00).buffer)
  const header = {
    outputs: [
      { name: 'score', datatype: 'FP32', shape: [2, 1], parameters: { binary_data_size: 8 } },
      { name: 'embedding', datatype: 'FP16', shape: [2, 512], parameters: { binary_data_size: 2048 } },
    ],
  }
  const client = await clientFor(respond(header, Buffer.concat([Buffer.alloc(8), halves])))
  const { vectors, rawNorms } = await client.send(await client.encode([noisePicture(1), noisePicture(2)]))
  expect(rawNorms[1]).toBeCloseTo(Math.sqrt(512), 4)
  expect(vectors[700]).toBeCloseTo(1 / Math.sqrt(512), 6)
})

test('encoded pictures travel as elements with their length in front', async () => {
  const bytesModel: Answer = (_, response) =>
    void response.end(
      JSON.stringify({
        name: 'openclip_vit_b32',
        versions: ['1'],
        inputs: [{ name: 'image', datatype: 'BYTES', shape: [-1, 1] }],
        outputs: [{ name: 'embedding', datatype: 'FP32', shape: [-1, 512] }],
      }),
    )
  const jpegServer = await connect({
    'GET /v2/models/openclip_vit_b32/versions/1': bytesModel,
    [`POST ${inferPath}`]: ['infer-binary-b2', 'infer-binary-b1'],
  })
  const [offer] = (await jpegServer.inspect()).offers
  expect(offer?.format).toBe('jpeg')
  const client = jpegServer.client(offer ?? fp32, recipe)
  await client.send(await client.encode([noisePicture(1), noisePicture(2)]))
  const { headers, body } = lastRequest()
  let at = Number(headers['inference-header-content-length'])
  for (let picture = 0; picture < 2; picture++) {
    const length = body.readUInt32LE(at)
    expect(body.readUInt16BE(at + 4)).toBe(0xffd8)
    at += 4 + length
  }
  expect(at).toBe(body.length)
  expect(await jpegServer.embedEncoded(Buffer.from('a whole file'), 'image/jpeg')).toHaveLength(512)
  expect(server.requests.at(-1)?.body.subarray(-12).toString()).toBe('a whole file')
})

test('no request goes out for too many pictures or by a client of another format', async () => {
  const client = await clientFor('infer-binary-b1')
  const many = Array.from({ length: 33 }, () => noisePicture(1))
  await expect(client.encode(many)).rejects.toMatchObject({ code: 'invalid-request' })
  await expect(client.encode([])).rejects.toMatchObject({ code: 'invalid-request' })
  const other = connection.client({ ...fp32, format: 'uint8' }, recipe)
  await expect(other.encode([noisePicture(1)])).rejects.toMatchObject({ code: 'invalid-request' })
  expect(server.requests.filter(({ method }) => method === 'POST')).toEqual([])
})
