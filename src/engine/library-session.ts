import { join } from 'node:path'
import type { EngineEvent, Settings } from '../shared/contract/calls.ts'
import type { CleanUpPlan, CleanUpProgress, CleanUpReport } from '../shared/contract/clean-up.ts'
import type { Thresholds, Tier } from '../shared/contract/groups.ts'
import type { LibraryView } from '../shared/contract/scan.ts'
import { displayPath, type FilePath } from '../shared/domain/file-path.ts'
import { asTwinlensError, TwinlensError } from '../shared/errors.ts'
import { Backends } from './backends.ts'
import type { OpenBackend } from './backends/choose-backend.ts'
import type { SecretKeeper } from './backends/secret-keeper.ts'
import { openCatalog, type Catalog } from './catalog/catalog.ts'
import { CatalogUpkeep } from './catalog-upkeep.ts'
import { settleInterrupted, type Trash } from './clean-up.ts'
import type { Destination } from './cleaning/removal.ts'
import { loadManifest } from './embedding/manifest.ts'
import { FolderWatch } from './folder-watch.ts'
import { copyFolder, ensurePrivateFolder, isFolder } from './files/folder-state.ts'
import { openInFlightLog, type InFlightLog } from './files/in-flight-log.ts'
import type { KeepRule } from './keeping/suggest.ts'
import { RemovalJobs } from './removal-jobs.ts'
import { viewLibrary } from './reviewing/library-view.ts'
import { ReviewSession, type ReviewModel } from './reviewing/review-session.ts'
import { reviewModel, savedThresholds, thresholdsKey } from './reviewing/saved-thresholds.ts'
import { ScanJob, type ScanRequest } from './scan-job.ts'

export interface SessionOptions {
  catalogDir: string
  /** The person's data folder: fetched models and the copy of the sample library. */
  dataDir: string
  resourcesDir: string
  trash: Trash
  secrets: SecretKeeper
}

/** Changes of the backend's status within this time are told as one. */
const backendEventMs = 100

/**
 * An open library: the catalog, the backends, the review and whatever job runs. The app's engine and the command line both
 * stand on it. One scan or clean-up runs at a time (`busy`).
 */
export class LibrarySession {
  readonly catalog: Catalog
  readonly backends: Backends
  readonly review: ReviewSession
  /** At rest until `begin`: only an app that stays open watches. */
  readonly folderWatch: FolderWatch
  readonly #options: SessionOptions
  readonly #log: InFlightLog
  readonly #removals: RemovalJobs
  readonly #listeners = new Set<(event: EngineEvent) => void>()
  readonly #upkeep: CatalogUpkeep
  #scan: ScanJob | null = null
  #changing = false
  #backendTimer: NodeJS.Timeout | null = null

  private constructor(options: SessionOptions, catalog: Catalog, backends: Backends, review: ReviewSession) {
    this.#options = options
    this.catalog = catalog
    this.backends = backends
    this.review = review
    this.#removals = new RemovalJobs(catalog, review, options.trash)
    this.folderWatch = new FolderWatch({
      catalog,
      isBusy: () => this.#changing,
      scan: (folderIds) => this.#scanChanged(folderIds),
      changed: () => this.emit({ type: 'library-changed' }),
    })
    this.#upkeep = new CatalogUpkeep(catalog, () => this.#changing)
    this.#log = openInFlightLog(join(options.catalogDir, 'in-flight.log'))
  }

  /** Opens the catalog (made when missing) and settles what an earlier process left open. Throws the catalog's codes. */
  static async open(options: SessionOptions): Promise<LibrarySession> {
    const manifest = await loadManifest(options.resourcesDir)
    await ensurePrivateFolder(options.catalogDir)
    const catalog = openCatalog(options.catalogDir)
    try {
      await settleInterrupted(catalog)
      let session: LibrarySession | null = null
      const backends = new Backends({
        catalog,
        manifest,
        resourcesDir: options.resourcesDir,
        modelsDir: join(options.dataDir, 'models'),
        secrets: options.secrets,
        onChange: () => session?.backendChanged(),
      })
      const review = new ReviewSession(
        catalog,
        await reviewModel(backends),
        savedThresholds(catalog, await backends.spec()),
      )
      session = new LibrarySession(options, catalog, backends, review)
      return session
    } catch (error) {
      catalog.close()
      throw error
    }
  }

  /** Calls back for every event until the returned function is called; the present state comes first. */
  watch(listener: (event: EngineEvent) => void): () => void {
    this.#listeners.add(listener)
    const progress = this.#scan?.lastProgress ?? null
    if (progress !== null) listener({ type: 'scan', progress })
    listener({ type: 'groups-changed', summary: this.review.summary() })
    return () => this.#listeners.delete(listener)
  }

  emit(event: EngineEvent): void {
    for (const listener of this.#listeners) listener(event)
  }

  emitGroups(): void {
    if (this.#listeners.size > 0) this.emit({ type: 'groups-changed', summary: this.review.summary() })
  }

  async emitBackend(): Promise<void> {
    if (this.#listeners.size > 0) this.emit({ type: 'backend', status: await this.backends.status() })
  }

  /** Soon: a scan's servers change what they say of themselves many times a second. */
  backendChanged(): void {
    this.#backendTimer ??= setTimeout(() => {
      this.#backendTimer = null
      this.emitBackend().catch((error: unknown) => console.error(asTwinlensError(error).message))
    }, backendEventMs)
  }

  /** Adds folders by path. Throws `not-found` for what is not a folder. Returns their ids. */
  async addFolders(paths: readonly FilePath[]): Promise<number[]> {
    for (const path of paths) {
      if (!(await isFolder(path)))
        throw new TwinlensError('not-found', `${displayPath(path)} is not a folder that can be opened.`)
    }
    const ids = paths.map((path) => this.catalog.folders.add(path))
    this.emit({ type: 'library-changed' })
    return ids
  }

  /** A copy of the sample library in the person's data folder, so that removing photos of it harms nothing. */
  async addSample(): Promise<number> {
    const target = join(this.#options.dataDir, 'Sample library')
    if (!(await isFolder(target))) await copyFolder(join(this.#options.resourcesDir, 'sample-library'), target)
    const [id] = await this.addFolders([target])
    return id ?? 0
  }

  forgetFolder(folderId: number): void {
    this.mustBeIdle()
    void this.folderWatch.set(folderId, false)
    this.catalog.folders.forget(folderId)
    this.#reviewChanged()
  }

  /** Returns what was kept. */
  writeSettings(settings: Settings): Settings {
    const kept = this.catalog.settings.write(settings)
    this.catalog.thumbnails.setCap(kept.thumbnailMegabytes * 2 ** 20)
    return kept
  }

  libraryView(): LibraryView {
    return viewLibrary(this.catalog, this.review, (folderId) => this.folderWatch.stateOf(folderId))
  }

  /** Starts a scan; follow it by `watch` or await `done`. Throws `busy`, and the backend's codes when it cannot start. */
  async startScan(request: ScanRequest): Promise<ScanJob> {
    this.mustBeIdle()
    this.#changing = true
    const { catalog, review, backends } = this
    const job = new ScanJob(
      {
        catalog,
        review,
        backends,
        log: this.#log,
        resourcesDir: this.#options.resourcesDir,
        takeBackend: (backend) => this.#takeBackend(backend),
        emit: (event) => this.emit(event),
        emitGroups: () => this.emitGroups(),
      },
      request,
    )
    this.#scan = job
    try {
      await job.open()
    } catch (error) {
      this.#scan = null
      this.#changing = false
      throw error
    }
    void job.done.then(() => this.#endScan())
    return job
  }

  /** The scan that runs, or is about to. */
  get scan(): ScanJob | null {
    return this.#scan
  }

  /** See `RemovalJobs.plan`. */
  plan(tiers: readonly Tier[], destination: Destination): Promise<CleanUpPlan> {
    return this.#removals.plan(tiers, destination)
  }

  /** Carries out a plan once. Throws `not-found` for a plan that was replaced or applied, `busy` while something runs. */
  async apply(
    planId: string,
    signal: AbortSignal,
    onProgress: (progress: CleanUpProgress) => void,
  ): Promise<CleanUpReport> {
    this.#removals.current(planId)
    return this.#change(() => this.#removals.apply(planId, signal, onProgress))
  }

  restore(
    journalId: string,
    signal: AbortSignal,
    onProgress: (progress: CleanUpProgress) => void,
  ): Promise<CleanUpReport> {
    return this.#change(() => this.#removals.restore(journalId, signal, onProgress))
  }

  /** A review of some folders only, with its own rule and thresholds; nothing of it is kept. */
  async reviewOf(only: readonly FilePath[], rule: KeepRule, thresholds: Partial<Thresholds>): Promise<ReviewSession> {
    const chosen = { ...savedThresholds(this.catalog, await this.backends.spec()), ...thresholds }
    return new ReviewSession(this.catalog, await reviewModel(this.backends), chosen, { rule, only })
  }

  async setThresholds(thresholds: Thresholds): Promise<void> {
    this.review.setThresholds(thresholds)
    this.catalog.kv.set(thresholdsKey(await this.backends.spec()), thresholds)
    this.emitGroups()
  }

  /** Takes the thresholds and the links of the model that is chosen now. */
  async modelChanged(): Promise<void> {
    const thresholds = savedThresholds(this.catalog, await this.backends.spec())
    this.review.setModel(await reviewModel(this.backends), thresholds)
    this.emitGroups()
    await this.emitBackend()
  }

  /** Stops what runs, lets it write its last batch, and closes the catalog. */
  async close(): Promise<void> {
    await this.folderWatch.close()
    const scan = this.#scan
    scan?.cancel()
    await scan?.settled()
    this.#upkeep.stop()
    await this.backends.close()
    this.#listeners.clear()
    if (this.#backendTimer !== null) clearTimeout(this.#backendTimer)
    this.#log.close()
    this.catalog.close()
  }

  /** Throws `busy`. */
  mustBeIdle(): void {
    if (this.#changing)
      throw new TwinlensError('busy', 'A scan, a clean-up or a benchmark is running. Wait for it, or stop it first.')
  }

  /** Work that nothing may disturb and that changes no photo. Throws `busy`. */
  async exclusively(work: () => Promise<void>): Promise<void> {
    this.mustBeIdle()
    this.#changing = true
    try {
      await work()
    } finally {
      this.#changing = false
    }
  }

  async #scanChanged(folderIds: readonly number[]): Promise<void> {
    const { scan: options } = this.catalog.settings.read()
    const job = await this.startScan({ folderIds, options, tiers: ['exact', 'perceptual', 'ai'], live: true })
    await job.settled()
  }

  async #change(work: () => Promise<CleanUpReport>): Promise<CleanUpReport> {
    this.mustBeIdle()
    this.#changing = true
    try {
      return await work()
    } finally {
      this.#changing = false
      this.#reviewChanged()
    }
  }

  #takeBackend({ embedder, spec }: OpenBackend): ReviewModel {
    const model = { spaceId: this.catalog.embeddings.space(embedder.spaceKey), floor: spec.thresholds.floor }
    this.review.setModel(model, savedThresholds(this.catalog, spec))
    return model
  }

  #endScan(): void {
    this.#scan = null
    this.#changing = false
    this.#reviewChanged()
  }

  #reviewChanged(): void {
    this.#upkeep.restart()
    this.review.reload()
    this.emit({ type: 'library-changed' })
    this.emitGroups()
  }
}
