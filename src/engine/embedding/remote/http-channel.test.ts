import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import { HttpChannel, type HttpCall } from './http-channel.ts'
import type { ServerAccess } from './inference-client.ts'

// Real: HTTP, HTTPS and plain TCP servers on this machine that behave as bad servers and networks do.

const certificates = join(import.meta.dirname, '../../../../test/fixtures/certificates')
const cleanUps: (() => Promise<unknown> | void)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanUps.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

/** Bytes that a server writes after each request it reads. */
async function rawServer(
  answer: (socket: Socket, turn: number) => void,
): Promise<{ port: number; connections: () => number }> {
  let connections = 0
  let turn = 0
  const server = createTcpServer((socket) => {
    connections++
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      if (!text.includes('\r\n\r\n')) return
      text = ''
      answer(socket, ++turn)
    })
  })
  return { port: await listen(server), connections: () => connections }
}

function open(port: number, access: Partial<ServerAccess> = {}): HttpChannel {
  const channel = new HttpChannel({
    kind: 'triton',
    url: `http://127.0.0.1:${port}`,
    token: null,
    headers: {},
    certificate: null,
    metricsUrl: null,
    ...access,
  })
  cleanUps.push(() => channel.close())
  return channel
}

const call: HttpCall = { method: 'GET', path: '/x', timeoutMs: 5000, maxBytes: 1000 }
const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'

test('connections are kept and shared; concurrent requests get one each', async () => {
  const waiting: ServerResponse[] = []
  let connections = 0
  const server = createHttpServer((_, response) => void waiting.push(response))
  server.on('connection', () => connections++)
  const channel = open(await listen(server))
  const answerAll = async (count: number): Promise<void> => {
    while (waiting.length < count) await wait(2)
    for (const response of waiting.splice(0)) response.end('ok')
  }
  for (let turn = 0; turn < 10; turn++) await Promise.all([channel.ask(call), answerAll(1)])
  // undici rests a connection for a turn of the event loop after each answer.
  expect(connections).toBeLessThanOrEqual(2)
  // All six must be at the server before the first is answered.
  await Promise.all([...Array.from({ length: 6 }, () => channel.ask(call)), answerAll(6)])
  expect(connections).toBeGreaterThanOrEqual(6)
  await Promise.all([...Array.from({ length: 6 }, () => channel.ask(call)), answerAll(6)])
  expect(connections).toBeLessThanOrEqual(12)
})

test('token and headers go along, and are in no error', async () => {
  const seen: IncomingMessage['headers'][] = []
  const server = createHttpServer((request, response) => {
    seen.push(request.headers)
    response.writeHead(401).end(`no: ${JSON.stringify(request.headers)}`)
  })
  const channel = open(await listen(server), { token: 'tok-12345', headers: { 'X-Team': 'key-67890' } })
  const error = await channel.ask(call).then(
    () => new Error('It went well.'),
    (reason: unknown) => reason as Error,
  )
  expect(seen[0]).toMatchObject({
    authorization: 'Bearer tok-12345',
    'x-team': 'key-67890',
    'accept-encoding': 'identity',
  })
  expect(error).toMatchObject({ code: 'not-authorised' })
  const told = `${error.message} ${JSON.stringify(error)} ${error.stack}`
  expect(told).not.toMatch(/tok-12345|key-67890/)
})

test.each([
  [{ headers: { 'bad name': 'x' } }, /bad name/],
  [{ headers: { 'content-length': '5' } }, /Twinlens sets it/],
  [{ headers: { 'x-key': 'line\r\nbreak-s3cret' } }, /x-key/],
  [{ token: 'tok\ns3cret' }, /token/],
  [{ certificate: 'not a certificate', url: 'https://localhost:1' }, /certificate/],
  [
    { certificate: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----', url: 'https://localhost:1' },
    /certificate/,
  ],
])('what can’t be sent is refused at once, without its value (%#)', (access, message) => {
  expect(() => open(1, access)).toThrowError(expect.objectContaining({ code: 'invalid-request' }))
  expect(() => open(1, access)).toThrowError(message)
  expect(() => open(1, access)).not.toThrowError(/s3cret/)
})

test('a server that takes the request and says nothing times out', async () => {
  const { port } = await rawServer(() => undefined)
  const started = performance.now()
  await expect(open(port).ask({ ...call, timeoutMs: 150 })).rejects.toMatchObject({ code: 'server-timeout' })
  expect(performance.now() - started).toBeLessThan(1500)
})

test('a server that stops in the middle of its answer times out', async () => {
  const { port } = await rawServer((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf'))
  await expect(open(port).ask({ ...call, timeoutMs: 150 })).rejects.toMatchObject({ code: 'server-timeout' })
})

test('nothing listening is told as such', async () => {
  const { port } = await rawServer(() => undefined)
  for (const cleanUp of cleanUps.splice(0)) await cleanUp()
  await expect(open(port).ask(call)).rejects.toMatchObject({
    code: 'server-unreachable',
    message: expect.stringContaining('nothing listens there') as string,
  })
})

test('a kept connection that is reset when it is used again is unreachable, and the next request goes well', async () => {
  const { port, connections } = await rawServer((socket, turn) => {
    if (turn === 2) socket.resetAndDestroy()
    else socket.write(ok)
  })
  const channel = open(port)
  await channel.ask(call)
  await expect(channel.ask(call)).rejects.toMatchObject({ code: 'server-unreachable' })
  await channel.ask(call)
  expect(connections()).toBe(2)
})

test.each([
  [
    'cut off in the middle',
    (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf'),
    'server-unreachable',
  ],
  ['not HTTP', (socket: Socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n\r\n'), 'server-nonsense'],
  [
    'announced as too long',
    (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n'),
    'server-nonsense',
  ],
  [
    'too long without announcing it',
    (socket: Socket) => socket.write(`HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(3000)}`),
    'server-nonsense',
  ],
  [
    'of an endless header',
    (socket: Socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}`),
    'server-nonsense',
  ],
] as const)('an answer that is %s is no answer', async (_, answer, code) => {
  const { port } = await rawServer(answer)
  await expect(open(port).ask(call)).rejects.toMatchObject({ code })
})

test('an endless error is read no further than it is needed', async () => {
  let sent = 0
  const server = createHttpServer((_, response) => {
    response.writeHead(422)
    const write = (): void => {
      while (sent < 200_000_000 && response.write('{"detail":"too long"} '.repeat(1000))) sent += 22_000
    }
    response.on('drain', write)
    write()
  })
  await expect(open(await listen(server)).ask(call)).rejects.toMatchObject({
    code: 'server-refused',
    message: expect.stringContaining('too long') as string,
  })
  expect(sent).toBeLessThan(100_000_000)
})

test('an answer that a proxy compressed all the same is read, and may not unpack to more than is allowed', async () => {
  const server = createHttpServer((request, response) => {
    const body = gzipSync(Buffer.alloc(request.url === '/small' ? 500 : 50_000_000, 'a'))
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(body)
  })
  const channel = open(await listen(server))
  const { body } = await channel.ask({ ...call, path: '/small' })
  expect(body.toString()).toBe('a'.repeat(500))
  await expect(channel.ask({ ...call, path: '/bomb', maxBytes: 100_000 })).rejects.toMatchObject({
    code: 'server-nonsense',
  })
})

test('a redirect is not followed: the token would go along', async () => {
  const { port, connections } = await rawServer((socket) =>
    socket.write('HTTP/1.1 307 Temporary Redirect\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n'),
  )
  await expect(open(port).ask(call)).rejects.toMatchObject({ code: 'server-refused' })
  expect(connections()).toBe(1)
})

test('raising the signal ends a request under way and closes its connection', async () => {
  const { promise: closed, resolve: onClose } = Promise.withResolvers<unknown>()
  const { port } = await rawServer((socket) => socket.on('close', onClose))
  const stop = new AbortController()
  const asked = open(port).ask({ ...call, signal: stop.signal })
  setTimeout(() => stop.abort(), 30)
  await expect(asked).rejects.toMatchObject({ code: 'cancelled' })
  await closed
})

test('a raised signal sends nothing, and closing rejects what is under way', async () => {
  const { port, connections } = await rawServer(() => undefined)
  const channel = open(port)
  await expect(channel.ask({ ...call, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' })
  expect(connections()).toBe(0)
  const asked = expect(channel.ask(call)).rejects.toMatchObject({ code: 'cancelled' })
  while (connections() === 0) await wait(5)
  await channel.close()
  await asked
  await expect(channel.ask(call)).rejects.toMatchObject({ code: 'cancelled' })
})

test('a server’s own authority is trusted when its certificate was entered, and only then', async () => {
  const [key, cert, certificate] = await Promise.all(
    ['server.key', 'server.pem', 'authority.pem'].map((name) => readFile(join(certificates, name), 'utf8')),
  )
  const server = createHttpsServer({ key, cert }, (_, response) => response.end('ok'))
  const port = await listen(server)
  const url = `https://localhost:${port}`
  const reply = await open(port, { url, certificate: certificate ?? null }).ask(call)
  expect(reply.body.toString()).toBe('ok')
  await expect(open(port, { url }).ask(call)).rejects.toMatchObject({
    code: 'server-unreachable',
    message: expect.stringContaining('Add the certificate') as string,
  })
})

test('the proxy of the environment is used, except for this machine and what NO_PROXY names', async () => {
  const asked: string[] = []
  const proxy = createHttpServer((request, response) => {
    asked.push(request.url ?? '')
    response.end('by proxy')
  })
  const proxyPort = await listen(proxy)
  const direct = await listen(createHttpServer((_, response) => response.end('direct')))
  const before = { ...process.env }
  cleanUps.push(() => {
    process.env = before
  })
  process.env = { ...before, HTTP_PROXY: `http://127.0.0.1:${proxyPort}`, NO_PROXY: 'nowhere.invalid' }
  delete process.env['http_proxy']
  delete process.env['no_proxy']
  const far = await open(1, { url: 'http://gpu.example:8003/clip' }).ask(call)
  expect(far.body.toString()).toBe('by proxy')
  expect(asked).toEqual(['http://gpu.example:8003/clip/x'])
  expect((await open(direct).ask(call)).body.toString()).toBe('direct')
  await expect(open(1, { url: 'http://nowhere.invalid:8003' }).ask(call)).rejects.toMatchObject({
    code: 'server-unreachable',
    message: expect.stringContaining('name') as string,
  })
  expect(asked).toHaveLength(1)
})
