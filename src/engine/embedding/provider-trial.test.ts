import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tinyModelPath, tinyModelSpec } from '../../../test/support/tiny-model.ts'
import { trialCacheKey, tryProviders } from './provider-trial.ts'

const modelPath = tinyModelPath

test('a provider that this build does not have is refused with its name, and the CPU is there', async () => {
  const missing = process.platform === 'darwin' ? 'directml' : 'coreml'
  const trials = await tryProviders({ spec: tinyModelSpec(), modelPath, choice: missing })
  expect(trials.map((trial) => [trial.provider, trial.accepted])).toEqual([
    [missing, false],
    ['cpu', true],
  ])
  expect(trials[0]?.reason).toMatch(/has no (Core ML|DirectML) for/)
  expect(trials[1]).toMatchObject({ cosineToCpu: 1, imageMs: expect.any(Number) })
})

test('in automatic choice every refusal has a reason in plain words, and what is accepted agrees with the CPU', async () => {
  const trials = await tryProviders({ spec: tinyModelSpec(), modelPath, choice: 'auto', every: true })
  expect(trials.at(-1)).toMatchObject({ provider: 'cpu', accepted: true })
  expect(trials.length).toBeGreaterThan(1)
  for (const trial of trials) {
    if (trial.accepted) expect(trial.cosineToCpu).toBeGreaterThanOrEqual(0.999)
    else expect(trial.reason).toMatch(/^[A-Z].+\.$|setup:cuda/)
    expect(trial.reason).not.toMatch(/onnxruntime_src|\n/)
  }
})

test('a model that does not run at all is said before anything is tried', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'twinlens-trial-'))
  try {
    const broken = join(dir, 'broken.onnx')
    await writeFile(broken, 'this is no model')
    const trials = tryProviders({ spec: tinyModelSpec(), modelPath: broken, choice: 'auto' })
    await expect(trials).rejects.toMatchObject({ code: 'backend-unusable' })
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
})

test('remembered results hold for the same model, choice and machine only', async () => {
  const spec = tinyModelSpec()
  const key = await trialCacheKey({ spec, choice: 'auto' })
  expect(await trialCacheKey({ spec, choice: 'auto' })).toBe(key)
  const others = [
    await trialCacheKey({ spec, choice: 'webgpu' }),
    await trialCacheKey({ spec, choice: 'auto', sha256: '0'.repeat(64) }),
  ]
  const saved = process.env.VK_ICD_FILENAMES
  process.env.VK_ICD_FILENAMES = '/somewhere/else.json'
  try {
    others.push(await trialCacheKey({ spec, choice: 'auto' }))
  } finally {
    if (saved === undefined) delete process.env.VK_ICD_FILENAMES
    else process.env.VK_ICD_FILENAMES = saved
  }
  expect(new Set([key, ...others]).size).toBe(4)
})
