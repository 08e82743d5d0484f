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

/**
 * The person's choice of model and provider, and the embedder that came of it. One embedder is open at a time; parallel
 * callers of `open` share it.
 */
export class LocalBackend {
  readonly #parts: LocalBackendParts
  #choice: Choice
  #trials: ProviderTrial[] = []
  #opening: Promise<Embedder> | null = null
  #active: Embedder | null = null
  #fetching = new Map<string, { receivedBytes: number; totalBytes: number }>()
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

  /** Throws `invalid-request` for an id that the manifest does not have. */
  specOf(modelId: string): ModelSpec {
    const spec = this.#parts.manifest.models.find((model) => model.id === modelId)
    if (spec !== undefined) return spec
    const ids = this.#parts.manifest.models.map((model) => model.id).join(', ')
    throw new TwinlensError('invalid-request', `There is no model named ${modelId}. Known models: ${ids}.`)
  }

  /** The space of the chosen model's vectors; null while its file is not there. */
  async spaceId(): Promise<number | null> {
    const { catalog, resourcesDir, modelsDir } = this.#parts
    try {
      const sha256 = await modelSha256(this.spec, modelPath(this.spec, resourcesDir, modelsDir))
      return catalog.embeddings.space(embeddingSpaceKey(this.spec, sha256))
    } catch (error) {
      if (error instanceof TwinlensError && error.code === 'model-missing') return null
      throw error
    }
  }

  /** The embedder of the present choice. Throws `model-missing`, `model-corrupt`, `provider-unusable`, `backend-unusable`. */
  open(): Promise<Embedder> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = null
      throw error
    })
    return this.#opening
  }

  /** Changes the choice, for later starts too when `remember`; an open embedder is closed. */
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
    await this.#try(false)
    await this.open()
  }

  async status(): Promise<BackendStatus> {
    return {
      active: this.#active?.description ?? null,
      choice: this.#choice.provider,
      model: this.#choice.model,
      trials: this.#trials,
      models: await Promise.all(this.#parts.manifest.models.map((spec) => this.#modelState(spec))),
      checking: this.#checking,
    }
  }

  async fetch(
    modelId: string,
    signal: AbortSignal,
    report: (progress: { receivedBytes: number; totalBytes: number }) => void,
  ): Promise<void> {
    const spec = this.specOf(modelId)
    try {
      await fetchModel({
        spec,
        modelsDir: this.#parts.modelsDir,
        signal,
        onProgress: (progress) => {
          this.#fetching.set(modelId, progress)
          report(progress)
        },
      })
    } finally {
      this.#fetching.delete(modelId)
      this.#parts.onChange()
    }
  }

  async importFile(modelId: string, path: string): Promise<void> {
    await importModelFile({ spec: this.specOf(modelId), path, modelsDir: this.#parts.modelsDir })
    this.#parts.onChange()
  }

  async close(): Promise<void> {
    const opening = this.#opening
    this.#opening = null
    this.#active = null
    await opening?.then(
      (embedder) => embedder.close(),
      () => undefined,
    )
  }

  async #open(): Promise<Embedder> {
    const { resourcesDir, modelsDir } = this.#parts
    const path = await modelFile(this.spec, resourcesDir, modelsDir)
    await this.#try(true)
    const embedder = await openLocalEmbedder({
      spec: this.spec,
      modelPath: path,
      choice: this.#choice.provider,
      trials: this.#trials,
    })
    embedder.onChange(() => this.#parts.onChange())
    this.#active = embedder
    this.#parts.onChange()
    return embedder
  }

  /** Fills in the trials: from the catalog when the machine, the model and the runtime are the same as then. */
  async #try(useRemembered: boolean): Promise<void> {
    const { catalog, resourcesDir, modelsDir } = this.#parts
    const choice = this.#choice.provider
    const path = await modelFile(this.spec, resourcesDir, modelsDir)
    const sha256 = await modelSha256(this.spec, path)
    const key = `trials:${await trialCacheKey({ spec: this.spec, choice, sha256 })}`
    const remembered = useRemembered ? catalog.kv.get(key, z.array(ProviderTrial)) : null
    if (remembered !== null && remembered.length > 0) {
      this.#trials = remembered
      return
    }
    this.#checking = true
    this.#parts.onChange()
    try {
      this.#trials = await tryProviders({ spec: this.spec, modelPath: path, choice, every: !useRemembered })
      catalog.kv.set(key, this.#trials)
    } finally {
      this.#checking = false
    }
  }

  async #modelState(spec: ModelSpec): Promise<ModelState> {
    const { id, title, role, bytes, licence } = spec
    const installed = await isInstalled(spec, this.#parts.resourcesDir, this.#parts.modelsDir)
    const fetching = this.#fetching.get(id) ?? null
    return { id, title, role, bytes, dimension: spec.output.dimension, licence, installed, fetching }
  }
}
