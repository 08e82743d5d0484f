import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import sharp from 'sharp'
import { openLocalEmbedder } from '../../src/engine/embedding/local-embedder.ts'
import { tinyModelPath, tinyModelSpec } from './tiny-model.ts'

/** A server with the documented contract around the tiny model: answers in milliseconds, so that many cases can be tried. */
export interface TinyEmbeddingServer {
  readonly url: string
  /** Changes what it answers from now on: the vector as computed, and the picture's number since the start. */
  answerWith(change: (vector: Float32Array, picture: number) => Float32Array): void
  close(): Promise<void>
}

const spec = tinyModelSpec()
const { width, height } = spec.input.preprocessing

/** Real: HTTP, multipart, sharp and ONNX Runtime. Takes 16 × 16 pictures at `/embed/batch`; others it stretches to that. */
export async function startTinyEmbeddingServer(): Promise<TinyEmbeddingServer> {
  const embedder = await openLocalEmbedder({ spec, modelPath: tinyModelPath, choice: 'cpu', trials: [] })
  let change: (vector: Float32Array, picture: number) => Float32Array = (vector) => vector
  let pictures = 0
  const answer = async (request: IncomingMessage): Promise<unknown> => {
    if (request.url === '/health') return { status: 'ok' }
    if (request.url === '/model-info') return { model_name: 'tiny', device: 'cpu' }
    if (request.url === '/openapi.json') return { paths: { '/embed/batch': { post: {} } } }
    if (request.url !== '/embed/batch') return null
    const pixels = await Promise.all((await filesOf(request)).map((file) => pixelsOf(file)))
    const vectors = await embedder.embed(pixels)
    return { embeddings: vectors.map((vector) => [...change(vector, pictures++)]), count: vectors.length }
  }
  const server = createServer((request, response) => {
    answer(request).then(
      (body) => response.writeHead(body === null ? 404 : 200).end(JSON.stringify(body)),
      (error: unknown) => response.writeHead(500).end(JSON.stringify({ detail: String(error) })),
    )
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    answerWith(changed) {
      change = changed
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await embedder.close()
    },
  }
}

async function filesOf(request: IncomingMessage): Promise<Buffer[]> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(Buffer.from(part as Uint8Array))
  const body = Buffer.concat(parts)
  const boundary = /boundary=(.+)$/.exec(request.headers['content-type'] ?? '')?.[1] ?? ''
  const files: Buffer[] = []
  for (let at = body.indexOf(`--${boundary}`); ;) {
    const start = body.indexOf('\r\n\r\n', at)
    const end = body.indexOf(`\r\n--${boundary}`, start)
    if (start < 0 || end < 0) return files
    files.push(body.subarray(start + 4, end))
    at = end + 2
  }
}

async function pixelsOf(file: Buffer): Promise<Uint8Array> {
  const picture = sharp(file).resize(width, height, { fit: 'fill' }).flatten().toColourspace('srgb')
  const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true })
  if (info.channels === 3) return data
  return Uint8Array.from({ length: width * height * 3 }, (_, at) => data[Math.floor(at / 3) * info.channels] ?? 0)
}
