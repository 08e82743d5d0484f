import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { serveCaptures, type Answer, type ReplayServer } from '../../../../test/fixtures/captures/replay-server.ts'
import type { ServerAccess } from './inference-client.ts'
import { downloadServerModel } from './pytorch-model-download.ts'

// Real: an HTTP server on this machine that sends a file as our server recipe does.

const content = randomBytes(400_000)
const sha256 = createHash('sha256').update(content).digest('hex')
const token = 'tok-12345'
const info = { model_name: 'ViT-B-32', embedding_dim: 512 }

let folder: string
let server: ReplayServer | null = null
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twinlens-twin-'))
})
afterEach(async () => {
  await server?.close()
  server = null
  await rm(folder, { recursive: true, force: true })
})

const json =
  (value: unknown): Answer =>
  (_, response) =>
    void response.end(JSON.stringify(value))

/** Ranges, If-Range and a strong tag, for those who have the token. */
const file =
  (headers: Record<string, string> = {}, cutAt = Infinity): Answer =>
  (request, response) => {
    if (request.headers.authorization !== `Bearer ${token}`) return void response.writeHead(401).end()
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
    response.writeHead(from > 0 ? 206 : 200, {
      ...headers,
      etag: '"one"',
      'content-length': content.length - from,
      ...(from > 0 ? { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` } : {}),
    })
    if (request.method === 'HEAD') response.end()
    else if (from < cutAt && cutAt < content.length)
      response.write(content.subarray(from, cutAt), () => setTimeout(() => response.socket?.destroy(), 20))
    else response.end(content.subarray(from))
  }

async function accessTo(routes: Record<string, Answer | Answer[]>): Promise<ServerAccess> {
  server = await serveCaptures('pytorch', routes, 'nope')
  return { kind: 'pytorch', url: server.url, token, headers: {}, certificate: null, metricsUrl: null }
}

test('the network is fetched with the token, checked, and goes on where it was cut off', async () => {
  const access = await accessTo({
    'GET /model-info': json({ ...info, onnx: { path: '/model.onnx', sha256, bytes: content.length } }),
    'GET /model.onnx': [file({}, 150_000), file()],
  })
  const progress: number[] = []
  const path = join(folder, 'new', 'twin.onnx')
  const told = await downloadServerModel({
    access,
    path,
    onProgress: ({ receivedBytes, totalBytes }) => progress.push(receivedBytes / totalBytes),
  })
  expect(told).toEqual({ sha256, bytes: content.length })
  expect((await readFile(path)).equals(content)).toBe(true)
  expect(progress.at(-1)).toBe(1)
  expect(await readdir(join(folder, 'new'))).toEqual(['twin.onnx'])
  expect(server?.requests.at(-1)?.headers.range).toBe('bytes=150000-')
})

test.each([
  ['X-Content-SHA256', { 'x-content-sha256': sha256 }],
  ['Repr-Digest', { 'repr-digest': `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:` }],
])('the sha256 may be told by %s', async (_, headers) => {
  const access = await accessTo({
    'GET /model-info': json(info),
    'HEAD /model.onnx': file(headers),
    'GET /model.onnx': file(headers),
  })
  const path = join(folder, 'twin.onnx')
  expect(await downloadServerModel({ access, path })).toEqual({ sha256, bytes: content.length })
})

test('a file that is not what was told never gets the name, and what was there stays', async () => {
  const other = 'ab'.repeat(32)
  const access = await accessTo({
    'GET /model-info': json({ ...info, onnx: { path: '/model.onnx', sha256: other, bytes: content.length } }),
    'GET /model.onnx': file(),
  })
  const path = join(folder, 'twin.onnx')
  await writeFile(path, 'the old one')
  await expect(downloadServerModel({ access, path })).rejects.toMatchObject({ code: 'model-corrupt' })
  expect(await readFile(path, 'utf8')).toBe('the old one')
})

test('without a sha256 nothing is fetched; a redirect, a refused token and a missing file are told', async () => {
  const path = join(folder, 'twin.onnx')
  const described = json({ ...info, onnx: { path: '/model.onnx', sha256, bytes: content.length } })
  const away: Answer = (_, response) => void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()
  const cases: [Record<string, Answer>, string][] = [
    [{ 'GET /model-info': json(info), 'HEAD /model.onnx': file() }, 'not-found'],
    [{ 'GET /model-info': json(info) }, 'not-found'],
    [{ 'GET /model-info': described, 'GET /model.onnx': away }, 'download-failed'],
    [{ 'GET /model-info': (_, response) => void response.writeHead(401).end() }, 'not-authorised'],
  ]
  for (const [routes, code] of cases) {
    const access = await accessTo(routes)
    await expect(downloadServerModel({ access, path })).rejects.toMatchObject({ code })
    await server?.close()
  }
  expect(await readdir(folder)).toEqual([])
})
