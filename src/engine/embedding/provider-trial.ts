import { createHash } from 'node:crypto'
import type { ModelSpec, Provider, ProviderChoice, ProviderTrial } from '../../shared/contract/models.ts'
import { throwIfCancelled, TwinlensError } from '../../shared/errors.ts'
import { OnnxLink } from './onnx-link.ts'
import { probePictures } from './probe-picture.ts'
import { cpuName, deviceName, hardwareKey, mayHaveGraphics } from './provider-device.ts'
import { noGraphicsReason, providerTitles, refusalReason, showMs } from './provider-reason.ts'
import { sessionSetup } from './session-setup.ts'
import { runtimeVersion, supportedProviders } from './supported-providers.ts'

/**
 * [Note: Provider trial]
 * A provider is used only after it has run this model here and given the CPU's answer. It runs in a process of its own, since
 * driver code may crash or hang; a time limit covers the second. Its profile must show that it did the work: ONNX Runtime
 * silently gives steps that a provider does not know to the CPU.
 *
 * Agreement: the lowest cosine to the CPU's vector over the probe pictures must reach 0.999. Providers that compute in fp16
 * or TF32 stay above 0.9999 on these models; a wrong result is far below. At 0.999 the noise a provider may add to the
 * similarity of two photos, √(2·0.001) ≈ 0.045 spread over hundreds of independent dimensions, is about 0.002: a fifth of a
 * step of the threshold slider.
 *
 * Speed (automatic choice only): a provider slower than the CPU is refused. An explicit choice is respected if it agrees.
 */
const cosineNeeded = 0.999

/** Largest share of the model's time that may fall back to the CPU inside a provider's own session. */
const cpuShareAllowed = 0.5

/** Opening and first run: shaders or kernels are compiled then. TensorRT builds an engine, which takes minutes. */
const firstRunLimitMs: Record<Provider, number> = {
  cuda: 45_000,
  tensorrt: 300_000,
  directml: 45_000,
  coreml: 90_000,
  webgpu: 45_000,
  cpu: 120_000,
}

export interface TrialRequest {
  spec: ModelSpec
  modelPath: string
  choice: ProviderChoice
  /** Threads of the CPU's session, which the others are measured against. */
  threads?: number | undefined
  /** Try all that exist here, instead of stopping at the first that is accepted. */
  every?: boolean
  /** Is given the session that the CPU was measured with, which is closed otherwise. */
  takeCpu?: (link: OnnxLink) => void
  signal?: AbortSignal | undefined
}

interface CpuReference {
  vectors: Float32Array
  imageMs: number
}

/**
 * Tries providers on this machine with this model [Note: Provider trial]. `auto` goes by the platform's order and stops at
 * the first that is accepted; an explicit choice tries that one. The CPU is always measured and comes last in the result.
 *
 * @throws TwinlensError `backend-unusable` when not even the CPU runs the model, `cancelled`
 */
export async function tryProviders(request: TrialRequest): Promise<ProviderTrial[]> {
  const { choice } = request
  const supported = await supportedProviders()
  // Who chooses for the person need not start processes to learn that there is no graphics card.
  const hopeless = choice === 'auto' && !request.every && !(await mayHaveGraphics())
  const { reference, trial: cpuTrial } = await measureCpu(request, hopeless ? 1 : request.spec.batchSize)
  const wanted =
    choice === 'auto' || request.every
      ? supported.filter((provider) => provider !== 'cpu')
      : choice === 'cpu'
        ? []
        : [choice]
  const trials: ProviderTrial[] = []
  for (const provider of wanted) {
    throwIfCancelled(request.signal)
    const missing = `This build of ONNX Runtime has no ${providerTitles[provider]} for ${process.platform} on ${process.arch}.`
    const trial = !supported.includes(provider)
      ? refused(provider, null, missing)
      : hopeless
        ? refused(provider, null, noGraphicsReason(provider))
        : await tryProvider(request, provider, reference)
    trials.push(trial)
    if (trial.accepted && !request.every) break
  }
  return [...trials, cpuTrial]
}

/** @param pictures in a run: with one the time for an image is a little high, which is enough to show */
async function measureCpu(
  request: TrialRequest,
  pictures: number,
): Promise<{ reference: CpuReference; trial: ProviderTrial }> {
  const { spec, modelPath } = request
  const device = cpuName()
  let link: OnnxLink | null = null
  try {
    link = await OnnxLink.open(sessionSetup(spec, modelPath, 'cpu', { threads: request.threads }), firstRunLimitMs.cpu)
    const first = await link.embed(probePictures(spec.input.preprocessing, pictures), pictures)
    const imageMs = await medianImageMs(link, spec, pictures, enoughMs)
    const reason = `The reference: ${showMs(imageMs)} an image.`
    const trial: ProviderTrial = { provider: 'cpu', accepted: true, device, reason, cosineToCpu: 1, imageMs }
    if (request.takeCpu !== undefined) {
      request.takeCpu(link)
      link = null
    }
    return { reference: { vectors: first.vectors, imageMs }, trial }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new TwinlensError('backend-unusable', `${spec.title} can't run on this computer: ${why}`, { cause: error })
  } finally {
    await link?.close()
  }
}

async function tryProvider(request: TrialRequest, provider: Provider, cpu: CpuReference): Promise<ProviderTrial> {
  const device = await deviceName(provider)
  let link: OnnxLink | null = null
  try {
    const setup = sessionSetup(request.spec, request.modelPath, provider, { watchPlacement: true })
    link = await OnnxLink.open(setup, firstRunLimitMs[provider])
    return await judge(link, request, provider, device ?? 'graphics card', cpu)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return refused(provider, device, await refusalReason(provider, message))
  } finally {
    await link?.close()
  }
}

/** What the provider answers and how fast, against the CPU. Throws what the link throws. */
async function judge(
  link: OnnxLink,
  { spec, choice, every }: TrialRequest,
  provider: Provider,
  device: string,
  cpu: CpuReference,
): Promise<ProviderTrial> {
  const { preprocessing } = spec.input
  const first = await link.embed(probePictures(preprocessing, 1), 1, { limitMs: firstRunLimitMs[provider] })
  const cpuShare = await link.placement()
  let cosineToCpu = lowestCosine(first.vectors, cpu.vectors, spec.output.dimension)
  const no = (reason: string, imageMs: number | null): ProviderTrial => ({
    provider,
    accepted: false,
    device,
    reason,
    cosineToCpu,
    imageMs,
  })
  if (cpuShare > cpuShareAllowed) {
    return no(`It leaves ${Math.round(cpuShare * 100)} % of the model's work to the CPU.`, null)
  }
  const disagrees = (): string =>
    `Its result differs from the CPU's: cosine ${cosineToCpu.toFixed(4)} on the probe pictures, at least ${cosineNeeded} is needed.`
  if (!(cosineToCpu >= cosineNeeded)) return no(disagrees(), null)

  // One picture tells whether a batch is worth measuring: a software GPU takes seconds for each.
  let imageMs = await medianImageMs(link, spec, 1, 1_000)
  if (imageMs <= cpu.imageMs * spec.batchSize) {
    const batch = await link.embed(probePictures(preprocessing, spec.batchSize), spec.batchSize)
    cosineToCpu = Math.min(cosineToCpu, lowestCosine(batch.vectors, cpu.vectors, spec.output.dimension))
    if (!(cosineToCpu >= cosineNeeded)) return no(disagrees(), imageMs)
    imageMs = await medianImageMs(link, spec, spec.batchSize, Infinity)
  }
  const figures = `${showMs(imageMs)} an image against ${showMs(cpu.imageMs)} on the CPU`
  const chosen = choice === provider && !every
  if (!chosen && imageMs > cpu.imageMs) return no(`It works, but is slower: ${figures}.`, imageMs)
  const reason = `It agrees with the CPU (cosine ${cosineToCpu.toFixed(4)}): ${figures}.`
  return { provider, accepted: true, device, reason, cosineToCpu, imageMs }
}

/** A run of the CPU's that took this long need not be repeated to be compared with. */
const enoughMs = 40

/** Median of three runs; one run only when that took longer than `enoughMs`. Milliseconds for one picture. */
async function medianImageMs(link: OnnxLink, spec: ModelSpec, count: number, enoughMs: number): Promise<number> {
  const times: number[] = []
  while (times.length < 3) {
    const { computeMs } = await link.embed(probePictures(spec.input.preprocessing, count), count)
    times.push(computeMs / count)
    if (times.length === 1 && computeMs > enoughMs) break
  }
  return times.toSorted((a, b) => a - b)[times.length >> 1] ?? Infinity
}

/** Lowest cosine between corresponding unit vectors of `a` (may be fewer) and `b`. */
function lowestCosine(a: Float32Array, b: Float32Array, dimension: number): number {
  let lowest = 1
  for (let from = 0; from < a.length; from += dimension) {
    let dot = 0
    for (let k = from; k < from + dimension; k++) dot += (a[k] ?? 0) * (b[k] ?? 0)
    lowest = Math.min(lowest, dot)
  }
  return lowest
}

function refused(provider: Provider, device: string | null, reason: string): ProviderTrial {
  return { provider, accepted: false, device: device ?? 'none found', reason, cosineToCpu: null, imageMs: null }
}

/**
 * Names everything that the outcome of a trial depends on: runtime version, model, choice, platform, CPU, graphics cards,
 * drivers and installed libraries. Results may be reused as long as this is the same.
 *
 * @param request.sha256 of the file that runs, where it may differ from the manifest's (an import)
 */
export async function trialCacheKey(request: {
  spec: ModelSpec
  choice: ProviderChoice
  sha256?: string
}): Promise<string> {
  const parts = [
    await runtimeVersion(),
    request.sha256 ?? request.spec.sha256,
    request.spec.batchSize,
    request.choice,
    await hardwareKey(),
  ]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
