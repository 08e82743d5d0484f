import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { tinyModelPath, tinyModelSpec } from '../../../test/support/tiny-model.ts'
import { embeddingSpaceKey, isInstalled, loadManifest, modelFile } from './manifest.ts'

const resourcesDir = fileURLToPath(new URL('../../../resources', import.meta.url))
let dir: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'twinlens-models-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

test('the models that ship are whole and offline; the fetched one is missing with a hint', async () => {
  const { models } = await loadManifest(resourcesDir)
  expect(models.map((model) => model.role)).toEqual(['default', 'fast', 'server-twin'])
  for (const spec of models) {
    if (spec.url === null) {
      await expect(modelFile(spec, resourcesDir, dir)).resolves.toContain(spec.file)
    } else {
      expect(await isInstalled(spec, resourcesDir, dir)).toBe(false)
      await expect(modelFile(spec, resourcesDir, dir)).rejects.toMatchObject({ code: 'model-missing' })
    }
  }
})

test('a model file whose content changed is refused, also after it was accepted once', async () => {
  const spec = tinyModelSpec({ url: 'https://example.org/tiny.onnx' })
  const path = join(dir, spec.file)
  await copyFile(tinyModelPath, path)
  await expect(modelFile(spec, resourcesDir, dir)).resolves.toBe(path)
  await expect(modelFile(spec, resourcesDir, dir)).resolves.toBe(path)
  await writeFile(path, 'not a model')
  await expect(modelFile(spec, resourcesDir, dir)).rejects.toMatchObject({ code: 'model-corrupt' })
})

test('spaces differ by model, by content and by preprocessing', async () => {
  const { models } = await loadManifest(resourcesDir)
  const keys = models.map((spec) => embeddingSpaceKey(spec))
  expect(new Set(keys).size).toBe(models.length)
  const [first] = models
  if (first === undefined) throw new Error('no model')
  expect(embeddingSpaceKey(first, 'f'.repeat(64))).not.toBe(embeddingSpaceKey(first))
  const other = { ...first, input: { ...first.input, preprocessing: { ...first.input.preprocessing, id: 'other' } } }
  expect(embeddingSpaceKey(other)).not.toBe(embeddingSpaceKey(first))
})
