import type {
  BackendDescription,
  LocalDescription,
  ModelSpec,
  Provider,
  ProviderChoice,
  ProviderTrial,
} from '../../shared/contract/models.ts'
import { TwinlensError } from '../../shared/errors.ts'
import { BatchQueue } from './batch-queue.ts'
import type { Embedder } from './embedder.ts'
import { embeddingSpaceKey, modelSha256 } from './manifest.ts'
import { checkPicture, pictureBytes } from './normalise.ts'
import { OnnxLink } from './onnx-link.ts'
import { cpuName } from './provider-device.ts'
import { providerTitles, refusalReason } from './provider-reason.ts'
import { tryProviders } from './provider-trial.ts'
import { sessionSetup } from './session-setup.ts'

/** Opening a session of a provider that has been accepted before; TensorRT builds its engine again each time. */
const openLimitMs = 300_000

export interface LocalEmbedderOptions {
  spec: ModelSpec
  /** A file that `modelFile` has checked. */
  modelPath: string
  choice: ProviderChoice
  /** Remembered results of `tryProviders` for this choice; null to try now. */
  trials: ProviderTrial[] | null
  /** Threads of the CPU's session; by default one for each core, at most eight. */
  threads?: number
  /** An open session of this model on the CPU, which is the embedder's from now on: it need not open one. */
  cpu?: OnnxLink
  /** Called with the results when they had to be found now, to be remembered. */
  onTrials?: (trials: ProviderTrial[]) => void
  signal?: AbortSignal
}

/**
 * Opens the best accepted provider, with the CPU behind it. A provider that does not open any more, or is lost in the middle
 * of the work (driver reset, process gone, an answer that is no number), gives way to the next accepted one: the batch is
 * computed again there, so that nothing is missing, and `description` says why.
 *
 * @throws TwinlensError `model-missing`, `model-corrupt`, `backend-unusable` when not even the CPU runs the model, `cancelled`
 */
export async function openLocalEmbedder(options: LocalEmbedderOptions): Promise<Embedder> {
  const { spec, modelPath, choice, threads, signal, cpu } = options
  const sha256 = await modelSha256(spec, modelPath).catch(async (error: unknown) => {
    await cpu?.close()
    throw error
  })
  const trials = options.trials ?? (await tryProviders({ spec, modelPath, choice, threads, signal }))
  if (options.trials === null) options.onTrials?.(trials)
  const embedder = new LocalEmbedder(options, embeddingSpaceKey(spec, sha256), trials)
  await embedder.openNext()
  return embedder
}

interface Candidate {
  provider: Provider
  device: string
}

class LocalEmbedder implements Embedder {
  readonly spaceKey: string
  readonly dimension: number
  readonly batchSize: number
  /** One batch is computed, the next is ready: the session's thread never waits. */
  readonly concurrency = 2
  readonly outage = null
  readonly #options: LocalEmbedderOptions
  readonly #queue: BatchQueue
  readonly #candidates: Candidate[]
  readonly #reasons: string[]
  readonly #listeners: ((description: BackendDescription) => void)[] = []
  #description: LocalDescription
  #link: OnnxLink | null = null
  /** Open already, until it is used or not wanted. */
  #cpu: OnnxLink | null
  #replacing: Promise<void> | null = null
  #closed = false

  constructor(options: LocalEmbedderOptions, spaceKey: string, trials: readonly ProviderTrial[]) {
    const { spec, choice } = options
    this.#options = options
    this.#cpu = options.cpu ?? null
    this.spaceKey = spaceKey
    this.dimension = spec.output.dimension
    this.batchSize = spec.batchSize
    const cpu: Candidate = { provider: 'cpu', device: cpuName() }
    const others = choice === 'cpu' ? [] : trials.filter((trial) => trial.accepted && trial.provider !== 'cpu')
    this.#candidates = [...others, cpu]
    this.#reasons = choice === 'cpu' ? [] : refusedBefore(trials, others[0]?.provider ?? 'cpu')
    this.#description = this.#describe(this.#candidates[0] ?? cpu)
    this.#queue = new BatchQueue((pixels, count) => this.#run(pixels, count))
  }

  get description(): BackendDescription {
    return this.#description
  }

  onChange(callback: (description: BackendDescription) => void): void {
    this.#listeners.push(callback)
  }

  async embed(pixels: Uint8Array[], signal?: AbortSignal): Promise<Float32Array[]> {
    const { spec } = this.#options
    for (const picture of pixels) checkPicture(picture, spec.input.preprocessing)
    const size = pictureBytes(spec.input.preprocessing)
    const batches: Promise<Float32Array>[] = []
    for (let from = 0; from < pixels.length; from += this.batchSize) {
      const pictures = pixels.slice(from, from + this.batchSize)
      const packed = new Uint8Array(pictures.length * size)
      pictures.forEach((picture, index) => packed.set(picture, index * size))
      batches.push(this.#queue.add(packed, pictures.length, signal))
    }
    const results = await Promise.all(batches)
    return results.flatMap((vectors) =>
      Array.from({ length: vectors.length / this.dimension }, (_, index) =>
        vectors.slice(index * this.dimension, (index + 1) * this.dimension),
      ),
    )
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#queue.close()
    await this.#replacing?.catch(() => undefined)
    await this.#link?.close()
    this.#link = null
  }

  /** Opens the first candidate that opens; those that do not are dropped with their reason. */
  async openNext(): Promise<void> {
    const { spec, modelPath, threads } = this.#options
    for (;;) {
      const [candidate] = this.#candidates
      if (candidate === undefined) {
        throw new TwinlensError(
          'backend-unusable',
          `${spec.title} can't run on this computer. ${this.#reasons.join(' ')}`,
        )
      }
      try {
        const setup = sessionSetup(spec, modelPath, candidate.provider, { threads })
        this.#link = (await this.#takeCpu(candidate.provider)) ?? (await OnnxLink.open(setup, openLimitMs))
        this.#description = this.#describe(candidate)
        return
      } catch (error) {
        this.#drop(candidate, await refusalReason(candidate.provider, messageOf(error)))
      }
    }
  }

  /** The session that was open already, where this provider is the CPU; it is closed where another is used. */
  async #takeCpu(provider: Provider): Promise<OnnxLink | null> {
    const open = this.#cpu
    this.#cpu = null
    if (provider === 'cpu') return open
    await open?.close()
    return null
  }

  async #run(pixels: Uint8Array<ArrayBuffer>, count: number): Promise<Float32Array> {
    for (;;) {
      await this.#replacing
      const link = this.#link
      if (this.#closed || link === null) throw new TwinlensError('cancelled', 'The model was closed.')
      // The CPU has nothing behind it, so its batches need not be kept to be computed again.
      const give = this.#description.provider === 'cpu'
      try {
        return (await link.embed(pixels, count, { give, ...(give ? { limitMs: Infinity } : {}) })).vectors
      } catch (error) {
        if (this.#closed) throw error
        if (give) throw this.#unusable(error)
        await this.#replace(link, messageOf(error))
      }
    }
  }

  #unusable(error: unknown): TwinlensError {
    const title = this.#options.spec.title
    return new TwinlensError('backend-unusable', `${title} failed on the CPU: ${messageOf(error)}`, { cause: error })
  }

  /** Gives up on a link once, whichever of its batches failed first. */
  #replace(lost: OnnxLink, why: string): Promise<void> {
    if (this.#link === lost && this.#replacing === null) {
      this.#replacing = this.#openInstead(lost, why).finally(() => {
        this.#replacing = null
      })
    }
    return this.#replacing ?? Promise.resolve()
  }

  async #openInstead(lost: OnnxLink, why: string): Promise<void> {
    const [candidate] = this.#candidates
    if (candidate !== undefined) {
      this.#drop(candidate, `${providerTitles[candidate.provider]} on ${candidate.device} was lost: ${why}`)
    }
    await lost.close()
    await this.openNext()
    if (this.#closed) await this.#link?.close()
    else for (const listener of this.#listeners) listener(this.#description)
  }

  #drop(candidate: Candidate, reason: string): void {
    this.#candidates.shift()
    this.#reasons.unshift(/[.!?]$/.test(reason) ? reason : `${reason}.`)
    this.#description = { ...this.#description, provider: candidate.provider, fallbackReason: this.#reasons.join(' ') }
  }

  #describe({ provider, device }: Candidate): LocalDescription {
    const fallbackReason = this.#reasons.length === 0 ? null : this.#reasons.join(' ')
    return { kind: 'local', model: this.#options.spec.id, provider, device, fallbackReason }
  }
}

/** Reasons of what was refused ahead of the provider in use, each under its name. */
function refusedBefore(trials: readonly ProviderTrial[], used: Provider): string[] {
  const at = trials.findIndex((trial) => trial.provider === used)
  return trials
    .slice(0, at === -1 ? trials.length : at)
    .filter((trial) => !trial.accepted)
    .map((trial) =>
      trial.reason.includes(providerTitles[trial.provider])
        ? trial.reason
        : `${providerTitles[trial.provider]}: ${trial.reason}`,
    )
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
