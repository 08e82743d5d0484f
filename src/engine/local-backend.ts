import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import {
  ProviderChoice,
  ProviderTrial,
  type BackendStatus,
  type ModelManifest,
  type ModelSpec,
  type ModelState,
} from '../shared/contract/models.ts'
import { TwinlensError } from '../shared/errors.ts'
import type { Catalog } from './catalog/catalog.ts'
import type { Embedder } from './embedding/embedder.ts'
import { openLocalEmbedder } from './embedding/local-embedder.ts'
import type { OnnxLink } from './embedding/onnx-link.ts'
import { embeddingSpaceKey, isInstalled, modelFile, modelPath, modelSha256 } from './embedding/manifest.ts'
import { fetchModel } from './embedding/model-fetch.ts'
import { importModelFile } from './embedding/model-import.ts'
import { trialCacheKey, tryProviders } from './embedding/provider-trial.ts'

const Choice = z.object({ provider: ProviderChoice, model: z.string() })
type Choice = z.infer<typeof Choice>

export interface LocalBackendParts {
  catalog: Catalog
  manifest: ModelManifest
  resourcesDir: string
  /** Where fetched and imported models live. */
  modelsDir: string
  onChange: () => void
}

export interface ReceiveProgress {
  receivedBytes: number
  totalBytes: number
}

/** What of the status speaks of this computer. */
export type LocalStatus = Pick<BackendStatus, 'choice' | 'model' | 'trials' | 'models' | 'checking'>

/** A model on this computer whose file was found and checked. */
export interface InstalledModel {
  spec: ModelSpec
  path: string
  /** Of the file, lower-case hex. */
  sha256: string
  spaceKey: string
}

/**
 * The person's choice of model and provider, and the embedders that came of it. One embedder a model is open at a time;
 * parallel callers of `open` share it.
 */
export class LocalBackend {
  readonly #parts: LocalBackendParts
  readonly #opening = new Map<string, Promise<Embedder>>()
  #choice: Choice
  #trials: ProviderTrial[] = []
  #fetching = new Map<string, ReceiveProgress>()
  #checking = false

  constructor(parts: LocalBackendParts) {
    this.#parts = parts
    const saved = parts.catalog.kv.get('backend-choice', Choice)
    const fallback = parts.manifest.models.find((model) => model.role === 'default') ?? parts.manifest.models[0]
    const known = parts.manifest.models.some((model) => model.id === saved?.model)
    this.#choice = known && saved !== null ? saved : { provider: 'auto', model: fallback?.id ?? '' }
  }

  /** The chosen model. */
  get spec(): ModelSpec {
    return this.specOf(this.#choice.model)
  }

  /** The model that servers run, for its local twin. Throws `internal` when the manifest lacks it. */
  get twinSpec(): ModelSpec {
    const spec = this.#parts.manifest.models.find((model) => model.role === 'server-twin')
    if (spec === undefined)
      throw new TwinlensError('internal', 'The list of models has none that servers run. Reinstall Twinlens.')
    return spec
  }

  /** Throws `invalid-request` for an id that the manifest does not have. */
  specOf(modelId: string): ModelSpec {
    const spec = this.#parts.manifest.models.find((model) => model.id === modelId)
    if (spec !== undefined) return spec
    const ids = this.#parts.manifest.models.map((model) => model.id).join(', ')
    throw new TwinlensError('invalid-request', `There is no model named ${modelId}. Known models: ${ids}.`)
  }

  /** A model whose file is here and sound; null while it is not here. Throws `model-corrupt`. */
  async installed(spec: ModelSpec): Promise<InstalledModel | null> {
    const path = modelPath(spec, this.#parts.resourcesDir, this.#parts.modelsDir)
    try {
      const sha256 = await modelSha256(spec, path)
      return { spec, path, sha256, spaceKey: embeddingSpaceKey(spec, sha256) }
    } catch (error) {
      if (error instanceof TwinlensError && error.code === 'model-missing') return null
      throw error
    }
  }

  /**
   * The shared embedder of a model, by default the chosen one.
   *
   * @throws TwinlensError `model-missing`, `model-corrupt`, `provider-unusable`, `backend-unusable`
   */
  open(spec: ModelSpec = this.spec): Promise<Embedder> {
    const present = this.#opening.get(spec.id)
    if (present !== undefined) return present
    const opening = this.openFresh(spec).catch((error: unknown) => {
      this.#opening.delete(spec.id)
      throw error
    })
    this.#opening.set(spec.id, opening)
    return opening
  }

  /** An embedder for one caller, who closes it. Throws what `open` throws. */
  async openFresh(spec: ModelSpec): Promise<Embedder> {
    const { resourcesDir, modelsDir } = this.#parts
    const path = await modelFile(spec, resourcesDir, modelsDir)
    // The session that the CPU was measured with goes on as the embedder's own.
    const tried: { cpu?: OnnxLink } = {}
    const trials = await this.#try(spec, true, (link) => {
      tried.cpu = link
    }).catch(async (error: unknown) => {
      await tried.cpu?.close()
      throw error
    })
    const embedder = await openLocalEmbedder({
      spec,
      modelPath: path,
      choice: this.#choice.provider,
      trials,
      ...tried,
    })
    embedder.onChange(() => this.#parts.onChange())
    return embedder
  }

  /** Changes the choice, for later starts too when `remember`; what is open is closed. */
  async choose(choice: Choice, remember = true): Promise<void> {
    this.specOf(choice.model)
    if (choice.provider === this.#choice.provider && choice.model === this.#choice.model) return
    this.#choice = choice
    if (remember) this.#parts.catalog.kv.set('backend-choice', choice)
    await this.close()
    this.#parts.onChange()
  }

  /** Tries the providers anew, whatever is remembered of earlier trials. */
  async check(): Promise<void> {
    await this.close()
    this.#trials = []
    await this.#try(this.spec, false)
  }

  async status(): Promise<LocalStatus> {
    return {
      choice: this.#choice.provider,
      model: this.#choice.model,
      trials: this.#trials,
      models: await Promise.all(this.#parts.manifest.models.map((spec) => this.#modelState(spec))),
      checking: this.#checking,
    }
  }

  /** Downloads a model of the manifest, sha256 checked. Throws what `fetchModel` throws. */
  async fetch(modelId: string, signal: AbortSignal, report: (progress: ReceiveProgress) => void): Promise<void> {
    const spec = this.specOf(modelId)
    const { modelsDir } = this.#parts
    await this.#receive(spec, report, (onProgress) => fetchModel({ spec, modelsDir, signal, onProgress }))
  }

  /**
   * Takes a model from elsewhere than its usual address.
   *
   * @param download writes the file to the path given; what has arrived of it may stay beside that for the next try
   * @throws TwinlensError what `download` and `importModelFile` throw
   */
  async fetchFrom(
    spec: ModelSpec,
    signal: AbortSignal,
    report: (progress: ReceiveProgress) => void,
    download: (path: string, onProgress: (progress: ReceiveProgress) => void) => Promise<unknown>,
  ): Promise<void> {
    const { modelsDir } = this.#parts
    await mkdir(modelsDir, { recursive: true })
    const path = join(modelsDir, `${spec.file}.received`)
    await this.#receive(spec, report, async (onProgress) => {
      await download(path, onProgress)
      try {
        await importModelFile({ spec, path, modelsDir, signal })
      } finally {
        await rm(path, { force: true })
      }
    })
  }

  async importFile(modelId: string, path: string): Promise<void> {
    const spec = this.specOf(modelId)
    await importModelFile({ spec, path, modelsDir: this.#parts.modelsDir })
    await this.#closeModel(modelId)
    this.#parts.onChange()
  }

  async close(): Promise<void> {
    await Promise.all([...this.#opening.keys()].map((modelId) => this.#closeModel(modelId)))
  }

  /** Shows a model as being fetched while `work` runs; what is open of it is closed. */
  async #receive(
    spec: ModelSpec,
    report: (progress: ReceiveProgress) => void,
    work: (onProgress: (progress: ReceiveProgress) => void) => Promise<unknown>,
  ): Promise<void> {
    try {
      await work((progress) => {
        this.#fetching.set(spec.id, progress)
        report(progress)
      })
      await this.#closeModel(spec.id)
    } finally {
      this.#fetching.delete(spec.id)
      this.#parts.onChange()
    }
  }

  async #closeModel(modelId: string): Promise<void> {
    const opening = this.#opening.get(modelId)
    this.#opening.delete(modelId)
    await opening?.then(
      (embedder) => embedder.close(),
      () => undefined,
    )
  }

  /** From the catalog when the machine, the model and the runtime are the same as then. */
  async #try(spec: ModelSpec, useRemembered: boolean, takeCpu?: (link: OnnxLink) => void): Promise<ProviderTrial[]> {
    const { catalog, resourcesDir, modelsDir } = this.#parts
    const choice = this.#choice.provider
    const path = await modelFile(spec, resourcesDir, modelsDir)
    const sha256 = await modelSha256(spec, path)
    const key = `trials:${await trialCacheKey({ spec, choice, sha256 })}`
    const remembered = useRemembered ? catalog.kv.get(key, z.array(ProviderTrial)) : null
    if (remembered !== null && remembered.length > 0) return this.#keepTrials(spec, remembered)
    this.#checking = true
    this.#parts.onChange()
    try {
      const trials = await tryProviders({
        spec,
        modelPath: path,
        choice,
        every: !useRemembered,
        ...(takeCpu === undefined ? {} : { takeCpu }),
      })
      catalog.kv.set(key, trials)
      return this.#keepTrials(spec, trials)
    } finally {
      this.#checking = false
    }
  }

  /** Those of the chosen model are shown. */
  #keepTrials(spec: ModelSpec, trials: ProviderTrial[]): ProviderTrial[] {
    if (spec.id === this.spec.id) this.#trials = trials
    return trials
  }

  async #modelState(spec: ModelSpec): Promise<ModelState> {
    const { id, title, role, bytes, licence } = spec
    const installed = await isInstalled(spec, this.#parts.resourcesDir, this.#parts.modelsDir)
    const fetching = this.#fetching.get(id) ?? null
    return { id, title, role, bytes, dimension: spec.output.dimension, licence, installed, fetching }
  }
}
