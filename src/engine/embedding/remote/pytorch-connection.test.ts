import sharp from 'sharp'
import { afterEach, expect, test } from 'vitest'
import { serveCaptures, type Answer, type ReplayServer } from '../../../../test/fixtures/captures/replay-server.ts'
import { clipPreprocessing, noisePicture } from '../../../../test/support/clip-pictures.ts'
import type { InputOffer } from '../../../shared/contract/servers.ts'
import { pictureCodec } from '../../imaging/picture-codec.ts'
import type { ServerAccess, ServerConnection } from './inference-client.ts'
import { openConnection } from './open-connection.ts'

// Real: the HTTP exchange, sharp, and the replies of a FastAPI server with open_clip, byte for byte.

const recipe = { preprocessing: clipPreprocessing, codec: pictureCodec }
const described = {
  'GET /health': 'health',
  'GET /model-info': 'model-info',
  'GET /gpu-info': 'gpu-info',
  'GET /openapi.json': 'openapi-json',
  'POST /embed/base64': 'embed-base64-2',
  'POST /embed/batch': 'embed-batch-2',
} as const
const two = [noisePicture(1), noisePicture(2)]

let server: ReplayServer
let connection: ServerConnection
afterEach(async () => {
  await connection.close()
  await server.close()
})

async function connect(
  routes: Readonly<Record<string, Answer>> = {},
  access: Partial<ServerAccess> = {},
): Promise<ServerConnection> {
  server = await serveCaptures('pytorch', { ...described, ...routes }, 'nope')
  connection = openConnection({
    kind: 'pytorch',
    url: server.url,
    token: null,
    headers: {},
    certificate: null,
    metricsUrl: null,
    ...access,
  })
  return connection
}

const offerOf = (format: InputOffer['format']): InputOffer => ({
  model: 'ViT-B-32',
  version: null,
  transport: 'http',
  format,
  maxBatch: 256,
  dimension: 512,
})
const json =
  (content: unknown, status = 200): Answer =>
  (_, response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content))

test('what a server calls itself can’t steer a terminal', async () => {
  const info = { model_name: 'clip\u001b[2J\u202eevil', device: '\u001b]0;x\u0007gpu', server: `s${'x'.repeat(5000)}` }
  const report = await (await connect({ 'GET /model-info': json(info) })).inspect()
  const { offers, device, server: told } = report
  expect(JSON.stringify({ offers, device, told })).not.toMatch(/\\u001b|\\u0007|\u202e/)
  expect(offers[0]?.model).toMatch(/^clip .*evil$/)
  expect(told?.name.length).toBeLessThan(200)
})

test('a healthy server tells its model, device, batch and ways in', async () => {
  const report = await (await connect()).inspect()
  expect(report).toMatchObject({
    reachable: true,
    ready: true,
    server: { name: 'openclip embedder', version: '0.1.0' },
    device: 'cpu',
    gpus: [],
    problem: null,
  })
  expect(report.offers).toEqual(['multipart-jpeg', 'base64-jpeg', 'multipart-png', 'base64-png'].map(offerOf as never))
})

test.each([
  [json({ status: 'healthy' }), true],
  [json({ status: 'ok' }), true],
  [json({ status: 'loading' }), false],
  [json({ status: 'unavailable' }, 503), false],
] as const)('health is read in the words that servers use (%#)', async (health, ready) => {
  const asked = await connect({ 'GET /health': health })
  expect(await asked.inspect()).toMatchObject({ reachable: true, ready })
  expect(await asked.isReady()).toBe(ready)
})

test('a server without /health, /gpu-info and a description of itself is asked in other ways', async () => {
  const plain = await connect({
    'GET /health': 'nope',
    'GET /healthz': 'health',
    'GET /gpu-info': 'nope',
    'GET /openapi.json': 'nope',
    'POST /embed/batch': 'nope',
    'POST /embed/base64': 'err-missing',
  })
  const report = await plain.inspect()
  expect(report).toMatchObject({ ready: true, gpus: [], notes: [], problem: null })
  expect(report.offers.map(({ format, maxBatch }) => [format, maxBatch])).toEqual([
    ['base64-jpeg', 32],
    ['base64-png', 32],
  ])
})

test('GPUs are told in bytes and fractions, however the server spells them', async () => {
  const bytes = {
    name: 'A100',
    memory_total_bytes: 4e10,
    memory_used_bytes: 1e10,
    utilization_percent: 50,
    power_watts: 99,
  }
  const asked = await connect({ 'GET /gpu-info': json({ cuda_available: true, devices: [bytes] }) })
  const expected = { name: 'A100', memoryBytes: 4e10, memoryUsedBytes: 1e10, utilisation: 0.5, powerWatts: 99 }
  expect((await asked.inspect()).gpus).toEqual([expected])
})

test.each([
  ['a token is missing', { 'GET /model-info': json({ detail: 'no' }, 401) }, 'not-authorised'],
  ['it is another server', { 'GET /health': 'nope' }, 'server-nonsense'],
  ['its model is not told', { 'GET /model-info': 'nope' }, 'server-nonsense'],
  ['it has no way in', { 'GET /openapi.json': json({ paths: {} }) }, 'not-found'],
] as const)('when %s, the report says so', async (_, routes, code) => {
  const report = await (await connect(routes)).inspect()
  expect(report).toMatchObject({ reachable: true, ready: false, problem: { code } })
})

test.each(['base64-jpeg', 'base64-png', 'multipart-jpeg', 'multipart-png'] as const)(
  '%s: the pictures arrive whole, and one unit vector each comes back',
  async (format) => {
    const client = (await connect()).client(offerOf(format), recipe)
    const reply = await client.send(await client.encode(two))
    expect([reply.vectors.length, reply.dimension, reply.rawNorms.length]).toEqual([1024, 512, 2])
    expect(Math.hypot(...reply.vectors.subarray(512))).toBeCloseTo(1, 5)
    expect(reply.server.inferenceMs).toBeGreaterThan(0)
    expect(reply.server.preprocessMs).toBeGreaterThan(0)
    const request = server.requests.at(-1)
    if (request === undefined) throw new Error('Nothing was sent.')
    expect(reply.requestBytes).toBe(request.body.length)
    const sent = await picturesIn(request.headers['content-type'] ?? '', request.body)
    for (const [at, file] of sent.entries()) {
      const pixels = await sharp(file).raw().toBuffer()
      expect(pixels).toHaveLength(224 * 224 * 3)
      if (format.endsWith('png')) expect(pixels.equals(two[at] ?? Buffer.alloc(0))).toBe(true)
    }
    expect(sent).toHaveLength(2)
  },
)

/** The files in a request, as a server reads them: Node's own parsers are the judge. */
async function picturesIn(contentType: string, body: Buffer): Promise<Buffer[]> {
  if (contentType === 'application/json') {
    const { images } = JSON.parse(body.toString()) as { images: string[] }
    return images.map((image) => Buffer.from(image, 'base64'))
  }
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData()
  return Promise.all(
    form.getAll('files').map(async (file) => Buffer.from(await (file as unknown as Blob).arrayBuffer())),
  )
}

test('an untouched file goes as it is', async () => {
  const one: Answer = json({ embeddings: [Array.from({ length: 512 }, (_, at) => (at === 0 ? 2 : 0))] })
  const untouched = await connect({ 'POST /embed/batch': one })
  const vector = await untouched.embedEncoded(Buffer.from('the bytes of a photo'), 'image/png')
  expect(vector?.[0]).toBe(1)
  const request = server.requests.at(-1)
  const [file] = await picturesIn(request?.headers['content-type'] ?? '', request?.body ?? Buffer.alloc(0))
  expect(file?.toString()).toBe('the bytes of a photo')
})

test('Server-Timing goes before what the body says', async () => {
  const answer: Answer = (_, response) => {
    response.setHeader('Server-Timing', 'decode;dur=1.5, queue;desc="w";dur=4, inference;dur="60", total;dur=99')
    response.end(JSON.stringify({ embeddings: [[1, 0]], timing_ms: { inference: 1, preprocess: 2 } }))
  }
  const client = (await connect({ 'POST /embed/batch': answer })).client(
    { ...offerOf('multipart-jpeg'), dimension: null },
    recipe,
  )
  const reply = await client.send(await client.encode([noisePicture(1)]))
  expect(reply.server).toEqual({ decodeMs: 1.5, queueMs: 4, inferenceMs: 60, preprocessMs: 2 })
  expect(reply.dimension).toBe(2)
})

test.each<[string, unknown, RegExp]>([
  ['too few vectors', { embeddings: [[1, 0]] }, /2 vectors were expected and 1 came/],
  ['vectors of different lengths', { embeddings: [[1, 0], [1]] }, /different lengths/],
  [
    'text in them',
    {
      embeddings: [
        [1, 0],
        [1, 'x'],
      ],
    },
    /something else than numbers in vector 2/,
  ],
  [
    'null in them',
    {
      embeddings: [
        [1, 0],
        [1, null],
      ],
    },
    /something else than numbers/,
  ],
  [
    'another dimension',
    {
      embeddings: [
        [1, 0],
        [0, 1],
      ],
    },
    /2 × 512 numbers/,
  ],
  ['no vectors', { detail: 'fine' }, /at “embeddings”/],
])('an answer with %s is refused', async (_, content, message) => {
  const client = (await connect({ 'POST /embed/batch': json(content) })).client(offerOf('multipart-jpeg'), recipe)
  const sent = client.send(await client.encode(two))
  await expect(sent).rejects.toMatchObject({ code: 'server-nonsense' })
  await expect(sent).rejects.toThrowError(message)
})

test.each([
  ['err-not-image', 'server-refused'],
  ['err-too-many', 'server-refused'],
] as const)('%s is told as our fault', async (name, code) => {
  const client = (await connect({ 'POST /embed/base64': name })).client(offerOf('base64-jpeg'), recipe)
  await expect(client.send(await client.encode(two))).rejects.toMatchObject({ code })
})
