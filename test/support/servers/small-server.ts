import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { z } from 'zod'
import { openLocalEmbedder } from '../../../src/engine/embedding/local-embedder.ts'
import { loadManifest } from '../../../src/engine/embedding/manifest.ts'

/** A network with the shape of the one that servers run, of half a kilobyte. */
export const tinyTowerPath = fileURLToPath(new URL('../../fixtures/models/tiny-tower.onnx', import.meta.url))

const resourcesDir = fileURLToPath(new URL('../../../resources', import.meta.url))

export interface SmallServerOptions {
  port?: number
  /** Bearer token that it asks for. */
  token?: string
  /** Swaps red and blue before the model sees a picture: another answer than the local twin's. */
  swapped?: boolean
  /** Pictures after which it does so from then on, as a server does whose model is exchanged while it runs. */
  swapsAfter?: number
  /** Answers 413 to a request with more pictures, as a proxy does that limits its size. */
  mostPictures?: number
  /** Answers 422 to a request with a picture of which this is true (mean of red, green, blue, 0–255). */
  refuses?: (mean: [number, number, number]) => boolean
  /** Pictures that it answers before it ends all its connections and listens no more. */
  endsAfter?: number
}

/** A server with the PyTorch contract (`/embed/base64` only) in this process; a real network, small enough for every test. */
export interface SmallServer {
  readonly url: string
  readonly port: number
  /** Pictures that it has embedded. */
  readonly embedded: number
  /** Authorization headers that came in. */
  readonly authorizations: ReadonlySet<string>
  stop(): Promise<void>
}

const Pictures = z.object({ images: z.array(z.string()) })

/** Starts one; it listens when this returns. */
export async function startSmallServer(options: SmallServerOptions = {}): Promise<SmallServer> {
  const manifest = await loadManifest(resourcesDir)
  const twin = manifest.models.find(({ role }) => role === 'server-twin')
  if (twin === undefined) throw new Error('The manifest has no model that servers run.')
  const sha256 = createHash('sha256').update(readFileSync(tinyTowerPath)).digest('hex')
  const spec = { ...twin, sha256, url: null }
  const embedder = await openLocalEmbedder({ spec, modelPath: tinyTowerPath, choice: 'cpu', trials: [], threads: 1 })
  const authorizations = new Set<string>()
  let embedded = 0

  const embed = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { images } = Pictures.parse(JSON.parse(Buffer.concat(chunks).toString('utf8')))
    const pictures = await Promise.all(images.map((image) => decode(Buffer.from(image, 'base64'))))
    if (options.refuses !== undefined && pictures.some((pixels) => options.refuses?.(meanOf(pixels))))
      return answer(response, 422, { detail: 'This picture is not welcome.' })
    if (images.length > (options.mostPictures ?? Infinity))
      return answer(response, 413, { detail: 'Request Entity Too Large' })
    if (options.swapped || embedded >= (options.swapsAfter ?? Infinity)) for (const pixels of pictures) swap(pixels)
    embedded += images.length
    const vectors = await embedder.embed(pictures)
    answer(response, 200, { embeddings: vectors.map((vector) => [...vector]), count: images.length })
    if (embedded >= (options.endsAfter ?? Infinity)) {
      server.close()
      server.closeAllConnections()
    }
  }
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { authorization } = request.headers
    if (authorization !== undefined) authorizations.add(authorization)
    if (options.token !== undefined && authorization !== `Bearer ${options.token}`)
      return answer(response, 401, { detail: 'Who are you?' })
    if (request.url === '/health') return answer(response, 200, { status: 'ok' })
    if (request.url === '/model-info') {
      const { embedding_dim, max_images } = { embedding_dim: 512, max_images: 16 }
      return answer(response, 200, { model_name: 'tiny-tower', embedding_dim, max_images, device: 'cpu' })
    }
    if (request.url === '/openapi.json') return answer(response, 200, { paths: { '/embed/base64': { post: {} } } })
    if (request.url === '/embed/base64' && request.method === 'POST') return embed(request, response)
    answer(response, 404, { detail: 'Not Found' })
  }
  const server = createServer((request, response) => {
    respond(request, response).catch(() => response.destroy())
  })
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    authorizations,
    get embedded() {
      return embedded
    },
    async stop() {
      const closed = server.listening ? once(server, 'close') : Promise.resolve()
      server.close()
      server.closeAllConnections()
      await closed
      await embedder.close()
    },
  }
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

async function decode(picture: Buffer): Promise<Uint8Array> {
  const { data } = await sharp(picture)
    .resize(224, 224, { fit: 'cover', kernel: 'cubic' })
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })
  return new Uint8Array(data)
}

function swap(pixels: Uint8Array): void {
  for (let at = 0; at < pixels.length; at += 3) {
    const red = pixels[at] ?? 0
    pixels[at] = pixels[at + 2] ?? 0
    pixels[at + 2] = red
  }
}

function meanOf(pixels: Uint8Array): [number, number, number] {
  const sums: [number, number, number] = [0, 0, 0]
  for (let at = 0; at < pixels.length; at += 3) {
    sums[0] += pixels[at] ?? 0
    sums[1] += pixels[at + 1] ?? 0
    sums[2] += pixels[at + 2] ?? 0
  }
  const count = pixels.length / 3
  return [sums[0] / count, sums[1] / count, sums[2] / count]
}
