import { tinyPreprocessing } from '../../../../test/support/clip-pictures.ts'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { z } from 'zod'
import { TwinlensError } from '../../../shared/errors.ts'
import type { Embedder } from '../embedder.ts'
import { PicturesRefused } from '../pictures-refused.ts'
import { openConnection } from './open-connection.ts'
import type { SampleAnswer } from './remote-address.ts'
import { openRemoteEmbedder } from './remote-embedder.ts'

/**
 * Real: HTTP, the clients, clocks. The server in this process has the PyTorch contract; a picture's vector comes from the hash of
 * its bytes. test/servers/faults.test.ts has the same against real servers.
 */
interface Answer {
  status: number
  headers?: Record<string, string>
}

interface TestServer {
  port: number
  /** Pictures of each request, in order of arrival. */
  requests: { atMs: number; count: number }[]
  sample?: SampleAnswer
}

/** 8 × 8; the JPEG of it is never looked into, so the pixels travel as they are. */
const preprocessing = tinyPreprocessing
const asTheyAre = (pixels: Uint8Array): Promise<Uint8Array> => Promise.resolve(pixels)
const dimension = 8
const open: (() => Promise<void> | void)[] = []

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

function vectorOf(bytes: Uint8Array): number[] {
  const raw = [...createHash('sha256').update(bytes).digest()].slice(0, dimension).map((byte) => byte + 1)
  const norm = Math.hypot(...raw)
  return raw.map((value) => value / norm)
}

/**
 * @param judge what becomes of a request, by its pictures; null: it is answered
 * @param compute its model
 */
async function serve(
  judge: (pictures: Buffer[], turn: number) => Answer | null,
  compute: (bytes: Uint8Array) => number[] = vectorOf,
): Promise<TestServer> {
  const requests: TestServer['requests'] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const reply = (status: number, body: unknown, headers = {}): void => {
        response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
      }
      if (request.url === '/model-info') return reply(200, { model_name: 'hash', embedding_dim: dimension })
      if (request.method === 'GET') return reply(200, { status: 'ok', paths: { '/embed/base64': { post: {} } } })
      const { images } = z.object({ images: z.array(z.string()) }).parse(JSON.parse(Buffer.concat(chunks).toString()))
      const pictures = images.map((image) => Buffer.from(image, 'base64'))
      requests.push({ atMs: performance.now(), count: pictures.length })
      const answer = judge(pictures, requests.length)
      if (answer !== null) return reply(answer.status, { detail: 'No.' }, answer.headers)
      reply(200, { embeddings: pictures.map(compute), count: pictures.length })
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  open.push(() => {
    server.close()
    server.closeAllConnections()
  })
  return { port: (server.address() as AddressInfo).port, requests }
}

async function embedderFor(...servers: TestServer[]): Promise<Embedder> {
  const addresses = servers.map(({ port, sample }) => {
    const url = `http://127.0.0.1:${port}`
    const none = { token: null, headers: {}, certificate: null, metricsUrl: null }
    const connection = openConnection({ kind: 'pytorch', url, ...none })
    open.push(() => connection.close())
    const offer = {
      model: 'hash',
      version: null,
      transport: 'http',
      format: 'base64-jpeg',
      maxBatch: 16,
      dimension,
    } as const
    const client = connection.client(offer, { preprocessing, codec: { jpeg: asTheyAre, png: asTheyAre } })
    const isReady = (signal?: AbortSignal): Promise<boolean> => connection.isReady(signal)
    return { client, isReady, ...(sample && { sample }) }
  })
  const [first, ...others] = addresses
  if (first === undefined) throw new Error('No server.')
  const facts = { provider: 'cpu', device: 'test', verdict: 'equal', fallbackReason: null } as const
  const embedder = openRemoteEmbedder({
    servers: [first, ...others],
    spaceKey: 'hash',
    dimension,
    preprocessing,
    facts,
  })
  open.push(() => embedder.close())
  return embedder
}

function pictures(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => new Uint8Array(8 * 8 * 3).fill(index))
}

test('vectors come in the order of the pictures, whatever order the answers have', async () => {
  const embedder = await embedderFor(await serve(() => null), await serve(() => null))
  const all = pictures(100)
  const vectors = await embedder.embed(all)
  expect(vectors.map((vector) => [...vector])).toEqual(all.map((pixels) => [...Float32Array.from(vectorOf(pixels))]))
})

test('a picture that makes the server fail is found by halving, with few requests', async () => {
  const server = await serve((sent) => (sent.some((bytes) => bytes[0] === 11) ? { status: 500 } : null))
  const embedder = await embedderFor(server)
  const error = await embedder.embed(pictures(16)).catch((thrown: unknown) => thrown)
  if (!(error instanceof PicturesRefused)) throw error
  const failed = error.vectors.flatMap((vector, index) => (vector instanceof TwinlensError ? [index] : []))
  expect(failed).toEqual([11])
  expect(error.vectors[11]).toMatchObject({ code: 'server-failed' })
  // Of 8 pictures: 8, 4, 2 and 1 fail three times each, their other halves go through; and the blank picture each time.
  expect(server.requests.length).toBeLessThanOrEqual(26)
  expect(embedder.outage).toBeNull()
})

test('a server that fails at everything blames no picture, and work goes on when it is well again', async () => {
  let well = false
  const embedder = await embedderFor(await serve(() => (well ? null : { status: 500 })))
  const waiting = embedder.embed(pictures(40))
  await expect.poll(() => embedder.outage?.reason ?? '', { timeout: 5000 }).toMatch(/HTTP 500/)
  well = true
  expect(await waiting).toHaveLength(40)
  expect(embedder.outage).toBeNull()
})

test('a server that comes back with another model is left out: its vectors are not mixed with the earlier ones', async () => {
  let state: 'well' | 'away' | 'exchanged' = 'well'
  const server = await serve(
    () => (state === 'away' ? { status: 500 } : null),
    (bytes) => (state === 'exchanged' ? vectorOf(bytes).toReversed() : vectorOf(bytes)),
  )
  const picture = new Uint8Array(8 * 8 * 3).fill(7)
  const embedder = await embedderFor({
    ...server,
    sample: { picture, vector: Float32Array.from(vectorOf(picture)), tolerance: 1e-3 },
  })
  await embedder.embed(pictures(8))
  state = 'away'
  const waiting = embedder.embed(pictures(40))
  waiting.catch(() => undefined)
  await expect.poll(() => embedder.outage, { timeout: 5000 }).not.toBeNull()
  state = 'exchanged'
  await expect(waiting).rejects.toMatchObject({
    code: 'parity-failed',
    message: expect.stringMatching(/other vectors than at the start/) as string,
  })
})

test('a server that comes back with the same model goes on', async () => {
  let isAway = true
  const server = await serve(() => (isAway ? { status: 500 } : null))
  const picture = new Uint8Array(8 * 8 * 3).fill(7)
  const embedder = await embedderFor({
    ...server,
    sample: { picture, vector: Float32Array.from(vectorOf(picture)), tolerance: 1e-3 },
  })
  const waiting = embedder.embed(pictures(40))
  await expect.poll(() => embedder.outage, { timeout: 5000 }).not.toBeNull()
  isAway = false
  expect(await waiting).toHaveLength(40)
})

const samplePicture = new Uint8Array(8 * 8 * 3).fill(7)
const sample: SampleAnswer = {
  picture: samplePicture,
  vector: Float32Array.from(vectorOf(samplePicture)),
  tolerance: 1e-3,
}

/** A server that computes with another model after so many requests, and never cuts a connection. */
async function serveSwapping(after: number): Promise<TestServer> {
  let turns = 0
  const server = await serve(
    (_, turn) => {
      turns = turn
      return null
    },
    (bytes) => (turns > after ? vectorOf(bytes).toReversed() : vectorOf(bytes)),
  )
  return { ...server, sample }
}

test.each([3, 12, 25])(
  'of a server that exchanges its model after %i requests no vector of the other one is handed on',
  async (after) => {
    const server = await serveSwapping(after)
    const embedder = await embedderFor(server)
    const all = pictures(250)
    const calls = Array.from({ length: 32 }, (_, k) => embedder.embed(all.slice(k * 8, k * 8 + 8)))
    const settled = await Promise.allSettled(calls)
    settled.forEach((call, k) => {
      if (call.status === 'fulfilled')
        call.value.forEach((vector, at) =>
          expect([...vector]).toEqual([...Float32Array.from(vectorOf(all[k * 8 + at] ?? samplePicture))]),
        )
      else expect(call.reason).toMatchObject({ code: 'parity-failed' })
    })
    const kept = settled.filter(({ status }) => status === 'fulfilled').length
    expect(kept).toBeLessThan(32)
    // What came before the last good check stays, and one is due after 8 batches.
    expect(kept).toBeGreaterThanOrEqual(after > 16 ? 8 : 0)
    await expect(embedder.embed(all.slice(0, 1))).rejects.toMatchObject({ code: 'parity-failed' })
  },
)

test('what a server answered since its last good check is embedded again by another', async () => {
  const embedder = await embedderFor(await serveSwapping(10), { ...(await serve(() => null)), sample })
  const all = pictures(250)
  const vectors = await embedder.embed(all)
  expect(vectors.map((vector) => [...vector])).toEqual(all.map((pixels) => [...Float32Array.from(vectorOf(pixels))]))
  expect(embedder.description.fallbackReason).toMatch(/other vectors than at the start/)
})

test('checks cost one picture in 64', async () => {
  const server = await serve(() => null)
  const embedder = await embedderFor({ ...server, sample })
  await embedder.embed(pictures(640))
  expect(server.requests.filter(({ count }) => count === 1).length).toBeLessThanOrEqual(14)
})

test('how much a request may hold is learnt once', async () => {
  const server = await serve((sent) => (sent.length > 3 ? { status: 413 } : null))
  const embedder = await embedderFor(server)
  expect(await embedder.embed(pictures(240))).toHaveLength(240)
  // Four of 8 and four of 4 were under way when the answers came.
  expect(server.requests.filter(({ count }) => count > 3).length).toBeLessThanOrEqual(8)
  expect(embedder.outage).toBeNull()
})

test('a server that takes not even one picture is left out with the reason', async () => {
  const embedder = await embedderFor(await serve(() => ({ status: 413 })))
  await expect(embedder.embed(pictures(16))).rejects.toMatchObject({
    code: 'server-refused',
    message: expect.stringMatching(/takes no request of this size/) as string,
  })
})

test.each([
  ['seconds', () => '3600'],
  ['a date', () => new Date(Date.now() + 3_600_000).toUTCString()],
])('a wait of an hour, told in %s, is said, and others do the work', async (_, header) => {
  const away = await serve(() => ({ status: 503, headers: { 'retry-after': header() } }))
  const alone = await embedderFor(away)
  const waiting = alone.embed(pictures(8))
  waiting.catch(() => undefined)
  await expect.poll(() => alone.outage?.reason ?? '', { timeout: 5000 }).toMatch(/asks to come back in 60 minutes/)
  expect(away.requests).toHaveLength(1)

  const both = await embedderFor(away, await serve(() => null))
  expect(await both.embed(pictures(80))).toHaveLength(80)
  expect(away.requests.length).toBeLessThan(8)
})

test('“come back in a second” is respected', async () => {
  const server = await serve((_, turn) => (turn === 1 ? { status: 503, headers: { 'retry-after': '1' } } : null))
  const embedder = await embedderFor(server)
  await embedder.embed(pictures(4))
  const [first, second] = server.requests
  expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(990)
})

test('not being let in ends the work at once where no other address is left', async () => {
  const server = await serve(() => ({ status: 401 }))
  const embedder = await embedderFor(server)
  await expect(embedder.embed(pictures(4))).rejects.toMatchObject({ code: 'not-authorised' })
  await expect(embedder.embed(pictures(4))).rejects.toMatchObject({ code: 'not-authorised' })
  expect(server.requests).toHaveLength(1)

  const second = await embedderFor(server, await serve(() => null))
  expect(await second.embed(pictures(64))).toHaveLength(64)
  expect(second.description).toMatchObject({ addresses: [expect.any(String)] })
  expect(second.description.fallbackReason).toMatch(/does not let us in/)
})

test('a server that refuses everything is no reason to blame the pictures', async () => {
  const embedder = await embedderFor(await serve(() => ({ status: 422 })))
  const error = await embedder.embed(pictures(12)).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'server-refused' })
  expect(error).not.toBeInstanceOf(PicturesRefused)
})

test('raising the signal frees the pictures that wait, and the others go on', async () => {
  const server = await serve(() => null)
  const embedder = await embedderFor(server)
  const stop = new AbortController()
  const given = embedder.embed(pictures(400), stop.signal)
  const kept = embedder.embed(pictures(24))
  stop.abort()
  await expect(given).rejects.toMatchObject({ code: 'cancelled' })
  expect(await kept).toHaveLength(24)
  expect(server.requests.length).toBeLessThan(20)
})
