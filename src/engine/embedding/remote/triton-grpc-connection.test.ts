import { tinyPreprocessing } from '../../../../test/support/clip-pictures.ts'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import {
  Server,
  ServerCredentials,
  status,
  type sendUnaryData,
  type ServerUnaryCall,
  type ServiceDefinition,
} from '@grpc/grpc-js'
import { afterEach, expect, test } from 'vitest'
import type { ServerReport } from '../../../shared/contract/servers.ts'
import type { InferenceClient, ServerAccess, ServerConnection } from './inference-client.ts'
import { openTritonGrpc } from './triton-grpc-connection.ts'
import { grpcCalls } from './triton-grpc-schema.ts'

/**
 * Real: gRPC over TCP, its server part in this process. What it answers is made up to be what a Triton answers in states that are
 * hard to bring about; the suites in test/servers speak to a Triton.
 */
interface Infer {
  model_name: string
  inputs: { shape: number[] }[]
}

interface Behaviour {
  unaryError?: { code: status; details: string }
  delayMs?: number
  token?: string
  /** Width and height of its pictures. */
  size?: number
  /** Numbers of each vector. */
  values?: (index: number) => number
  /** Bytes left out at the end of the vectors. */
  short?: number
}

const dimension = 4
const open: (() => Promise<void> | void)[] = []

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

interface Seen {
  /** Calls that were cancelled before they had their answer. */
  cancelled: number
  requests: number
}

async function start(
  behaviour: Behaviour,
  credentials = ServerCredentials.createInsecure(),
  wantedPort = 0,
): Promise<{ port: number; seen: Seen; stop(): void }> {
  const seen: Seen = { cancelled: 0, requests: 0 }
  const answer = ({ inputs }: Infer): object => {
    seen.requests++
    const count = inputs[0]?.shape[0] ?? 0
    const raw = Buffer.alloc(count * dimension * 4 - (behaviour.short ?? 0))
    for (let at = 0; at + 4 <= raw.length; at += 4) raw.writeFloatLE(behaviour.values?.(at / 4) ?? 0.5, at)
    return {
      outputs: [{ name: 'embedding', datatype: 'FP32', shape: [count, dimension] }],
      raw_output_contents: [raw],
    }
  }
  const unary = (reply: object) => (call: ServerUnaryCall<Infer, object>, done: sendUnaryData<object>) => {
    const token = String(call.metadata.get('authorization')[0] ?? '')
    if (behaviour.token !== undefined && token !== `Bearer ${behaviour.token}`)
      return done({ code: status.UNAUTHENTICATED, details: 'who are you?' })
    done(null, reply)
  }
  const service: ServiceDefinition = { ...grpcCalls() }
  const server = new Server({ 'grpc.max_receive_message_length': -1 })
  server.addService(service, {
    ServerLive: unary({ ready: true }),
    ServerReady: unary({ ready: true }),
    ServerMetadata: unary({ name: 'triton', version: '2.51.0' }),
    RepositoryIndex: unary({ models: [{ name: 'clip', version: '1', state: 'READY' }] }),
    ModelMetadata: unary({
      name: 'clip',
      versions: ['1'],
      inputs: [{ name: 'image', datatype: 'FP32', shape: [-1, 3, behaviour.size ?? 8, behaviour.size ?? 8] }],
      outputs: [{ name: 'embedding', datatype: 'FP32', shape: [-1, dimension] }],
    }),
    ModelConfig: unary({ config: { max_batch_size: 8, instance_group: [{ kind: 'KIND_GPU' }] } }),
    ModelInfer: (call: ServerUnaryCall<Infer, object>, done: sendUnaryData<object>) => {
      if (behaviour.unaryError !== undefined) return done(behaviour.unaryError)
      setTimeout(() => {
        if (call.cancelled) seen.cancelled++
        done(null, answer(call.request))
      }, behaviour.delayMs ?? 0)
    },
  })
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${wantedPort}`, credentials, (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    )
  })
  open.push(() => server.forceShutdown())
  return { port, seen, stop: () => server.forceShutdown() }
}

const preprocessing = tinyPreprocessing
const noPictures = (): Promise<Uint8Array> => Promise.reject(new Error('No tensor needs it.'))
const recipe = { preprocessing, codec: { jpeg: noPictures, png: noPictures } }
const picture = new Uint8Array(8 * 8 * 3).fill(100)

function connect(url: string, access: Partial<ServerAccess> = {}): ServerConnection {
  const connection = openTritonGrpc({
    kind: 'triton',
    url,
    token: null,
    headers: {},
    certificate: null,
    metricsUrl: null,
    ...access,
  })
  open.push(() => connection.close())
  return connection
}

function clientFor(connection: ServerConnection, { offers }: Pick<ServerReport, 'offers'>): InferenceClient {
  const [offer] = offers
  if (offer === undefined) throw new Error('Nothing was offered.')
  return connection.client(offer, recipe)
}

async function clientOf(port: number): Promise<InferenceClient> {
  const connection = connect(`grpc://127.0.0.1:${port}`)
  return clientFor(connection, await connection.inspect())
}

test('requests that overlap have each their own answer, and a request can be sent again', async () => {
  const { port, seen } = await start({ delayMs: 20 })
  const client = await clientOf(port)
  const requests = await Promise.all([1, 2, 3].map((count) => client.encode(Array<Uint8Array>(count).fill(picture))))
  const replies = await Promise.all(Array.from({ length: 60 }, (_, k) => client.send(requests[k % 3]!)))
  expect(seen.requests).toBe(60)
  expect(replies.map(({ vectors }) => vectors.length)).toEqual(replies.map((_, k) => ((k % 3) + 1) * dimension))
  expect(replies[0]?.rawNorms[0]).toBeCloseTo(1, 6)
})

test('large requests that overlap arrive whole', async () => {
  const size = 512
  const { port, seen } = await start({ size })
  const connection = connect(`grpc://127.0.0.1:${port}`)
  const [offer] = (await connection.inspect()).offers
  if (offer === undefined) throw new Error('Nothing was offered.')
  const large = { ...recipe, preprocessing: { ...preprocessing, width: size, height: size } }
  const client = connection.client(offer, large)
  const before = seen.requests
  const request = await client.encode(Array.from({ length: 4 }, () => new Uint8Array(size * size * 3)))
  expect(request.bodyBytes).toBeGreaterThan(12_000_000)
  await Promise.all(Array.from({ length: 8 }, () => client.send(request)))
  expect(seen.requests - before).toBe(8)
})

test.each([
  [status.UNAVAILABLE, 'Exceeds maximum queue size', 'server-busy'],
  [status.INVALID_ARGUMENT, 'größer als 8 [request id: 50 %]', 'server-refused'],
  [status.UNAUTHENTICATED, 'who are you?', 'not-authorised'],
])('status %i is told with the server’s words', async (code, details, expected) => {
  const { port } = await start({ unaryError: { code, details } })
  const client = await clientOf(port)
  const sending = client.send(await client.encode([picture]))
  await expect(sending).rejects.toMatchObject({ code: expected })
  await expect(sending).rejects.toThrow(details)
})

test('a server that ends in mid-request is unreachable, and the next request finds it again', async () => {
  const { port, stop } = await start({ delayMs: 5000 })
  const client = await clientOf(port)
  const request = await client.encode([picture])
  const sending = Promise.allSettled([client.send(request), client.send(request)])
  setTimeout(stop, 100)
  for (const outcome of await sending)
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'server-unreachable' } })
  await expect(client.send(request)).rejects.toMatchObject({ code: 'server-unreachable' })
  await start({}, ServerCredentials.createInsecure(), port)
  expect((await client.send(request)).dimension).toBe(dimension)
})

test('a web server is no gRPC server', async () => {
  const { port } = await start({})
  const client = await clientOf(port)
  const request = await client.encode([picture])
  const page = createServer({}, (_, response) => response.writeHead(404).end('{"error": "no such page"}'))
  await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', () => resolve()))
  open.push(() => void page.close())
  const { port: pagePort } = page.address() as AddressInfo
  const lost = connect(`grpc://127.0.0.1:${pagePort}`).client(client.offer, recipe)
  await expect(lost.send(request)).rejects.toMatchObject({ code: 'server-refused' })
})

test('stopping is told at once, and the call is left to end by itself', async () => {
  const { port, seen } = await start({ delayMs: 300 })
  const client = await clientOf(port)
  const stop = new AbortController()
  const sending = client.send(await client.encode([picture]), { signal: stop.signal })
  setTimeout(() => stop.abort(), 50)
  const started = performance.now()
  await expect(sending).rejects.toMatchObject({ code: 'cancelled' })
  expect(performance.now() - started).toBeLessThan(250)
  await expect.poll(() => seen.requests).toBe(1)
  expect(seen.cancelled).toBe(0)
})

test('a request that takes too long is a timeout, and the next one goes over another connection', async () => {
  const behaviour: Behaviour = { delayMs: 2000 }
  const { port } = await start(behaviour)
  const client = await clientOf(port)
  const request = await client.encode([picture])
  await expect(client.send(request, { timeoutMs: 100 })).rejects.toMatchObject({ code: 'server-timeout' })
  behaviour.delayMs = 0
  expect((await client.send(request, { timeoutMs: 1000 })).dimension).toBe(dimension)
})

test.each([
  ['too few bytes', { short: 4 }, /bytes of vectors/],
  ['numbers that are none', { values: (): number => NaN }, /not finite/],
  ['zeros', { values: (): number => 0 }, /zeros/],
] as const)('refuses %s', async (_, behaviour, message) => {
  const { port } = await start(behaviour)
  const client = await clientOf(port)
  const sending = client.send(await client.encode([picture]))
  await expect(sending).rejects.toMatchObject({ code: 'server-nonsense' })
  await expect(sending).rejects.toThrow(message)
})

test('the token goes along; without it the report says that we are not let in', async () => {
  const { port } = await start({ token: 'abcdef' })
  const url = `grpc://127.0.0.1:${port}`
  expect(await connect(url, { token: 'abcdef' }).inspect()).toMatchObject({ ready: true, device: 'cuda' })
  const { problem, reachable } = await connect(url, { token: 'secret-123' }).inspect()
  expect({ reachable, code: problem?.code }).toEqual({ reachable: true, code: 'not-authorised' })
  expect(JSON.stringify(problem)).not.toContain('secret-123')
})

test('TLS with an authority of the person’s own is trusted, and not without it', async () => {
  const certificates = path.join(import.meta.dirname, '../../../../test/fixtures/certificates')
  const read = (name: string): Buffer => readFileSync(path.join(certificates, name))
  const pair = { private_key: read('server.key'), cert_chain: read('server.pem') }
  const { port } = await start({}, ServerCredentials.createSsl(null, [pair]))
  const url = `grpcs://localhost:${port}`
  const trusting = connect(url, { certificate: read('authority.pem').toString() })
  const report = await trusting.inspect()
  expect(report).toMatchObject({ ready: true, exposure: 'this-machine' })
  const client = clientFor(trusting, report)
  const request = await client.encode([picture])
  expect((await client.send(request)).dimension).toBe(dimension)
  expect((await connect(url).inspect()).problem?.code).toBe('server-unreachable')
})

test.each([
  [{ certificate: 'not a certificate' }, /certificate/],
  [{ headers: { 'x-key': 'caf\u00e9-s3cret' } }, /x-key/],
  [{ url: 'http://localhost:1' }, /not a gRPC address/],
])('what can’t be sent is refused at once, without its value (%#)', (access, message) => {
  const opening = (): ServerConnection => connect('grpcs://localhost:1', access)
  expect(opening).toThrowError(expect.objectContaining({ code: 'invalid-request' }))
  expect(opening).toThrowError(message)
  expect(opening).not.toThrowError(/s3cret/)
})
