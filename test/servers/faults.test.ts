import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PicturesRefused } from '../../src/engine/embedding/pictures-refused.ts'
import type { InferenceClient, ServerConnection } from '../../src/engine/embedding/remote/inference-client.ts'
import { openConnection } from '../../src/engine/embedding/remote/open-connection.ts'
import type { InputFormat, ServerKind } from '../../src/shared/contract/servers.ts'
import { TwinlensError } from '../../src/shared/errors.ts'
import { FaultProxy, type Fault } from '../support/fault-proxy.ts'
import {
  type Address,
  clientOf,
  disturb,
  embedAsScan,
  embedderOf,
  embedDirectly,
  largestDifference,
  pause,
  pictures,
  recipe,
} from '../support/fault-run.ts'
import { startSmallServer, type SmallServer } from '../support/servers/small-server.ts'
import { startTriton, type TritonServer } from '../support/servers/start-triton.ts'

/**
 * Real: Triton with a small network over HTTP and gRPC, a small server with the PyTorch contract, our clients, TCP. The proxy stands for
 * a bad network.
 */
let triton: TritonServer
let small: SmallServer
const open: { close(): Promise<void> }[] = []

interface Transport {
  title: string
  kind: ServerKind
  scheme: 'http' | 'grpc'
  format: InputFormat
  port(): number
}

const transports: Transport[] = [
  { title: 'Triton HTTP', kind: 'triton', scheme: 'http', format: 'fp32', port: () => triton.port },
  {
    title: 'Triton gRPC',
    kind: 'triton',
    scheme: 'grpc',
    format: 'fp32',
    port: () => Number(new URL(triton.grpcUrl).port),
  },
  { title: 'PyTorch', kind: 'pytorch', scheme: 'http', format: 'base64-jpeg', port: () => small.port },
]
const [tritonHttp, tritonGrpc, pytorch] = transports as [Transport, Transport, Transport]

beforeAll(async () => {
  ;[triton, small] = await Promise.all([
    startTriton(),
    startSmallServer({ refuses: ([red, green, blue]) => red > 250 && green < 5 && blue > 250 }),
  ])
})

afterAll(async () => {
  for (const one of open.reverse()) await one.close()
  await Promise.all([triton?.stop(), small?.stop()])
})

function kept<Closed extends { close(): Promise<void> }>(one: Closed): Closed {
  open.push(one)
  return one
}

function connect({ kind, scheme }: Transport, port: number): ServerConnection {
  const url = `${scheme}://127.0.0.1:${port}`
  return kept(openConnection({ kind, url, token: null, headers: {}, certificate: null, metricsUrl: null }))
}

async function addressAt(
  transport: Transport,
  port: number,
): Promise<{ connection: ServerConnection; client: InferenceClient }> {
  const connection = connect(transport, port)
  return { connection, client: await clientOf(connection, transport.format) }
}

async function proxyBefore(transport: Transport): Promise<FaultProxy> {
  return kept(await FaultProxy.before(transport.port()))
}

/** Accepts connections and cuts them at once; counts them. */
async function deadEnd(): Promise<{ port: number; connections(): number }> {
  let connections = 0
  const server = createServer((socket) => {
    connections++
    socket.on('error', () => undefined)
    socket.resetAndDestroy()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  kept({ close: async () => void server.close() })
  return { port: (server.address() as AddressInfo).port, connections: () => connections }
}

const faults: Fault[] = ['reset', 'refuse', '503', 'truncate', 'stall', 'garbage', '500', 'wrong-length', 'drip']

describe.each(transports)('$title', (transport) => {
  test('ends with the same vectors through every fault as without any', async () => {
    const all = pictures(120)
    const direct = await addressAt(transport, transport.port())
    const expected = await embedDirectly(direct.client, all)
    const proxy = await proxyBefore(transport)
    const embedder = kept(embedderOf([await addressAt(transport, proxy.port)]))

    const trouble = disturb(proxy, faults, 7)
    // A fast server is through before every fault was there.
    while (trouble.seen.length < faults.length) {
      const found = await embedAsScan(embedder, all)
      expect(found).toHaveLength(all.length)
      expect(largestDifference(found, expected)).toBeLessThanOrEqual(1e-6)
    }
    await trouble.stop()
  })

  test('an outage is told, waits, and ends by itself', async () => {
    const proxy = await proxyBefore(transport)
    const address = await addressAt(transport, proxy.port)
    const embedder = kept(embedderOf([address]))
    const changes: (string | null)[] = []
    embedder.onChange(() => changes.push(embedder.outage?.reason ?? null))
    await proxy.switchTo('refuse')

    const waiting = embedAsScan(embedder, pictures(24))
    const given = embedder.embed(pictures(2), AbortSignal.timeout(1500)).catch((error: unknown) => error)
    await expect.poll(() => embedder.outage, { timeout: 5000 }).not.toBeNull()
    expect(embedder.outage?.reason).toContain(address.client.address)
    expect(embedder.description).toMatchObject({ addresses: [] })
    expect(await given).toMatchObject({ code: 'cancelled' })

    await proxy.switchTo('pass')
    expect(await waiting).toHaveLength(24)
    expect(embedder.outage).toBeNull()
    expect(changes.some((reason) => reason !== null)).toBe(true)
    expect(embedder.description).toMatchObject({ addresses: [address.client.address], fallbackReason: null })
  })

  test('a dead address is not stormed while many batches wait', async () => {
    const { port, connections } = await deadEnd()
    const { client } = await addressAt(transport, transport.port())
    const connection = connect(transport, port)
    const dead = connection.client(client.offer, recipe)
    const embedder = embedderOf([{ connection, client: dead }])

    const waiting = embedder.embed(pictures(160)).catch((error: unknown) => error)
    await pause(1800)
    expect(embedder.outage).not.toBeNull()
    expect(connections()).toBeLessThanOrEqual(30)
    const soFar = connections()
    await embedder.close()
    expect(await waiting).toMatchObject({ code: 'cancelled' })
    await pause(300)
    expect(connections() - soFar).toBeLessThanOrEqual(1)
  })
})

test('work goes on at the address that is left, and the lost one is told', async () => {
  const proxies = [await proxyBefore(tritonHttp), await proxyBefore(tritonHttp), await proxyBefore(tritonHttp)]
  const addresses = await Promise.all(proxies.map(({ port }) => addressAt(tritonHttp, port)))
  const [first, second, third] = addresses
  if (first === undefined || second === undefined || third === undefined) throw new Error('Three were opened.')
  const embedder = kept(embedderOf([first, second, third]))
  const all = pictures(96)
  const expected = await embedDirectly(first.client, all)

  const running = embedAsScan(embedder, all)
  await pause(30)
  await Promise.all([proxies[0]?.switchTo('refuse'), proxies[2]?.switchTo('refuse')])
  expect(largestDifference(await running, expected)).toBeLessThanOrEqual(1e-6)
  await embedAsScan(embedder, all.slice(0, 32))
  expect(embedder.outage).toBeNull()
  expect(embedder.description).toMatchObject({ addresses: [second.client.address] })
  expect(embedder.description.fallbackReason).toContain(first.client.address)
})

test('one picture that the server can’t take is found, and the others have their vectors', async () => {
  const { client, connection } = await addressAt(pytorch, small.port)
  const embedder = kept(embedderOf([{ client, connection }], { batchSize: 8 }))
  const all = pictures(20, 3)
  const expected = await embedDirectly(client, all)
  const poison = all.slice()
  poison[13] = new Uint8Array(224 * 224 * 3).map((_, at) => (at % 3 === 1 ? 0 : 255))

  const error = await embedder.embed(poison).catch((thrown: unknown) => thrown)
  if (!(error instanceof PicturesRefused)) throw error
  expect(error.vectors.findIndex((vector) => vector instanceof TwinlensError)).toBe(13)
  expect(error.vectors[13]).toMatchObject({ code: 'server-refused' })
  const others = error.vectors.filter((vector) => vector instanceof Float32Array)
  expect(
    largestDifference(
      others,
      expected.filter((_, index) => index !== 13),
    ),
  ).toBeLessThanOrEqual(1e-6)
})

test('a server that answers nonsense is given up, with what was wrong', async () => {
  const proxy = await proxyBefore(tritonHttp)
  const embedder = kept(embedderOf([await addressAt(tritonHttp, proxy.port)]))
  await proxy.switchTo('wrong-length')
  await expect(embedder.embed(pictures(8))).rejects.toMatchObject({ code: 'server-nonsense' })
  await expect(embedder.embed(pictures(1))).rejects.toThrow(/header|JSON/)
})

test('a server killed in mid-work and started again loses nothing, over HTTP and gRPC', async () => {
  const all = pictures(96, 5)
  const addresses = await Promise.all(
    [tritonHttp, tritonGrpc].map((transport) => addressAt(transport, transport.port())),
  )
  const expected = await embedDirectly((addresses[0] as Address).client, all)
  const embedders = addresses.map((address) => kept(embedderOf([address])))
  const running = embedders.map((embedder) => embedAsScan(embedder, [...all, ...all]))
  await pause(100)
  const { port, grpcUrl } = triton
  await triton.kill()
  for (const embedder of embedders) await expect.poll(() => embedder.outage, { timeout: 5000 }).not.toBeNull()
  await triton.stop()
  triton = await startTriton({ port, grpcPort: Number(new URL(grpcUrl).port) })
  for (const vectors of await Promise.all(running))
    expect(largestDifference(vectors, [...expected, ...expected])).toBeLessThanOrEqual(1e-6)
})
