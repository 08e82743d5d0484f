import type { EngineEvent } from '../shared/contract/calls.ts'
import type { Tier } from '../shared/contract/groups.ts'
import type { ScanOptions, ScanProgress } from '../shared/contract/scan.ts'
import { asTwinlensError, isCancellation, TwinlensError } from '../shared/errors.ts'
import type { Backends } from './backends.ts'
import type { OpenBackend } from './backends/choose-backend.ts'
import type { Catalog } from './catalog/catalog.ts'
import { frameSpaceKey } from './catalog/embeddings.ts'
import { createLookPool } from './confirming/look-pool.ts'
import { createBlockProduct } from './embedding/block-product.ts'
import type { InFlightLog } from './files/in-flight-log.ts'
import { findDuplicates, type SearchedModel } from './find-duplicates.ts'
import { analysePhoto } from './imaging/analyse.ts'
import { defaultDecodeLimits } from './imaging/limits.ts'
import { createBlockNeighbourSearch } from './matching/neighbour-search.ts'
import type { ReviewModel, ReviewSession } from './reviewing/review-session.ts'
import { startScan, type RunningScan } from './scan-library.ts'

export interface ScanRequest {
  /** Null: all folders of the library. */
  folderIds: readonly number[] | null
  options: ScanOptions
  tiers: readonly Tier[]
  /** Show groups while the scan runs: costs a little, so the command line leaves it. */
  live: boolean
}

export interface ScanJobParts {
  catalog: Catalog
  log: InFlightLog
  backends: Backends
  review: ReviewSession
  resourcesDir: string
  /** The review shows this backend's space from now on. Returns it. */
  takeBackend(backend: OpenBackend): ReviewModel
  emit(event: EngineEvent): void
  emitGroups(): void
}

/** Matching in mid-scan waits for this many new photos, and for as many as have been matched already. */
const liveMatchPhotos = 500
/** Groups are drawn anew at most this often while a scan runs, and never for more than a fifth of the time. */
const liveReloadMs = 1500

/** One scan with its matching. Opens the backend first (`open`), then runs until `done`. */
export class ScanJob implements RunningScan {
  readonly #parts: ScanJobParts
  readonly #request: ScanRequest
  readonly #cancelled = new AbortController()
  readonly #done = Promise.withResolvers<ScanProgress>()
  #opened: Promise<void> = Promise.resolve()
  #failedToOpen = false
  #backend: OpenBackend | null = null
  #searched: Omit<SearchedModel, 'search'> | null = null
  #running: RunningScan | null = null
  /** This computer is to start again where the servers stopped. */
  #restart = false
  #lastProgress: ScanProgress | null = null
  #matching: Promise<void> = Promise.resolve()
  #reloadTimer: NodeJS.Timeout | null = null
  #reloadCostMs = 0

  constructor(parts: ScanJobParts, request: ScanRequest) {
    this.#parts = parts
    this.#request = request
  }

  /** Throws the backend's codes when it can't be opened; the scan has not begun then. */
  async open(): Promise<void> {
    const opened = Promise.withResolvers<void>()
    this.#opened = opened.promise
    try {
      if (this.#request.tiers.includes('ai')) this.#take(await this.#parts.backends.openAnew(this.#cancelled.signal))
      void this.#run()
    } catch (error) {
      this.#failedToOpen = true
      throw error
    } finally {
      opened.resolve()
    }
  }

  get signal(): AbortSignal {
    return this.#running?.signal ?? this.#cancelled.signal
  }

  get done(): Promise<ScanProgress> {
    return this.#done.promise
  }

  get lastProgress(): ScanProgress | null {
    return this.#lastProgress
  }

  pause(): void {
    this.#running?.pause()
  }

  resume(): void {
    this.#running?.resume()
  }

  cancel(): void {
    this.#cancelled.abort()
    this.#running?.cancel()
  }

  /**
   * Goes on with this computer: with the same model where it is here and gives the same vectors, otherwise the servers' part
   * ends (what it recorded is kept) and the scan starts again with the local model.
   *
   * @throws TwinlensError `invalid-request` where this computer computes already; what opening the local model throws
   */
  async useLocal(): Promise<void> {
    const backend = this.#backend
    if (backend === null || backend.embedder.description.kind === 'local')
      throw new TwinlensError('invalid-request', 'This computer does the work already.')
    if (backend.useLocal !== null) return backend.useLocal('On request.')
    this.#restart = true
    this.#running?.cancel()
    return Promise.resolve()
  }

  /** Resolves when nothing of the job is at work any more. */
  async settled(): Promise<void> {
    await this.#opened
    if (this.#failedToOpen) return
    await this.#done.promise
    await this.#matching.catch(() => undefined)
  }

  async #run(): Promise<void> {
    let last = await this.#runOnce()
    if (this.#restart && last.phase === 'cancelled' && !this.#cancelled.signal.aborted) {
      try {
        await this.#parts.backends.closeOpen()
        this.#take(
          await this.#parts.backends.openLocal('On request this computer started again where the servers had stopped.'),
        )
        last = await this.#runOnce()
      } catch (error) {
        const { code, message } = asTwinlensError(error)
        last = { ...last, phase: 'failed', code, message }
      }
    }
    if (this.#reloadTimer !== null) clearTimeout(this.#reloadTimer)
    this.#reloadTimer = null
    this.#show(last)
    this.#done.resolve(last)
  }

  #runOnce(): Promise<ScanProgress> {
    const { catalog, log, review, backends } = this.#parts
    const { folderIds, options, live } = this.#request
    const folders = catalog.folders.list().filter((folder) => folderIds === null || folderIds.includes(folder.id))
    const backend = this.#backend
    const scan = startScan(
      folders,
      options,
      {
        catalog,
        log,
        limits: defaultDecodeLimits,
        analyse: analysePhoto,
        model: backend && {
          embedder: backend.embedder,
          preprocessing: backend.spec.input.preprocessing,
          describe: () => backends.describe(),
        },
        local: { possible: true, note: backend?.localNote ?? '' },
        onBatch: () => {
          if (live) this.#liveUpdate()
        },
        match: async (signal, onMatched) => {
          // The command has no more use for the model; its memory is then there for matching.
          if (!live) await backends.closeOpen()
          await this.#match(signal, onMatched)
        },
        groupCount: () => review.groupCount,
      },
      (progress) => {
        // The last frame is shown by `#run`: it may be the end of the servers' part only.
        if ('stats' in progress || progress.phase === 'failed') this.#lastProgress = progress
        else this.#show(progress)
      },
    )
    this.#running = scan
    if (this.#cancelled.signal.aborted) scan.cancel()
    return scan.done
  }

  #show(progress: ScanProgress): void {
    this.#lastProgress = progress
    this.#parts.emit({ type: 'scan', progress })
  }

  /** What the scan computes with, and the review shows, from now on. */
  #take(backend: OpenBackend): void {
    this.#backend = backend
    const { spaceId, floor } = this.#parts.takeBackend(backend)
    const frameSpaceId = this.#parts.catalog.embeddings.space(frameSpaceKey(backend.embedder.spaceKey))
    this.#searched = { spaceId, frameSpaceId, floor, similarFrom: backend.spec.thresholds.similar }
  }

  /** [Note: Groups while a scan runs] Identical files show at once; searched links follow each time the library has doubled. */
  #liveUpdate(): void {
    this.#reloadTimer ??= setTimeout(
      () => {
        this.#reloadTimer = null
        void this.#liveReload()
      },
      Math.max(liveReloadMs, this.#reloadCostMs * 4),
    )
  }

  async #liveReload(): Promise<void> {
    const { catalog, review, emit, emitGroups } = this.#parts
    const scan = this.#running
    if (scan === null || scan.signal.aborted) return
    const { photos } = catalog.photos.counts()
    const matched = catalog.links.matched('perceptual', 0).size
    if (photos - matched >= Math.max(liveMatchPhotos, matched)) {
      await this.#match(scan.signal, () => undefined).catch((error: unknown) => {
        if (!isCancellation(error)) console.error(asTwinlensError(error).message)
      })
    }
    if (this.#running !== scan) return
    const started = performance.now()
    review.reload()
    emitGroups()
    emit({ type: 'library-changed' })
    this.#reloadCostMs = performance.now() - started
  }

  /** Matching runs never overlap: each waits for the one before. */
  #match(signal: AbortSignal, onMatched: (photos: number) => void): Promise<void> {
    const next = this.#matching.catch(() => undefined).then(() => this.#matchNow(signal, onMatched))
    this.#matching = next
    return next
  }

  async #matchNow(signal: AbortSignal, onMatched: (photos: number) => void): Promise<void> {
    const { catalog, resourcesDir } = this.#parts
    const { tiers } = this.#request
    const model = tiers.includes('ai') ? this.#searched : null
    if (!tiers.includes('perceptual') && model === null) return
    const product = model === null ? null : createBlockProduct({ resourcesDir })
    const looks = createLookPool()
    try {
      const ai: SearchedModel | null =
        model === null || product === null ? null : { ...model, search: createBlockNeighbourSearch(product) }
      await findDuplicates({ catalog, looks, ai, signal, onMatched })
    } finally {
      await Promise.all([product?.close(), looks.close()])
    }
  }
}
