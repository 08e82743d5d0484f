import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadManifest } from './manifest.ts'
import { readOnnxModelFacts } from './onnx-model-facts.ts'
import { profileOperators } from './operator-profile.ts'
import { pictureBytes } from './normalise.ts'
import { sessionSetup } from './session-setup.ts'

const resources = new URL('../../../resources', import.meta.url).pathname
const { models } = await loadManifest(resources)
const fast = models.find(({ role }) => role === 'fast')
if (fast === undefined) throw new Error('the manifest has a fast model')
const path = join(resources, 'models', fast.file)

// Counted with onnx 1.23 in Python: len(model.graph.node), model.opset_import.
test('nodes and operator set of a real model, as onnx itself counts them', async () => {
  expect(await readOnnxModelFacts(path)).toEqual({ bytes: fast.bytes, opset: 17, nodes: 498 })
})

test('a file that is cut short or no model is refused', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'twinlens-onnx-'))
  try {
    const cut = join(folder, 'cut.onnx')
    await writeFile(cut, await readFile(path))
    await truncate(cut, 1_000_000)
    await expect(readOnnxModelFacts(cut)).rejects.toThrow('cut short')
    await writeFile(cut, 'GIF89a, not a model')
    await expect(readOnnxModelFacts(cut)).rejects.toThrow('not an ONNX model')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test('the operator profile counts every run but the first, the longest operator ahead', async () => {
  const setup = sessionSetup(fast, path, 'cpu', { threads: 1 })
  const picture = new Uint8Array(pictureBytes(setup.preprocessing)).fill(90)
  const [first, ...rest] = await profileOperators(setup, picture, 2)
  expect(first?.op).toMatch(/Conv/)
  expect((first?.invocations ?? 1) % 2).toBe(0)
  expect(first?.totalMs).toBeGreaterThan(rest[0]?.totalMs ?? 0)
})
