import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import { tinyPreprocessing } from '../../../../test/support/clip-pictures.ts'
import type { ServerKind } from '../../../shared/contract/servers.ts'
import { toTensor } from '../normalise.ts'
import type { InferenceReply, ServerConnection } from './inference-client.ts'
import { openConnection } from './open-connection.ts'

// Real: HTTP on this machine, spoken by servers that keep to the protocol in their own way; clients and connections as scans use them.

const size = tinyPreprocessing.width
const asTheyAre = (pixels: Uint8Array): Promise<Uint8Array> => Promise.resolve(pixels)
const recipe = { preprocessing: tinyPreprocessing, codec: { jpeg: asTheyAre, png: asTheyAre } }
const pictures = [1, 2].map((k) => Uint8Array.from({ length: size * size * 3 }, (_, at) => (at * 7 * k) % 256))
const vector = [0.5, -0.5, 0.5, -0.5]
const cleanUps: (() => Promise<unknown> | void)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

async function listen(server: Server, host = '127.0.0.1'): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
  })
  server.listen(0, host)
  await once(server, 'listening')
  cleanUps.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

function connect(kind: ServerKind, url: string): ServerConnection {
  const connection = openConnection({ kind, url, token: null, headers: {}, certificate: null, metricsUrl: null })
  cleanUps.push(() => connection.close())
  return connection
}

/** What the server offers first, used once. */
async function embed(connection: ServerConnection): Promise<InferenceReply> {
  const { offers, problem, notes } = await connection.inspect()
  const [offer] = offers
  if (offer === undefined) throw new Error([problem?.message, ...notes].join(' '))
  const client = connection.client(offer, recipe)
  return client.send(await client.encode(pictures))
}

type Handler = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void

function serving(handler: Handler): Server {
  return createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => handler(request, response, Buffer.concat(chunks)))
  })
}

interface OddModel {
  name?: string
  datatype?: string
  shape?: number[]
  maxBatch?: number
  outputs?: { name: string; datatype: string; shape: number[] }[]
  output?: { datatype: string; shape: number[]; raw: Buffer }
  prefix?: string
  /** How the answer goes out. */
  send?: (response: ServerResponse, headers: Record<string, string>, body: Buffer) => void
}

const float32 = (numbers: readonly number[]): Buffer => Buffer.from(Float32Array.from(numbers).buffer)
const both = [...vector, ...vector]

/** A Triton of its own kind. Returns what was sent to its model last. */
function oddTriton(odd: OddModel): { server: Server; sent: () => { shape: number[]; bytes: Buffer } } {
  const { name = 'my model', datatype = 'FP32', shape = [-1, 3, size, size], maxBatch = 8, prefix = '' } = odd
  const answer = odd.output ?? { datatype: 'FP32', shape: [2, 4], raw: float32(both) }
  let sent: { shape: number[]; bytes: Buffer } = { shape: [], bytes: Buffer.alloc(0) }
  const server = serving((request, response, body) => {
    const path = request.url ?? ''
    const json = (value: unknown): void => void response.writeHead(200).end(JSON.stringify(value))
    const model = `${prefix}/v2/models/${encodeURIComponent(name)}/versions/7`
    if (path === `${prefix}/v2`) return json({ name: 'triton', version: '3', extensions: ['binary_tensor_data'] })
    if (path.startsWith(`${prefix}/v2/health/`)) return void response.writeHead(200).end()
    if (path === `${prefix}/v2/repository/index`) return json([{ name, version: '7', state: 'READY' }])
    if (path === `${model}/config`) return json({ max_batch_size: maxBatch })
    if (path === model) {
      const outputs = odd.outputs ?? [
        { name: 'vector', datatype: answer.datatype, shape: [-1, ...answer.shape.slice(1)] },
      ]
      return json({ name, versions: ['7'], inputs: [{ name: 'picture', datatype, shape }], outputs })
    }
    if (path !== `${model}/infer`) return void response.writeHead(404).end()
    const length = Number(request.headers['inference-header-content-length'])
    const asked = JSON.parse(body.subarray(0, length).toString()) as { inputs: { shape: number[] }[] }
    sent = { shape: asked.inputs[0]?.shape ?? [], bytes: body.subarray(length) }
    const { raw, ...described } = answer
    const output = { name: 'vector', ...described, parameters: { binary_data_size: raw.length } }
    const header = Buffer.from(JSON.stringify({ outputs: [output] }))
    const headers = { 'inference-header-content-length': String(header.length) }
    const whole = Buffer.concat([header, raw])
    if (odd.send === undefined) response.writeHead(200, headers).end(whole)
    else odd.send(response, headers, whole)
  })
  return { server, sent: () => sent }
}

async function throughTriton(
  odd: OddModel,
): Promise<{ reply: InferenceReply; sent: { shape: number[]; bytes: Buffer } }> {
  const { server, sent } = oddTriton(odd)
  const reply = await embed(connect('triton', `http://127.0.0.1:${await listen(server)}${odd.prefix ?? ''}`))
  return { reply, sent: sent() }
}

const bfloat16 = (numbers: readonly number[]): Buffer => {
  const halves = Float32Array.from(numbers)
  return Buffer.from(Uint16Array.from(new Uint32Array(halves.buffer), (bits) => bits >>> 16).buffer)
}

test.each<[string, OddModel]>([
  ['[N, D, 1]', { output: { datatype: 'FP32', shape: [2, 4, 1], raw: float32(both) } }],
  ['[N, 1, 1, D]', { output: { datatype: 'FP32', shape: [2, 1, 1, 4], raw: float32(both) } }],
  ['FP64', { output: { datatype: 'FP64', shape: [2, 4], raw: Buffer.from(Float64Array.from(both).buffer) } }],
  ['BF16', { output: { datatype: 'BF16', shape: [2, 4], raw: bfloat16(both) } }],
  ['of five times unit length', { output: { datatype: 'FP32', shape: [2, 4], raw: float32(both.map((x) => 5 * x)) } }],
  ['below a path', { prefix: '/gpu/box' }],
  ['without batching by the server', { maxBatch: 0 }],
  [
    'in chunks, compressed though it was not asked for',
    {
      send: (response, headers, body) => {
        response.writeHead(200, { ...headers, 'content-encoding': 'GZIP' })
        const packed = gzipSync(body)
        for (let at = 0; at < packed.length; at += 20) response.write(packed.subarray(at, at + 20))
        response.end()
      },
    },
  ],
  [
    'over connections that are closed after each answer',
    { send: (response, headers, body) => void response.writeHead(200, { ...headers, connection: 'close' }).end(body) },
  ],
])('vectors %s are read', async (_, odd) => {
  const { reply, sent } = await throughTriton(odd)
  expect(reply.dimension).toBe(4)
  expect([...reply.vectors]).toEqual(both)
  expect(sent.shape).toEqual([2, 3, size, size])
})

test.each<[string, OddModel, RegExp]>([
  [
    'another count',
    { output: { datatype: 'FP32', shape: [1, 4], raw: float32(vector) } },
    /shape \[1, 4\] and 2 were asked/,
  ],
  [
    'not a number',
    { output: { datatype: 'FP32', shape: [2, 4], raw: float32([...vector, NaN, 1, 1, 1]) } },
    /not finite/,
  ],
  [
    'whole numbers',
    {
      outputs: [{ name: 'vector', datatype: 'FP32', shape: [-1, 4] }],
      output: { datatype: 'INT8', shape: [2, 4], raw: Buffer.alloc(8) },
    },
    /are INT8 where one of FP32/,
  ],
  [
    'nothing of that name',
    { outputs: [{ name: 'features', datatype: 'FP32', shape: [-1, 4] }] },
    /no output “features”/,
  ],
  [
    'another length than it said',
    { outputs: [{ name: 'vector', datatype: 'FP32', shape: [-1, 9] }] },
    /2 × 9 numbers were expected/,
  ],
])('%s as an answer is refused', async (_, odd, message) => {
  await expect(throughTriton(odd)).rejects.toMatchObject({
    code: 'server-nonsense',
    message: expect.stringMatching(message) as string,
  })
})

const planes = (picture: Uint8Array): number[] =>
  [0, 1, 2].flatMap((channel) => [...picture].filter((_, at) => at % 3 === channel))
const tensor = toTensor(pictures, tinyPreprocessing)
const pixels = size * size
const pixelWise = pictures.flatMap((_, k) =>
  Array.from({ length: pixels * 3 }, (_, at) => tensor[(k * 3 + (at % 3)) * pixels + Math.floor(at / 3)] ?? 0),
)

test.each<[string, number[], Buffer]>([
  ['UINT8', [-1, size, size, 3], Buffer.concat(pictures)],
  ['UINT8', [-1, 3, size, size], Buffer.from(pictures.flatMap(planes))],
  ['FP32', [-1, 3, size, size], Buffer.from(tensor.buffer)],
  ['FP32', [-1, size, size, 3], float32(pixelWise)],
])('%s %j gets its bytes in its own order', async (datatype, shape, bytes) => {
  const { sent } = await throughTriton({ datatype, shape })
  expect(sent.shape).toEqual([2, ...shape.slice(1)])
  expect(sent.bytes.equals(bytes)).toBe(true)
})

const json = (value: unknown): string => JSON.stringify(value)
const described = {
  'GET /model-info': json({ model_name: 'ViT-B-32', embedding_dim: 4 }),
  'POST /embed/batch': json({ embeddings: [vector, vector], count: 2 }),
}

/** A PyTorch server that knows these paths only; below a path of a reverse proxy where one is given. */
function oddPytorch(routes: Readonly<Record<string, string>>, prefix = ''): Server {
  return serving((request, response) => {
    const route = routes[`${request.method} ${(request.url ?? '').replace(prefix, '')}`]
    response.writeHead(route === undefined ? 404 : 200).end(route)
  })
}

test.each([
  ['that says “healthy”', json({ status: 'healthy' })],
  ['that says true', json({ status: true })],
  ['that answers in plain text', 'OK'],
  ['that answers with nothing', ''],
])('a server %s, with /embed/batch only and no /gpu-info, is used', async (_, health) => {
  const port = await listen(oddPytorch({ ...described, 'GET /health': health }, '/embedder'))
  const reply = await embed(connect('pytorch', `http://127.0.0.1:${port}/embedder/`))
  expect([...reply.vectors]).toEqual(both)
})

test('a server on IPv6 is used', async () => {
  const port = await listen(oddPytorch({ ...described, 'GET /health': json({ status: 'ok' }) }), '::1')
  expect((await embed(connect('pytorch', `[::1]:${port}`))).dimension).toBe(4)
  const { server } = oddTriton({})
  expect((await embed(connect('triton', `http://[::1]:${await listen(server, '::1')}`))).dimension).toBe(4)
})

test('a server that speaks HTTP/1.0 and ends its answers by closing is used', async () => {
  const routes: Readonly<Record<string, string>> = { ...described, 'GET /health': json({ status: 'ok' }) }
  const server = createTcpServer((socket) => {
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      const [, head = '', body = ''] = /^([\s\S]*?)\r\n\r\n([\s\S]*)$/.exec(text) ?? []
      const [method, path] = head.split(' ')
      if (head === '' || body.length < Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)) return
      const answer = routes[`${method} ${path}`]
      socket.end(`HTTP/1.0 ${answer === undefined ? '404 Not Found' : '200 OK'}\r\n\r\n${answer ?? ''}`)
    })
  })
  const reply = await embed(connect('pytorch', `http://127.0.0.1:${await listen(server)}`))
  expect([...reply.vectors]).toEqual(both)
})
