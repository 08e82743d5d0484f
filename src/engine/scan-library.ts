import { availableParallelism } from 'node:os'
import type { BackendDescription } from '../shared/contract/models.ts'
import type { ScanOptions, ScanProgress, ScanStats } from '../shared/contract/scan.ts'
import type { Preprocessing } from '../shared/contract/photo.ts'
import { asTwinlensError, isCancellation, throwIfCancelled } from '../shared/errors.ts'
import type { Catalog } from './catalog/catalog.ts'
import { frameSpaceKey } from './catalog/embeddings.ts'
import type { FolderRow } from './catalog/folders.ts'
import type { Embedder } from './embedding/embedder.ts'
import type { InFlightLog } from './files/in-flight-log.ts'
import { isFolder } from './files/folder-state.ts'
import type { analysePhoto } from './imaging/analyse.ts'
import type { DecodeLimits } from './imaging/limits.ts'
import { BoundedQueue } from './scanning/bounded-queue.ts'
import { ByteBudget } from './scanning/byte-budget.ts'
import { Gate } from './scanning/gate.ts'
import { Lister, type FoundFile } from './scanning/lister.ts'
import type { FileOutcome, WalkedFile } from './scanning/outcome.ts'
import { PhotoReader } from './scanning/photo-reader.ts'
import { Recorder } from './scanning/recorder.ts'
import { ScanMeter } from './scanning/scan-meter.ts'

/** Bytes of files held in memory at once. */
const bytesInFlight = 192 * 2 ** 20

/** Walking may run this many files ahead of reading, so that totals are known early; about 300 bytes each. */
const walkAhead = 200_000

export interface ScanParts {
  catalog: Catalog
  log: InFlightLog
  limits: DecodeLimits
  /** Decodes and measures one photo. */
  analyse: typeof analysePhoto
  /** Null when only hashes are wanted. */
  model: { embedder: Embedder; preprocessing: Preprocessing; describe: () => BackendDescription | null } | null
  /** Whether this computer could go on in an outage, and what that would mean, a sentence. */
  local: { possible: boolean; note: string }
  /** Called after each batch is in the catalog; matches what is new when that is worth it. */
  onBatch: () => void
  /** Called once at the end: everything that was found is compared. Returns the number of photos compared. */
  match: (signal: AbortSignal, onMatched: (photos: number) => void) => Promise<void>
  groupCount: () => number
}

export interface RunningScan {
  pause(): void
  resume(): void
  cancel(): void
  /** Raised when the scan is cancelled or has failed. */
  readonly signal: AbortSignal
  /** Resolves with the last progress frame: finished, cancelled or failed. Never rejects. */
  readonly done: Promise<ScanProgress>
}

/**
 * Scans folders: walking, reading and hashing, decoding and embedding run at the same time, joined by bounded queues. What is
 * finished is in the catalog within a second; cancelling stops within one batch.
 */
export function startScan(
  folders: readonly FolderRow[],
  options: ScanOptions,
  parts: ScanParts,
  onProgress: (progress: ScanProgress) => void,
): RunningScan {
  const scan = new Scan(options, parts, onProgress)
  return {
    pause: () => scan.pause(),
    resume: () => scan.resume(),
    cancel: () => scan.cancel(),
    signal: scan.controller.signal,
    done: scan.run(folders),
  }
}

class Scan {
  readonly controller = new AbortController()
  readonly #gate = new Gate()
  readonly #meter = new ScanMeter(performance.now())
  readonly #options: ScanOptions
  readonly #parts: ScanParts
  readonly #onProgress: (progress: ScanProgress) => void
  #described: BackendDescription | null
  #phase: 'listing' | 'analysing' | 'matching' = 'listing'

  constructor(options: ScanOptions, parts: ScanParts, onProgress: (progress: ScanProgress) => void) {
    this.#options = options
    this.#parts = parts
    this.#described = parts.model?.describe() ?? null
    this.#onProgress = onProgress
  }

  pause(): void {
    this.#gate.close(performance.now())
    this.#report()
  }

  resume(): void {
    this.#gate.open(performance.now())
    this.#meter.resume(performance.now())
    this.#report()
  }

  cancel(): void {
    this.controller.abort()
    this.#gate.open(performance.now())
  }

  async run(folders: readonly FolderRow[]): Promise<ScanProgress> {
    const ticker = setInterval(() => this.#report(), 100)
    let last: ScanProgress
    try {
      await this.#scanFolders(folders)
      this.#phase = 'matching'
      const onMatched = (photos: number): void => {
        this.#meter.matched = photos
      }
      await this.#meter.matching(
        () => this.#workingSeconds(),
        () => this.#parts.match(this.controller.signal, onMatched),
      )
      this.#meter.matched = this.#meter.photos
      last = { phase: 'finished', ...this.#counters(), stats: this.#stats() }
    } catch (error) {
      const { code, message } = asTwinlensError(error)
      last = isCancellation(error)
        ? { phase: 'cancelled', ...this.#counters(), stats: this.#stats() }
        : { phase: 'failed', ...this.#counters(), code, message }
    } finally {
      clearInterval(ticker)
    }
    this.#onProgress(last)
    return last
  }

  async #scanFolders(folders: readonly FolderRow[]): Promise<void> {
    const { catalog } = this.#parts
    const scanId = catalog.photos.nextScanId()
    const present: FolderRow[] = []
    for (const folder of folders) {
      const online = await isFolder(folder.path)
      catalog.folders.setOnline(folder.id, online)
      if (online) present.push(folder)
    }
    const unsure = new Map(present.map((folder) => [folder.id, [] as string[]]))
    const recorder = new Recorder(catalog, scanId, () => this.#parts.onBatch())
    try {
      await this.#pipeline(present, scanId, recorder, unsure)
    } finally {
      recorder.flush()
    }
    for (const folder of present) {
      catalog.photos.finishScan({ folderId: folder.id, scanId, unsure: unsure.get(folder.id) ?? [] })
      catalog.folders.markScanned(folder.id, Date.now())
    }
  }

  async #pipeline(
    folders: FolderRow[],
    scanId: number,
    recorder: Recorder,
    unsure: Map<number, string[]>,
  ): Promise<void> {
    const { catalog, log, limits, analyse, model } = this.#parts
    const reader = new PhotoReader({
      catalog,
      log,
      limits,
      analyse,
      meter: this.#meter,
      model: model && {
        ...model,
        spaceId: catalog.embeddings.space(model.embedder.spaceKey),
        frameSpaceId: catalog.embeddings.space(frameSpaceKey(model.embedder.spaceKey)),
      },
      signal: this.controller.signal,
    })
    const queue = new BoundedQueue<FoundFile>(walkAhead)
    const budget = new ByteBudget(bytesInFlight)
    const settle = (file: WalkedFile, folderId: number, outcome: FileOutcome): void => {
      this.#count(outcome, file.stamp.bytes)
      recorder.add({ folderId, path: file.path, stamp: file.stamp, scanId, outcome })
    }
    const work = async (): Promise<void> => {
      for (let next = await queue.take(); next !== undefined; next = await queue.take()) {
        if (this.#gate.closed) reader.flush()
        await this.#gate.pass(this.controller.signal)
        const { file, folderId } = next
        await budget.take(file.stamp.bytes)
        try {
          await reader.read(file, (outcome) => settle(file, folderId, outcome))
        } finally {
          budget.give(file.stamp.bytes)
        }
      }
    }
    const spaceId = model && catalog.embeddings.space(model.embedder.spaceKey)
    const lister = new Lister({
      catalog,
      spaceId,
      meter: this.#meter,
      gate: this.#gate,
      queue,
      recorder,
      scanId,
      unsure,
    })
    const list = async (): Promise<void> => {
      await lister.list(folders, { ...this.#options, signal: this.controller.signal })
      this.#phase = 'analysing'
      queue.end()
    }
    const abort = (): void => queue.end()
    this.controller.signal.addEventListener('abort', abort, { once: true })
    const workers = Array.from({ length: Math.max(4, availableParallelism() * 2) }, work)
    try {
      await Promise.all([list(), ...workers])
      await reader.drain()
      throwIfCancelled(this.controller.signal)
    } catch (error) {
      // One stage failed: the others must come to rest before the recorder's last flush.
      if (!this.controller.signal.aborted) this.controller.abort(error)
      queue.end()
      await Promise.allSettled(workers)
      throw error
    }
  }

  #count(outcome: FileOutcome, bytes: number): void {
    if (outcome.kind === 'other') {
      this.#meter.found--
      this.#meter.passedOver++
      return
    }
    this.#meter.worked()
    if (outcome.kind === 'unreadable') {
      this.#meter.unreadable++
    } else {
      this.#meter.photos++
      this.#meter.bytes += bytes
    }
  }

  #workingSeconds(): number {
    const now = performance.now()
    return (now - this.#meter.startedMs - this.#gate.heldMs(now)) / 1000
  }

  #stats(): ScanStats {
    return this.#meter.stats(this.#workingSeconds())
  }

  #counters() {
    const meter = this.#meter
    return {
      found: meter.found,
      read: meter.done,
      reused: meter.reused,
      embedded: meter.embedded,
      matched: meter.matched,
      unreadable: meter.unreadable,
      groups: this.#parts.groupCount(),
      imagesPerSecond: meter.rate(performance.now()),
      secondsLeft: this.#phase === 'analysing' ? meter.secondsLeft(this.#workingSeconds()) : null,
      backend: this.#backend(),
      outage: this.#outage(),
    }
  }

  /** The last description is kept: the backend may be closed before the end. */
  #backend(): BackendDescription | null {
    this.#described = this.#parts.model?.describe() ?? this.#described
    return this.#described
  }

  #outage(): ScanProgress['outage'] {
    const outage = this.#parts.model?.embedder.outage ?? null
    const { possible, note } = this.#parts.local
    return outage && { ...outage, reason: `${outage.reason} ${note}`.trim(), localPossible: possible }
  }

  #report(): void {
    this.#onProgress({ phase: this.#gate.closed ? 'paused' : this.#phase, ...this.#counters() })
  }
}
