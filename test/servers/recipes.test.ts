// Real servers, started as a person would start them on a machine without GPU and Docker; the network has random weights.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { recipes } from '../support/servers/installation.ts'
import { processesOf, sharedMemoryOf } from '../support/servers/server-process.ts'
import { startGateway } from '../support/servers/start-gateway.ts'
import { startPytorch, type PytorchServer } from '../support/servers/start-pytorch.ts'
import { startTriton, tritonInstallation } from '../support/servers/start-triton.ts'

const run = promisify(execFile)
const photos = ['2019 Holiday/IMG_2041.jpg', '2019 Holiday/IMG_2044.jpg'].map((name) =>
  path.join(recipes, '..', 'sample-library', name),
)

/** @returns what the recipe's own smoke test printed; it fails where one of its checks does */
async function smoke(recipe: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { stdout } = await run(path.join(recipes, recipe, 'smoke.sh'), args, { env: { ...process.env, ...env } })
  return stdout
}

async function embed(url: string, pictures: readonly Buffer[], headers: Readonly<Record<string, string>> = {}) {
  return fetch(`${url}/embed/base64`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ images: pictures.map((picture) => picture.toString('base64')) }),
  })
}

async function vectorsOf(url: string, pictures: readonly Buffer[]): Promise<number[][]> {
  const reply = (await (await embed(url, pictures)).json()) as { embeddings: number[][] }
  return reply.embeddings
}

/** Of vectors of unit length. */
function cosine(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? Number.NaN), 0)
}

/** Value of a Prometheus sample by its whole name. */
async function sample(metricsUrl: string, name: string): Promise<number> {
  const text = await (await fetch(metricsUrl)).text()
  const line = text.split('\n').find((each) => each.startsWith(`${name} `))
  return Number(line?.split(' ')[1] ?? Number.NaN)
}

describe('PyTorch', () => {
  let server: PytorchServer
  beforeAll(async () => {
    server = await startPytorch()
  }, 400_000)
  afterAll(() => server.stop())

  test('keeps its contract', async () => {
    await expect(smoke('pytorch', [server.url])).resolves.toContain('all good')
  })

  test('puts pictures of requests that arrive together through the network together', async () => {
    const metrics = `${server.url}/metrics`
    const [picture] = await Promise.all(photos.map((file) => readFile(file)))
    const before = [await sample(metrics, 'twinlens_images_total'), await sample(metrics, 'twinlens_batch_size_count')]
    const replies = await Promise.all(Array.from({ length: 16 }, () => embed(server.url, [picture!])))
    expect(replies.map((reply) => reply.status)).toEqual(Array(16).fill(200))
    const images = (await sample(metrics, 'twinlens_images_total')) - before[0]!
    const batches = (await sample(metrics, 'twinlens_batch_size_count')) - before[1]!
    expect(images).toBe(16)
    expect(batches).toBeLessThanOrEqual(8)
  })

  test('sends its own network, byte for byte', async () => {
    const reply = await fetch(`${server.url}/model.onnx`)
    const hash = createHash('sha256')
    let bytes = 0
    for await (const chunk of reply.body!) {
      hash.update(chunk)
      bytes += chunk.length
    }
    const file = await readFile(server.modelOnnxPath)
    const info = (await (await fetch(`${server.url}/model-info`)).json()) as { onnx: { sha256: string } }
    expect(Number(reply.headers.get('content-length'))).toBe(file.length)
    expect(bytes).toBe(file.length)
    expect(hash.digest('hex')).toBe(info.onnx.sha256)
    expect(createHash('sha256').update(file).digest('hex')).toBe(info.onnx.sha256)
  })

  test('behind Triton, the gateway computes the same for untouched photos', async () => {
    const triton = await startTriton({ models: ['u8'], network: 'openclip' })
    const gateway = await startGateway(triton)
    try {
      const pictures = await Promise.all(photos.map((file) => readFile(file)))
      const ours = await vectorsOf(server.url, pictures)
      const theirs = await vectorsOf(gateway.url, pictures)
      expect(ours).toHaveLength(pictures.length)
      for (const [index, vector] of ours.entries()) expect(cosine(vector, theirs[index] ?? [])).toBeGreaterThan(0.9999)
      const [info, gatewayInfo] = await Promise.all(
        [server, gateway].map(
          async ({ url }) => (await (await fetch(`${url}/model-info`)).json()) as Readonly<Record<string, unknown>>,
        ),
      )
      for (const field of ['model_name', 'pretrained', 'seed', 'weights_sha256', 'preprocessing', 'onnx'])
        expect(gatewayInfo?.[field], field).toEqual(info?.[field])
    } finally {
      await gateway.stop()
      await triton.stop()
    }
  }, 120_000)
})

test('a PyTorch server with a token and limits says what it refuses', async () => {
  const token = 'correct horse'
  const env = { TWINLENS_MAX_BODY_MB: '0.5', TWINLENS_MAX_MEGAPIXELS: '0.1', EXPORT_ONNX: '0' }
  const server = await startPytorch({ token, env })
  try {
    const authorization = `Bearer ${token}`
    const [photo = Buffer.alloc(0)] = await Promise.all(photos.map((file) => readFile(file)))
    expect((await fetch(`${server.url}/health`)).status).toBe(200)
    for (const wrong of [{}, { authorization: 'Bearer correct' }, { authorization: token }]) {
      const refused = await embed(server.url, [photo], wrong)
      expect(refused.status).toBe(401)
      expect(await refused.text()).not.toContain('horse')
    }
    const large = await embed(server.url, [photo], { authorization })
    expect([large.status, await large.text()]).toEqual([422, expect.stringContaining('image 0') as string])
    const heavy = await embed(server.url, [Buffer.alloc(600_000)], { authorization })
    expect([heavy.status, await heavy.text()]).toEqual([413, expect.stringContaining('larger than') as string])
    expect((await fetch(`${server.url}/model.onnx`, { headers: { authorization } })).status).toBe(404)
  } finally {
    await server.stop()
  }
}, 120_000)

test('every model of the Triton repository agrees with the FP32 one', async () => {
  const triton = await startTriton({ models: ['fp32', 'u8', 'fp16', 'jpeg'] })
  try {
    const printed = await smoke('triton', [tritonInstallation, triton.url])
    expect(printed.match(/^ok /gm)).toHaveLength(5)
    await expect(smokeGateway(triton)).resolves.toContain('all good')
  } finally {
    await triton.stop()
  }
}, 120_000)

async function smokeGateway(triton: Parameters<typeof startGateway>[0]): Promise<string> {
  const token = 'gateway token'
  const gateway = await startGateway(triton, { token })
  try {
    return await smoke('gateway', [gateway.url], { TWINLENS_TOKEN: token })
  } finally {
    await gateway.stop()
  }
}

test('a killed Triton leaves no process and no shared memory', async () => {
  const triton = await startTriton()
  const regions = sharedMemoryOf(triton.pid)
  expect(regions.filter((file) => existsSync(file)).length).toBeGreaterThan(0)
  await triton.kill()
  expect(processesOf(triton.pid)).toEqual([])
  expect(regions.filter((file) => existsSync(file))).toEqual([])
  await triton.stop()
  expect(existsSync(triton.folder)).toBe(false)
})
