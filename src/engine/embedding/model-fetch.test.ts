import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { tinyModelSpec } from '../../../test/support/tiny-model.ts'
import type { ModelSpec } from '../../shared/contract/models.ts'
import { fetchModel } from './model-fetch.ts'
import { modelFile } from './manifest.ts'

// Real: an HTTP server on this machine that misbehaves as servers do.

const content = randomBytes(3_000_000)
let modelsDir: string
let asked: { range: string | undefined; ifRange: string | undefined }[]
let closeServer: () => Promise<void>

beforeEach(async () => {
  modelsDir = await mkdtemp(join(tmpdir(), 'twinlens-fetch-'))
  asked = []
  closeServer = () => Promise.resolve()
})
afterEach(async () => {
  await closeServer()
  await rm(modelsDir, { recursive: true, force: true })
})

type Answer = (request: IncomingMessage, response: ServerResponse, turn: number) => void

/** Serves `answer` and gives a spec whose model is `content` at that address. */
async function serve(answer: Answer): Promise<ModelSpec> {
  const server = createServer((request, response) => {
    const { range, 'if-range': ifRange } = request.headers
    asked.push({ range, ifRange: typeof ifRange === 'string' ? ifRange : undefined })
    answer(request, response, asked.length)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closeServer = () =>
    new Promise((resolve) => {
      server.closeAllConnections()
      server.close(() => resolve())
    })
  return specAt((server.address() as AddressInfo).port)
}

function specAt(port: number): ModelSpec {
  return tinyModelSpec({
    url: `http://127.0.0.1:${port}/model.onnx`,
    file: 'model.onnx',
    bytes: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
  })
}

/** What a good server does: ranges, If-Range, a strong tag. */
function serveWell(request: IncomingMessage, response: ServerResponse, tag = '"v1"'): Buffer {
  const from = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1]
  const start = from !== undefined && request.headers['if-range'] === tag ? Number(from) : 0
  const body = content.subarray(start)
  const headers = { etag: tag, 'content-length': body.length }
  if (start === 0) response.writeHead(200, headers)
  else
    response.writeHead(206, { ...headers, 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` })
  return body
}

function breakOff(response: ServerResponse, body: Buffer): void {
  response.write(body, () => setTimeout(() => response.socket?.destroy(), 20))
}

/** First byte that a request asked for. */
function startOf(request: { range: string | undefined } | undefined): number {
  const from = /^bytes=(\d+)-$/.exec(request?.range ?? '')?.[1]
  return from === undefined ? 0 : Number(from)
}

async function expectWhole(spec: ModelSpec): Promise<void> {
  const path = await modelFile(spec, modelsDir, modelsDir)
  expect((await readFile(path)).equals(content)).toBe(true)
  expect((await readdir(modelsDir)).toSorted()).toEqual(['model.onnx', 'model.onnx.json'])
}

test('a connection that breaks off twice goes on where it stopped', async () => {
  const spec = await serve((request, response, turn) => {
    const body = serveWell(request, response)
    if (turn <= 2) breakOff(response, body.subarray(0, 1_000_000))
    else response.end(body)
  })
  const received: number[] = []
  await fetchModel({ spec, modelsDir, onProgress: (progress) => received.push(progress.receivedBytes) })
  await expectWhole(spec)
  // What was still on its way when the connection broke may be lost; what had come is not asked for again.
  const starts = asked.map(startOf)
  expect(starts).toHaveLength(3)
  for (const [k, start] of starts.entries()) {
    const gained = start - (starts[k - 1] ?? -1)
    expect(gained).toBeGreaterThan(0)
    expect(gained).toBeLessThanOrEqual(1_000_000)
  }
  expect(received.at(-1)).toBe(content.length)
  expect(received).toEqual(received.toSorted((a, b) => a - b))
})

test('a fetch that was cancelled goes on in a later one', async () => {
  const spec = await serve((request, response, turn) => {
    const body = serveWell(request, response)
    if (turn === 1) response.write(body.subarray(0, 1_500_000))
    else response.end(body)
  })
  const controller = new AbortController()
  const first = fetchModel({ spec, modelsDir, signal: controller.signal })
  setTimeout(() => controller.abort(), 300)
  await expect(first).rejects.toMatchObject({ code: 'cancelled' })
  await fetchModel({ spec, modelsDir })
  await expectWhole(spec)
  expect(asked[1]?.ifRange).toBe('"v1"')
  expect(startOf(asked[1])).toBeGreaterThan(0)
  expect(startOf(asked[1])).toBeLessThanOrEqual(1_500_000)
})

test('a server that ignores ranges, or whose file has changed, sends all of it again', async () => {
  const spec = await serve((request, response, turn) => {
    if (turn === 1) breakOff(response, serveWell(request, response).subarray(0, 1_000_000))
    else response.writeHead(200, { etag: '"v2"' }).end(content)
  })
  await fetchModel({ spec, modelsDir })
  await expectWhole(spec)
  expect(asked).toHaveLength(2)
})

test('a redirect is followed, ranges and all', async () => {
  const spec = await serve((request, response) => {
    if (request.url === '/model.onnx') response.writeHead(302, { location: '/elsewhere' }).end()
    else if (asked.length === 2) breakOff(response, serveWell(request, response).subarray(0, 1_000_000))
    else response.end(serveWell(request, response))
  })
  await fetchModel({ spec, modelsDir })
  await expectWhole(spec)
  expect(startOf(asked.at(-1))).toBeGreaterThan(0)
  expect(startOf(asked.at(-1))).toBeLessThanOrEqual(1_000_000)
})

test('bytes of the right number that are not the model are thrown away', async () => {
  const spec = await serve((_, response) => response.end(randomBytes(content.length)))
  await expect(fetchModel({ spec, modelsDir })).rejects.toMatchObject({ code: 'model-corrupt' })
  expect(await readdir(modelsDir)).toEqual([])
})

test('a page that is shorter or longer than the model is never taken for it', async () => {
  const short = await serve((_, response) => response.end('<html>Please sign in</html>'))
  await expect(fetchModel({ spec: short, modelsDir })).rejects.toMatchObject({ code: 'download-failed' })
  await closeServer()
  const long = await serve((_, response) => response.end(Buffer.concat([content, content])))
  await expect(fetchModel({ spec: long, modelsDir })).rejects.toMatchObject({ code: 'download-failed' })
  await expect(modelFile(long, modelsDir, modelsDir)).rejects.toMatchObject({ code: 'model-missing' })
})

test('a missing file is said at once, with the server and its answer', async () => {
  const spec = await serve((_, response) => response.writeHead(404).end())
  const failed = fetchModel({ spec, modelsDir })
  await expect(failed).rejects.toMatchObject({
    code: 'download-failed',
    message: expect.stringMatching(/127.0.0.1.*404/),
  })
  expect(asked).toHaveLength(1)
})

test('with nothing listening the person hears that they are offline', async () => {
  const spec = await serve(() => undefined)
  await closeServer()
  await expect(fetchModel({ spec, modelsDir })).rejects.toMatchObject({ code: 'offline' })
})

test('a proxy from the environment is used', async () => {
  const spec = await serve((request, response) => response.end(serveWell(request, response)))
  const target = new URL(spec.url ?? '')
  const tunnels: string[] = []
  // A proxy as small as they come: it opens the tunnel that was asked for, whatever its name, to the server above.
  const proxy = createServer((request, response) => {
    tunnels.push(request.url ?? '')
    serveThrough(target, request, response)
  })
  proxy.on('connect', (request, socket) => {
    tunnels.push(request.url ?? '')
    const onward = connect(Number(target.port), target.hostname, () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      socket.pipe(onward).pipe(socket)
    })
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const saved = process.env.http_proxy
  process.env.http_proxy = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  try {
    await fetchModel({ spec: { ...spec, url: 'http://models.invalid/model.onnx' }, modelsDir })
    await expectWhole(spec)
    expect(tunnels.join()).toContain('models.invalid')
  } finally {
    if (saved === undefined) delete process.env.http_proxy
    else process.env.http_proxy = saved
    proxy.closeAllConnections()
    proxy.close()
  }
})

function serveThrough(target: URL, request: IncomingMessage, response: ServerResponse): void {
  get({ host: target.hostname, port: target.port, path: '/model.onnx', headers: request.headers }, (reply) => {
    response.writeHead(reply.statusCode ?? 502, reply.headers)
    reply.pipe(response)
  })
}

// /dev/full, which answers every write with "no space left", is a thing of Linux.
test.runIf(process.platform === 'linux')('a full disk is said to be full', async () => {
  const spec = await serve((request, response) => response.end(serveWell(request, response)))
  await symlink('/dev/full', join(modelsDir, 'model.onnx.part'))
  await expect(fetchModel({ spec, modelsDir })).rejects.toMatchObject({
    code: 'download-failed',
    message: expect.stringContaining('disk is full'),
  })
})

test('a part that is longer than the model is begun anew', async () => {
  const spec = await serve((request, response) => response.end(serveWell(request, response)))
  await writeFile(join(modelsDir, 'model.onnx.part'), randomBytes(content.length + 1))
  await fetchModel({ spec, modelsDir })
  await expectWhole(spec)
})
