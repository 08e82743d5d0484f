import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ModelSpec, ProviderTrial } from '../../shared/contract/models.ts'
import type { Embedder } from './embedder.ts'
import { openLocalEmbedder } from './local-embedder.ts'
import { loadManifest, modelFile } from './manifest.ts'
import { probePictures } from './probe-picture.ts'

// Real: the shipped default model, ONNX Runtime on the CPU in its thread.

const resourcesDir = fileURLToPath(new URL('../../../resources', import.meta.url))
const cpuTrial: ProviderTrial = {
  provider: 'cpu',
  accepted: true,
  device: 'CPU',
  reason: 'The reference.',
  cosineToCpu: 1,
  imageMs: 8,
}
const cpuOnly = [cpuTrial]
let spec: ModelSpec
let modelPath: string
let embedder: Embedder
let pictures: Uint8Array[]

beforeAll(async () => {
  const [first] = (await loadManifest(resourcesDir)).models
  if (first === undefined) throw new Error('The manifest is empty.')
  spec = first
  modelPath = await modelFile(spec, resourcesDir, resourcesDir)
  embedder = await openLocalEmbedder({ spec, modelPath, choice: 'cpu', trials: cpuOnly, threads: 2 })
  const { width, height } = spec.input.preprocessing
  const packed = probePictures(spec.input.preprocessing, 11)
  pictures = Array.from({ length: 11 }, (_, k) => packed.slice(k * width * height * 3, (k + 1) * width * height * 3))
})
afterAll(() => embedder.close())

function cosine(a: Float32Array | undefined, b: Float32Array | undefined): number {
  if (a === undefined || b === undefined) throw new Error('no vector')
  return a.reduce((sum, value, k) => sum + value * (b[k] ?? 0), 0)
}

test('vectors are of unit length, in the order of the pictures, and do not depend on the batch they were in', async () => {
  const together = await embedder.embed(pictures)
  expect(together).toHaveLength(11)
  for (const [index, picture] of pictures.entries()) {
    const [alone] = await embedder.embed([picture])
    expect(alone).toHaveLength(spec.output.dimension)
    expect(cosine(alone, alone)).toBeCloseTo(1, 5)
    const difference = (alone ?? []).map((value, k) => Math.abs(value - (together[index]?.[k] ?? Infinity)))
    expect(Math.max(...difference)).toBeLessThan(1e-4)
    const nearest = together.map((vector) => cosine(alone, vector))
    // Pictures 0 and 8 share an edge and differ in noise alone: the right one must still be the nearest.
    expect(nearest.indexOf(Math.max(...nearest))).toBe(index)
  }
})

test('the same picture gives the same vector in two runs, and calls may overlap', async () => {
  const calls = await Promise.all([0, 1, 2, 3].map(() => embedder.embed(pictures.slice(0, 3))))
  for (const vectors of calls) expect(vectors).toEqual(calls[0])
})

test('the description says what runs', () => {
  expect(embedder.description).toMatchObject({ kind: 'local', model: spec.id, provider: 'cpu', fallbackReason: null })
  expect(embedder.spaceKey).toContain(spec.sha256.slice(0, 16))
})

test('an abort answers within a batch and leaves the embedder in order', async () => {
  const controller = new AbortController()
  const many = Array.from({ length: 400 }, (_, k) => pictures[k % 11] ?? new Uint8Array())
  const began = performance.now()
  const running = embedder.embed(many, controller.signal)
  setTimeout(() => controller.abort(), 50)
  await expect(running).rejects.toMatchObject({ code: 'cancelled' })
  const after = await embedder.embed(pictures.slice(0, 1))
  expect(after).toHaveLength(1)
  // 400 pictures take seconds; what is left after the abort is the two batches under way.
  const one = performance.now()
  await embedder.embed(many.slice(0, 48))
  const batchMs = (performance.now() - one) / 6
  expect(one - began).toBeLessThan(50 + 12 * batchMs)
  await expect(embedder.embed(pictures, controller.signal)).rejects.toMatchObject({ code: 'cancelled' })
})

test('a picture of the wrong size is refused and harms nobody else', async () => {
  await expect(embedder.embed([new Uint8Array(12)])).rejects.toMatchObject({ code: 'invalid-request' })
  await expect(embedder.embed(pictures.slice(0, 2))).resolves.toHaveLength(2)
})

test('a provider that was accepted once but is not there any more gives way to the CPU, and says so', async () => {
  const gone: ProviderTrial = { ...cpuTrial, provider: 'tensorrt', device: 'a card that was taken out' }
  const other = await openLocalEmbedder({ spec, modelPath, choice: 'tensorrt', trials: [gone, ...cpuOnly] })
  try {
    expect(other.description.provider).toBe('cpu')
    expect(other.description.fallbackReason).toMatch(/TensorRT|CUDA/)
    expect(await other.embed(pictures.slice(0, 2))).toEqual(await embedder.embed(pictures.slice(0, 2)))
  } finally {
    await other.close()
  }
})

test('closing in the middle of the work ends the open calls', async () => {
  const other = await openLocalEmbedder({ spec, modelPath, choice: 'cpu', trials: cpuOnly })
  const running = other.embed([...pictures, ...pictures, ...pictures])
  await Promise.all([expect(running).rejects.toMatchObject({ code: 'cancelled' }), other.close()])
  await expect(other.embed(pictures)).rejects.toMatchObject({ code: 'cancelled' })
})
