import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { tinyBatchOnePath, tinyModelPath, tinyModelSpec } from '../../../test/support/tiny-model.ts'
import { openLocalEmbedder } from './local-embedder.ts'
import { embeddingSpaceKey, modelFile } from './manifest.ts'
import { importModelFile } from './model-import.ts'

const url = 'https://example.org/tiny.onnx'
let modelsDir: string

beforeEach(async () => {
  modelsDir = await mkdtemp(join(tmpdir(), 'twinlens-import-'))
})
afterEach(() => rm(modelsDir, { recursive: true, force: true }))

test('the manifest’s own file is taken as it is', async () => {
  const spec = tinyModelSpec({ url })
  expect(await importModelFile({ spec, path: tinyModelPath, modelsDir })).toEqual({ sha256: spec.sha256 })
  const path = await modelFile(spec, modelsDir, modelsDir)
  expect((await readFile(path)).equals(await readFile(tinyModelPath))).toBe(true)
})

test('another export of the network is taken, whatever its names and batch, and its vectors live in a space of their own', async () => {
  const spec = tinyModelSpec({ url })
  const { sha256 } = await importModelFile({ spec, path: tinyBatchOnePath, modelsDir })
  expect(sha256).not.toBe(spec.sha256)
  const modelPath = await modelFile(spec, modelsDir, modelsDir)
  const imported = await openLocalEmbedder({ spec, modelPath, choice: 'cpu', trials: [] })
  const original = await openLocalEmbedder({
    spec: tinyModelSpec(),
    modelPath: tinyModelPath,
    choice: 'cpu',
    trials: [],
  })
  try {
    expect(imported.spaceKey).toBe(embeddingSpaceKey(spec, sha256))
    expect(imported.spaceKey).not.toBe(original.spaceKey)
    const pictures = [10, 90, 200, 30, 250, 0].map((value) =>
      Uint8Array.from({ length: 768 }, (_, k) => (value + k) % 256),
    )
    expect(await imported.embed(pictures)).toEqual(await original.embed(pictures))
  } finally {
    await Promise.all([imported.close(), original.close()])
  }
})

test('what is no model, or a model of another shape, is refused and leaves nothing', async () => {
  const spec = tinyModelSpec({ url, sha256: 'a'.repeat(64) })
  const text = join(modelsDir, 'holiday.txt')
  await writeFile(text, 'dear diary')
  const folder = join(modelsDir, 'models')
  await expect(importModelFile({ spec, path: text, modelsDir: folder })).rejects.toMatchObject({
    code: 'model-corrupt',
  })
  const lite0 = fileURLToPath(new URL('../../../resources/models/efficientnet-lite0-gem-1280.onnx', import.meta.url))
  await expect(importModelFile({ spec, path: lite0, modelsDir: folder })).rejects.toMatchObject({
    code: 'model-corrupt',
    message: expect.stringContaining('224'),
  })
  await expect(importModelFile({ spec, path: join(modelsDir, 'nowhere'), modelsDir: folder })).rejects.toMatchObject({
    code: 'not-found',
  })
  expect(await readdir(folder)).toEqual([])
})
