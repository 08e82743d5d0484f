import { z } from 'zod'
import { BackendMode, type ServerDraft } from '../shared/contract/servers.ts'
import type { BackendDescription, BackendStatus, ModelManifest, ModelSpec } from '../shared/contract/models.ts'
import { TwinlensError } from '../shared/errors.ts'
import { createMemoryServers, type ServerStore } from './catalog/servers.ts'
import type { Catalog } from './catalog/catalog.ts'
import type { Embedder } from './embedding/embedder.ts'
import type { ServerAccess } from './embedding/remote/inference-client.ts'
import { openConnection } from './embedding/remote/open-connection.ts'
import { downloadServerModel } from './embedding/remote/pytorch-model-download.ts'
import { pictureCodec } from './imaging/picture-codec.ts'
import { LocalBackend, type InstalledModel } from './local-backend.ts'
import { identifySpace } from './parity/identify-space.ts'
import { localTwin, type TwinModel } from './parity/twin-model.ts'
import type { CheckParts } from './backends/check-server.ts'
import { chooseFastest, chooseServers, openHere, type OpenBackend } from './backends/choose-backend.ts'
import { joined } from './backends/reasons.ts'
import type { SecretKeeper } from './backends/secret-keeper.ts'
import { ServerBook } from './backends/server-book.ts'
import { ServerDesk } from './backends/server-desk.ts'
import { trialPictures } from './backends/trial-pictures.ts'

export interface BackendsParts {
  catalog: Catalog
  manifest: ModelManifest
  resourcesDir: string
  /** Where fetched and imported models live. */
  modelsDir: string
  secrets: SecretKeeper
  onChange: () => void
}

const RememberedSpace = z.object({ spaceKey: z.string(), modelId: z.string() })

/**
 * The mode (local, PyTorch, Triton, auto), this computer's models and the servers, and the embedder that comes of them. One is
 * open at a time; parallel callers of `open` share it.
 */
export class Backends {
  readonly local: LocalBackend
  readonly #parts: BackendsParts
  #servers: ServerDesk
  #book: ServerBook
  #mode: BackendMode
  #opening: Promise<OpenBackend> | null = null
  #active: Embedder | null = null
  #modeReason: string | null = null

  constructor(parts: BackendsParts) {
    this.#parts = parts
    this.local = new LocalBackend(parts)
    this.#mode = parts.catalog.kv.get('backend-mode', BackendMode) ?? 'local'
    this.#book = new ServerBook(parts.catalog.servers, parts.secrets)
    this.#servers = this.#deskOf(this.#book)
  }

  get mode(): BackendMode {
    return this.#mode
  }

  get servers(): ServerDesk {
    return this.#servers
  }

  /** Changes the mode, for later starts too when `remember`; what is open is closed. */
  async setMode(mode: BackendMode, remember = true): Promise<void> {
    if (remember) this.#parts.catalog.kv.set('backend-mode', mode)
    if (mode !== this.#mode) {
      this.#mode = mode
      await this.closeOpen()
    }
    this.#parts.onChange()
  }

  /** Only these servers from now on, in memory: for the command line. Throws `invalid-request`. */
  async useServers(drafts: readonly ServerDraft[]): Promise<void> {
    await this.closeOpen()
    await this.#servers.close()
    const store: ServerStore = createMemoryServers()
    this.#book = new ServerBook(store, this.#parts.secrets)
    this.#servers = this.#deskOf(this.#book)
    for (const draft of drafts) await this.#book.save(draft)
  }

  /**
   * The embedder of the present mode.
   *
   * @throws TwinlensError what `LocalBackend.open` throws; `backend-unusable` when no server of the mode can be used, or the
   *   code of the only one; `cancelled`
   */
  open(signal?: AbortSignal): Promise<OpenBackend> {
    this.#opening ??= this.#open(signal).catch((error: unknown) => {
      this.#opening = null
      this.#parts.onChange()
      throw error
    })
    return this.#opening
  }

  /**
   * As `open`, with the servers asked again: they may have come or gone since they were last asked.
   *
   * @throws TwinlensError what `open` throws
   */
  async openAnew(signal?: AbortSignal): Promise<OpenBackend> {
    if (this.#mode !== 'local') await this.closeOpen()
    return this.open(signal)
  }

  /**
   * The chosen local model alone, whatever the mode.
   *
   * @param why it and not what the mode asks for; a sentence
   * @throws TwinlensError what `LocalBackend.open` throws
   */
  async openLocal(why: string | null = null): Promise<OpenBackend> {
    return this.#use(await openHere(this.local, this.local.spec), why)
  }

  /** The space that the library is shown in, and its model; null while nothing was ever embedded in it. */
  async space(): Promise<{ spaceId: number; spec: ModelSpec } | null> {
    const { kv, embeddings } = this.#parts.catalog
    const remembered = this.#mode === 'local' ? null : kv.get(spaceKeyOf(this.#mode), RememberedSpace)
    const spec = remembered === null ? await this.#specOfMode() : this.local.specOf(remembered.modelId)
    const key = remembered?.spaceKey ?? (await this.#installed(spec))?.spaceKey
    return key === undefined ? null : { spaceId: embeddings.space(key), spec }
  }

  /** The model of the present mode: its thresholds are the ones in use. */
  async spec(): Promise<ModelSpec> {
    return (await this.space())?.spec ?? (await this.#specOfMode())
  }

  /** How to reach a server, its secrets opened. Throws `not-found`, `not-authorised`. */
  serverAccess(id: string): Promise<ServerAccess> {
    return this.#book.access(id)
  }

  /** The local twin of what servers run; null while its file is not here. Throws `model-corrupt`. */
  twin(): Promise<TwinModel | null> {
    const { resourcesDir, modelsDir } = this.#parts
    return localTwin(this.local.twinSpec, resourcesDir, modelsDir)
  }

  /** Adds or changes a server. Throws `invalid-request`, `not-found`. */
  async saveServer(draft: ServerDraft): Promise<void> {
    await this.closeOpen()
    await this.#servers.save(draft)
  }

  /** Throws `not-found`. */
  async forgetServer(id: string): Promise<void> {
    await this.closeOpen()
    await this.#servers.forget(id)
  }

  /**
   * Takes a server's own network as the local twin.
   *
   * @throws TwinlensError `not-found`, `invalid-request` (not a model of servers, or a kind of server that has no such offer), what
   *   the download and the import throw, `cancelled`
   */
  async fetchModelFromServer(
    modelId: string,
    serverId: string,
    signal: AbortSignal,
    report: (progress: { receivedBytes: number; totalBytes: number }) => void,
  ): Promise<void> {
    const spec = this.local.specOf(modelId)
    if (spec.role !== 'server-twin')
      throw new TwinlensError('invalid-request', `${spec.title} is not the model that servers run.`)
    const access = await this.#book.access(serverId)
    await this.local.fetchFrom(spec, signal, report, (path, onProgress) =>
      downloadServerModel({ access, path, onProgress, signal }),
    )
  }

  /** What computes, with why it is that and not the mode's first choice, as results tell it; null when nothing is open. */
  describe(): BackendDescription | null {
    const { description } = this.#active ?? {}
    if (description === undefined) return null
    const reasons = [this.#modeReason, description.fallbackReason].filter((reason) => reason !== null)
    return { ...description, fallbackReason: joined(reasons) }
  }

  async status(): Promise<BackendStatus> {
    return {
      ...(await this.local.status()),
      active: this.#active?.description ?? null,
      mode: this.#mode,
      servers: this.#servers.states(),
      modeReason: this.#modeReason,
      notes: this.#book.notes(),
    }
  }

  /** Tries this computer's providers again, whatever is remembered of earlier trials. */
  async checkLocal(): Promise<void> {
    await this.closeOpen()
    await this.local.check()
    if (this.#mode === 'local') await this.open()
  }

  /** Closes the embedder; the next `open` makes another. Connections to servers stay. */
  async closeOpen(): Promise<void> {
    const opening = this.#opening
    this.#opening = null
    this.#active = null
    this.#modeReason = null
    const opened = await opening?.catch(() => null)
    await opened?.embedder.close()
    await this.local.close()
  }

  async close(): Promise<void> {
    await this.closeOpen()
    await this.#servers.close()
  }

  async #open(signal?: AbortSignal): Promise<OpenBackend> {
    if (this.#mode === 'local') return this.openLocal()
    const parts = { desk: this.#servers, local: this.local, kv: this.#parts.catalog.kv, signal }
    const { opened, reason } = await (this.#mode === 'auto' ? chooseFastest(parts) : chooseServers(this.#mode, parts))
    return this.#use(opened, reason)
  }

  #use(opened: OpenBackend, reason: string | null): OpenBackend {
    this.#active = opened.embedder
    this.#modeReason = reason
    // What the library is shown in until something else is opened, also after the next start.
    const { spaceKey } = opened.embedder
    this.#parts.catalog.kv.set(spaceKeyOf(this.#mode), { spaceKey, modelId: opened.spec.id })
    opened.embedder.onChange(() => this.#parts.onChange())
    this.#parts.onChange()
    return opened
  }

  async #specOfMode(): Promise<ModelSpec> {
    if (this.#mode === 'local') return this.local.spec
    if (this.#mode !== 'auto') return this.local.twinSpec
    return (await this.#installed(this.local.twinSpec))?.spec ?? this.local.spec
  }

  /** A model file that is damaged keeps nobody from opening the library; whoever computes with it is told. */
  #installed(spec: ModelSpec): Promise<InstalledModel | null> {
    return this.local.installed(spec).catch((error: unknown) => {
      if (error instanceof TwinlensError && error.code === 'model-corrupt') return null
      throw error
    })
  }

  #deskOf(book: ServerBook): ServerDesk {
    return new ServerDesk({
      book,
      connect: openConnection,
      checkParts: () => this.#checkParts(),
      onChange: this.#parts.onChange,
    })
  }

  async #checkParts(): Promise<CheckParts> {
    const { kv } = this.#parts.catalog
    const spec = this.local.twinSpec
    const twin = await this.twin()
    return {
      kv,
      recipe: { preprocessing: spec.input.preprocessing, codec: pictureCodec },
      pictures: trialPictures(spec.input.preprocessing),
      identify: (client, signal) =>
        identifySpace({ kv, spec, twin, client, ...(signal === undefined ? {} : { signal }) }),
    }
  }
}

function spaceKeyOf(mode: BackendMode): string {
  return `backend-space:${mode}`
}
