import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { BackendDescription, ProviderTrial } from '../../src/shared/contract/models.ts'
import type { Embedder } from '../../src/engine/embedding/embedder.ts'
import { openLocalEmbedder } from '../../src/engine/embedding/local-embedder.ts'
import { probePictures } from '../../src/engine/embedding/probe-picture.ts'
import { tryProviders } from '../../src/engine/embedding/provider-trial.ts'
import { findSwiftShader } from '../support/swiftshader.ts'
import { tinyModelPath, tinyModelSpec } from '../support/tiny-model.ts'

// Real: ONNX Runtime's WebGPU provider on Vulkan, in a process of its own. The graphics card is Electron's software Vulkan
// (SwiftShader), so this runs on machines without one.

const spec = tinyModelSpec()
const modelPath = tinyModelPath
const icd = findSwiftShader()
const required = process.env.TWINLENS_REQUIRE_WEBGPU === '1'

if (icd === null && !required) {
  console.warn(
    '\n!! WebGPU was NOT tested: no SwiftShader was found. Set TWINLENS_SWIFTSHADER_ICD to the vk_swiftshader_icd.json in an\n' +
      '!! Electron folder, or run `npm test`, which sees to it on Linux.\n',
  )
}

test.runIf(required)('a software Vulkan is there to test WebGPU on', () => {
  expect(icd, 'TWINLENS_SWIFTSHADER_ICD must name the vk_swiftshader_icd.json of an Electron folder').not.toBeNull()
})

describe.runIf(icd !== null)('WebGPU on software Vulkan', () => {
  const saved = process.env.VK_ICD_FILENAMES
  let trials: ProviderTrial[]

  beforeAll(async () => {
    process.env.VK_ICD_FILENAMES = icd ?? ''
    trials = await tryProviders({ spec, modelPath, choice: 'webgpu' })
  })
  afterAll(() => {
    if (saved === undefined) delete process.env.VK_ICD_FILENAMES
    else process.env.VK_ICD_FILENAMES = saved
  })

  function pictures(count: number): Uint8Array[] {
    const packed = probePictures(spec.input.preprocessing, count)
    return Array.from({ length: count }, (_, k) => packed.slice(k * 768, (k + 1) * 768))
  }

  function expectClose(actual: Float32Array[], expected: Float32Array[]): void {
    expect(actual).toHaveLength(expected.length)
    for (const [index, vector] of actual.entries()) {
      for (const [k, value] of vector.entries()) expect(value).toBeCloseTo(expected[index]?.[k] ?? NaN, 4)
    }
  }

  async function onCpu(count: number): Promise<Float32Array[]> {
    const cpu = await openLocalEmbedder({ spec, modelPath, choice: 'cpu', trials: [] })
    try {
      return await cpu.embed(pictures(count))
    } finally {
      await cpu.close()
    }
  }

  test('it runs the model, agrees with the CPU, and is accepted because it was asked for', () => {
    expect(trials[0]).toMatchObject({
      provider: 'webgpu',
      accepted: true,
      device: 'software Vulkan (SwiftShader)',
      imageMs: expect.any(Number),
    })
    expect(trials[0]?.cosineToCpu).toBeGreaterThan(0.9999)
  })

  test('it is refused by itself, being slower than the CPU, with both figures', async () => {
    const automatic = await tryProviders({ spec, modelPath, choice: 'auto' })
    expect(automatic.find((trial) => trial.provider === 'webgpu')).toMatchObject({
      accepted: false,
      reason: expect.stringMatching(/slower: [\d.]+ m?s an image against [\d.]+ m?s on the CPU/),
    })
    const embedder = await openLocalEmbedder({ spec, modelPath, choice: 'auto', trials: automatic })
    expect(embedder.description).toMatchObject({ provider: 'cpu', fallbackReason: expect.stringContaining('slower') })
    await embedder.close()
  })

  test('its embeddings are the CPU’s, in order', async () => {
    const embedder = await openLocalEmbedder({ spec, modelPath, choice: 'webgpu', trials })
    try {
      expect(embedder.description).toMatchObject({ provider: 'webgpu', fallbackReason: null })
      expectClose(await embedder.embed(pictures(9)), await onCpu(9))
    } finally {
      await embedder.close()
    }
  })

  test('when it is lost in mid-work, the CPU takes over, nothing is missing and the reason is told', async () => {
    const embedder = await openLocalEmbedder({ spec, modelPath, choice: 'webgpu', trials })
    try {
      const told: BackendDescription[] = []
      embedder.onChange((description) => told.push(description))
      const before = await embedder.embed(pictures(2))
      const running = embedder.embed(pictures(40))
      // What a driver crash does: the process that holds the device is gone.
      process.kill(providerProcess(), 'SIGKILL')
      const expected = await onCpu(40)
      expectClose(await running, expected)
      expectClose(before, expected.slice(0, 2))
      expect(told).toEqual([embedder.description])
      expect(embedder.description.provider).toBe('cpu')
      expect(embedder.description.fallbackReason).toMatch(/^WebGPU on .+ was lost: Its process ended \(SIGKILL\)\./)
      expectClose(await embedder.embed(pictures(3)), expected.slice(0, 3))
    } finally {
      await embedder.close()
    }
  })

  test('closing leaves no process behind, whatever it is doing', async () => {
    const embedder: Embedder = await openLocalEmbedder({ spec, modelPath, choice: 'webgpu', trials })
    const pid = providerProcess()
    const running = embedder.embed(pictures(40))
    await Promise.all([expect(running).rejects.toMatchObject({ code: 'cancelled' }), embedder.close()])
    expect(existsSync(`/proc/${pid}`)).toBe(false)
  })
})

/** The id of this process's child that holds the provider's session. */
function providerProcess(): number {
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n')
  const found = lines
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .find((line) => Number(line?.[2]) === process.pid && line?.[3]?.includes('onnx-worker'))
  if (!found) throw new Error('No process holds the provider.')
  return Number(found[1])
}
