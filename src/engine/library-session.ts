import { join } from 'node:path'
import type { CleanUpProgress, CleanUpReport, CleanUpPlan } from '../shared/contract/clean-up.ts'
import type { EngineEvent } from '../shared/contract/calls.ts'
import { Thresholds, type Tier } from '../shared/contract/groups.ts'
import type { LibraryView, ScanOptions, ScanProgress } from '../shared/contract/scan.ts'
import { displayPath, type FilePath } from '../shared/domain/file-path.ts'
import { asTwinlensError, isCancellation, TwinlensError } from '../shared/errors.ts'
import { openCatalog, type Catalog } from './catalog/catalog.ts'
import { applyRemovals, restoreJournal, settleInterrupted, type Trash } from './clean-up.ts'
import { planCleanUp, type PreparedPlan } from './cleaning/plan-clean-up.ts'
import type { Destination } from './cleaning/removal.ts'
import { createBlockProduct } from './embedding/block-product.ts'
import { hexOf } from './hex.ts'
import { loadManifest } from './embedding/manifest.ts'
import { copyFolder, ensurePrivateFolder, isFolder } from './files/folder-state.ts'
import { openInFlightLog, type InFlightLog } from './files/in-flight-log.ts'
import { nameOf } from './files/native-path.ts'
import { findDuplicates } from './find-duplicates.ts'
import { analysePhoto } from './imaging/analyse.ts'
import { defaultDecodeLimits } from './imaging/limits.ts'
import type { KeepRule } from './keeping/suggest.ts'
import { LocalBackend } from './local-backend.ts'
import { createBlockPairSearch } from './matching/pair-search.ts'
import { perceptualDefault } from './matching/thresholds.ts'
import { ReviewSession, type ReviewModel } from './reviewing/review-session.ts'
import { startScan, type RunningScan } from './scan-library.ts'

export interface SessionOptions {
  catalogDir: string
  /** The person's data folder: fetched models and the copy of the sample library. */
  dataDir: string
  resourcesDir: string
  trash: Trash
}

export interface ScanRequest {
  /** Null: all folders of the library. */
  folderIds: readonly number[] | null
  options: ScanOptions
  tiers: readonly Tier[]
  /** Show groups while the scan runs: costs a little, so the command line leaves it. */
  live: boolean
}

/** Matching in mid-scan waits for this many new photos, and for as many as have been matched already. */
const liveMatchPhotos = 500
/** Groups are drawn anew at most this often while a scan runs, and never for more than a fifth of the time. */
const liveReloadMs = 1500

/**
 * An open library: the catalog, the chosen backend, the review and whatever job runs. The app's engine and the command line
 * both stand on it. One scan or clean-up runs at a time (`busy`).
 */
export class LibrarySession {
  readonly catalog: Catalog
  readonly backend: LocalBackend
  readonly review: ReviewSession
  readonly #options: SessionOptions
  readonly #log: InFlightLog
  readonly #listeners = new Set<(event: EngineEvent) => void>()
  readonly #plans = new Map<string, PreparedPlan>()
  #scan: RunningScan | null = null
  #lastProgress: ScanProgress | null = null
  #changing = false
  #planCount = 0
  #matching: Promise<void> = Promise.resolve()
  #reloadTimer: NodeJS.Timeout | null = null
  #reloadCostMs = 0

  private constructor(options: SessionOptions, catalog: Catalog, backend: LocalBackend, review: ReviewSession) {
    this.#options = options
    this.catalog = catalog
    this.backend = backend
    this.review = review
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
      const backend = new LocalBackend({
        catalog,
        manifest,
        resourcesDir: options.resourcesDir,
        modelsDir: join(options.dataDir, 'models'),
        onChange: () => void session?.emitBackend(),
      })
      const review = new ReviewSession(catalog, await reviewModel(backend), savedThresholds(catalog, backend))
      session = new LibrarySession(options, catalog, backend, review)
      return session
    } catch (error) {
      catalog.close()
      throw error
    }
  }

  /** Calls back for every event until the returned function is called; the present state comes first. */
  watch(listener: (event: EngineEvent) => void): () => void {
    this.#listeners.add(listener)
    if (this.#lastProgress !== null) listener({ type: 'scan', progress: this.#lastProgress })
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
    this.emit({ type: 'backend', status: await this.backend.status() })
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
    this.catalog.folders.forget(folderId)
    this.review.reload()
    this.emit({ type: 'library-changed' })
    this.emitGroups()
  }

  libraryView(): LibraryView {
    const counts = this.catalog.photos.counts()
    const exact = this.review.summary().tiers
    return {
      folders: this.catalog.folders.list().map((folder) => ({
        id: folder.id,
        path: displayPath(folder.path),
        name: displayPath(nameOf(folder.path)) || displayPath(folder.path),
        photos: folder.photos,
        bytes: folder.bytes,
        lastScanMs: folder.lastScanMs,
        state: folder.online ? 'online' : 'offline',
      })),
      photos: counts.photos,
      bytes: counts.bytes,
      unreadable: counts.unreadable,
      truncated: counts.truncated,
      duplicates: this.review.duplicateCount(),
      couldFreeBytes: exact.reduce((most, tier) => Math.max(most, tier.couldFreeBytes), 0),
    }
  }

  /** Starts a scan; follow it by `watch` or await `done`. Throws `busy`, and the backend's codes when it cannot start. */
  async startScan(request: ScanRequest): Promise<RunningScan> {
    this.mustBeIdle()
    this.#changing = true
    try {
      const wanted = this.catalog.folders
        .list()
        .filter((folder) => request.folderIds === null || request.folderIds.includes(folder.id))
      const spec = this.backend.spec
      const embedder = request.tiers.includes('ai') ? await this.backend.open() : null
      if (embedder !== null) this.review.setModel(await reviewModel(this.backend))
      const scan = startScan(
        wanted,
        request.options,
        {
          catalog: this.catalog,
          log: this.#log,
          limits: defaultDecodeLimits,
          analyse: analysePhoto,
          model: embedder && { embedder, preprocessing: spec.input.preprocessing },
          onBatch: () => {
            if (request.live) this.#liveUpdate(request.tiers)
          },
          match: async (signal, onMatched) => {
            // The command has no more use for the model; its memory is then there for matching.
            if (!request.live) await this.backend.close()
            await this.#match(request.tiers, signal, onMatched)
          },
          groupCount: () => this.review.groupCount,
        },
        (progress) => {
          this.#lastProgress = progress
          this.emit({ type: 'scan', progress })
        },
      )
      this.#scan = scan
      void scan.done.then(() => this.#endScan())
      return scan
    } catch (error) {
      this.#changing = false
      throw error
    }
  }

  get scan(): RunningScan | null {
    return this.#scan
  }

  /** Plans a clean-up by the present decisions; nothing is touched. The plan is kept under its id until it is applied. */
  async plan(tiers: readonly Tier[], destination: Destination): Promise<CleanUpPlan> {
    if (destination.kind === 'folder') this.#refuseInsideLibrary(destination.path)
    const paths = new Map(this.catalog.folders.list().map((folder) => [folder.id, folder.path]))
    const id = `plan-${++this.#planCount}`
    const prepared = await planCleanUp(
      id,
      this.review,
      tiers,
      destination,
      (folderId) => paths.get(folderId) ?? '',
      (photo) => hexOf(this.catalog.photos.getFile(photo.fileId)?.contentHash ?? new Uint8Array(0)),
    )
    this.#plans.clear()
    this.#plans.set(id, prepared)
    return prepared.plan
  }

  /** Carries out a plan once. Throws `not-found` for a plan that was replaced or applied, `busy` while something runs. */
  async apply(
    planId: string,
    signal: AbortSignal,
    onProgress: (progress: CleanUpProgress) => void,
  ): Promise<CleanUpReport> {
    const prepared = this.#plans.get(planId)
    if (prepared === undefined)
      throw new TwinlensError('not-found', 'This plan is no longer current. Make it again; nothing was removed.')
    return this.#change(() => {
      this.#plans.delete(planId)
      const parts = { catalog: this.catalog, trash: this.#options.trash, signal, onProgress }
      return applyRemovals(prepared.removals, prepared.destination, parts)
    })
  }

  async restore(
    journalId: string,
    signal: AbortSignal,
    onProgress: (progress: CleanUpProgress) => void,
  ): Promise<CleanUpReport> {
    return this.#change(() => restoreJournal(journalId, { catalog: this.catalog, signal, onProgress }))
  }

  /** A review of some folders only, with its own rule and thresholds; nothing of it is kept. */
  async reviewOf(only: readonly FilePath[], rule: KeepRule, thresholds: Partial<Thresholds>): Promise<ReviewSession> {
    const chosen = { ...savedThresholds(this.catalog, this.backend), ...thresholds }
    return new ReviewSession(this.catalog, await reviewModel(this.backend), chosen, { rule, only })
  }

  setThresholds(thresholds: Thresholds): void {
    this.review.setThresholds(thresholds)
    this.catalog.kv.set(thresholdsKey(this.backend), thresholds)
    this.emitGroups()
  }

  /** Takes the thresholds and the links of the model that is chosen now. */
  async modelChanged(): Promise<void> {
    this.review.setModel(await reviewModel(this.backend), savedThresholds(this.catalog, this.backend))
    this.emitGroups()
    await this.emitBackend()
  }

  /** Stops what runs, lets it write its last batch, and closes the catalog. */
  async close(): Promise<void> {
    this.#scan?.cancel()
    await this.#scan?.done
    if (this.#reloadTimer !== null) clearTimeout(this.#reloadTimer)
    await this.#matching.catch(() => undefined)
    await this.backend.close()
    this.#log.close()
    this.catalog.close()
  }

  async #change(work: () => Promise<CleanUpReport>): Promise<CleanUpReport> {
    this.mustBeIdle()
    this.#changing = true
    try {
      return await work()
    } finally {
      this.#changing = false
      this.review.reload()
      this.emit({ type: 'library-changed' })
      this.emitGroups()
    }
  }

  mustBeIdle(): void {
    if (this.#changing)
      throw new TwinlensError('busy', 'A scan or a clean-up is running. Wait for it, or stop it first.')
  }

  #endScan(): void {
    this.#scan = null
    this.#changing = false
    this.#lastProgress = null
    if (this.#reloadTimer !== null) clearTimeout(this.#reloadTimer)
    this.#reloadTimer = null
    this.review.reload()
    this.emit({ type: 'library-changed' })
    this.emitGroups()
  }

  /** [Note: Groups while a scan runs] Identical files show at once; searched links follow each time the library has doubled. */
  #liveUpdate(tiers: readonly Tier[]): void {
    this.#reloadTimer ??= setTimeout(
      () => {
        this.#reloadTimer = null
        void this.#liveReload(tiers)
      },
      Math.max(liveReloadMs, this.#reloadCostMs * 4),
    )
  }

  async #liveReload(tiers: readonly Tier[]): Promise<void> {
    const scan = this.#scan
    if (scan === null) return
    const { photos } = this.catalog.photos.counts()
    const matched = this.catalog.links.matched('perceptual', 0).size
    if (photos - matched >= Math.max(liveMatchPhotos, matched)) {
      await this.#match(tiers, scan.signal, () => undefined).catch((error: unknown) => {
        if (!isCancellation(error)) console.error(asTwinlensError(error).message)
      })
    }
    if (this.#scan !== scan) return
    const started = performance.now()
    this.review.reload()
    this.emitGroups()
    this.emit({ type: 'library-changed' })
    this.#reloadCostMs = performance.now() - started
  }

  /** Matching runs never overlap: each waits for the one before. */
  #match(tiers: readonly Tier[], signal: AbortSignal, onMatched: (photos: number) => void): Promise<void> {
    const next = this.#matching.catch(() => undefined).then(() => this.#matchNow(tiers, signal, onMatched))
    this.#matching = next
    return next
  }

  async #matchNow(tiers: readonly Tier[], signal: AbortSignal, onMatched: (photos: number) => void): Promise<void> {
    const model = tiers.includes('ai') ? await reviewModel(this.backend) : null
    if (!tiers.includes('perceptual') && model === null) return
    const product = model === null ? null : createBlockProduct({ resourcesDir: this.#options.resourcesDir })
    try {
      const ai = model !== null && product !== null ? { ...model, search: createBlockPairSearch(product) } : null
      await findDuplicates({ catalog: this.catalog, ai, signal, onMatched })
    } finally {
      await product?.close()
    }
  }

  #refuseInsideLibrary(path: FilePath): void {
    for (const folder of this.catalog.folders.list()) {
      if (path !== folder.path && !path.startsWith(`${folder.path}/`) && !path.startsWith(`${folder.path}\\`)) continue
      const message = `${displayPath(path)} is inside the library folder ${displayPath(folder.path)}: photos moved there would be found again. Choose another folder.`
      throw new TwinlensError('destination-unusable', message)
    }
  }
}

async function reviewModel(backend: LocalBackend): Promise<ReviewModel | null> {
  const spaceId = await backend.spaceId()
  return spaceId === null ? null : { spaceId, floor: backend.spec.thresholds.floor }
}

function thresholdsKey(backend: LocalBackend): string {
  return `thresholds:${backend.spec.id}`
}

function savedThresholds(catalog: Catalog, backend: LocalBackend): Thresholds {
  const saved = catalog.kv.get(thresholdsKey(backend), Thresholds)
  return saved ?? { perceptualDistance: perceptualDefault, similarity: backend.spec.thresholds.default }
}
