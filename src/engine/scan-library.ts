import { availableParallelism } from 'node:os'
import type { ScanOptions, ScanProgress, ScanStats } from '../shared/contract/scan.ts'
import type { Preprocessing } from '../shared/contract/photo.ts'
import type { FilePath, FileStamp } from '../shared/domain/file-path.ts'
import { asTwinlensError, isCancellation, throwIfCancelled } from '../shared/errors.ts'
import type { Catalog } from './catalog/catalog.ts'
import type { FileRow } from './catalog/file-rows.ts'
import type { FolderRow } from './catalog/folders.ts'
import type { Embedder } from './embedding/embedder.ts'
import type { InFlightLog } from './files/in-flight-log.ts'
import { isFolder } from './files/folder-state.ts'
import { walk, type WalkEntry } from './files/walk.ts'
import type { analysePhoto } from './imaging/analyse.ts'
import type { DecodeLimits } from './imaging/limits.ts'
import { BoundedQueue } from './scanning/bounded-queue.ts'
import { ByteBudget } from './scanning/byte-budget.ts'
import { Gate } from './scanning/gate.ts'
import type { FileOutcome, WalkedFile } from './scanning/outcome.ts'
import { PhotoReader } from './scanning/photo-reader.ts'
import { Recorder } from './scanning/recorder.ts'
import { ScanMeter } from './scanning/scan-meter.ts'

/** Bytes of files held in memory at once. */
const bytesInFlight = 192 * 2 ** 20

/** Walking may run this many files ahead of reading, so that totals are known early; about 300 bytes each. */
const walkAhead = 200_000

/** Reasons that may be gone next time although the file did not change: such files are tried in every scan. */
const passingReasons = new Set([
  'permission-denied',
  'vanished',
  'read-error',
  'changed-while-reading',
  'decode-timeout',
])

export interface ScanParts {
  catalog: Catalog
  log: InFlightLog
  limits: DecodeLimits
  /** Decodes and measures one photo. */
  analyse: typeof analysePhoto
  /** Null when only hashes are wanted. */
  model: { embedder: Embedder; preprocessing: Preprocessing } | null
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
  #phase: 'listing' | 'analysing' | 'matching' = 'listing'

  constructor(options: ScanOptions, parts: ScanParts, onProgress: (progress: ScanProgress) => void) {
    this.#options = options
    this.#parts = parts
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
      await this.#parts.match(this.controller.signal, (photos) => {
        this.#meter.matched = photos
      })
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
      model: model && { ...model, spaceId: catalog.embeddings.space(model.embedder.spaceKey) },
      signal: this.controller.signal,
    })
    const queue = new BoundedQueue<{ file: WalkedFile; folderId: number }>(walkAhead)
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
    const abort = (): void => queue.end()
    this.controller.signal.addEventListener('abort', abort, { once: true })
    const workers = Array.from({ length: Math.max(4, availableParallelism() * 2) }, work)
    try {
      await Promise.all([this.#list(folders, queue, recorder, scanId, unsure), ...workers])
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

  async #list(
    folders: FolderRow[],
    queue: BoundedQueue<{ file: WalkedFile; folderId: number }>,
    recorder: Recorder,
    scanId: number,
    unsure: Map<number, string[]>,
  ): Promise<void> {
    const idOf = folderFinder(folders)
    const entries = walk(
      folders.map((folder) => folder.path),
      { ...this.#options, signal: this.controller.signal },
    )
    for await (const batch of entries) {
      await this.#gate.pass(this.controller.signal)
      await this.#listBatch(batch, idOf, queue, recorder, scanId, unsure)
    }
    this.#phase = 'analysing'
    queue.end()
  }

  async #listBatch(
    batch: WalkEntry[],
    idOf: (path: FilePath) => number | undefined,
    queue: BoundedQueue<{ file: WalkedFile; folderId: number }>,
    recorder: Recorder,
    scanId: number,
    unsure: Map<number, string[]>,
  ): Promise<void> {
    const files = batch.filter((entry) => entry.kind === 'file')
    const known = this.#parts.catalog.photos.lookup(files.map((file) => file.path))
    for (const entry of batch) {
      if (entry.kind === 'passed-over') {
        this.#meter.passedOver++
        continue
      }
      const folderId = idOf(entry.kind === 'file' ? entry.folder : entry.path)
      if (folderId === undefined) continue
      if (entry.kind === 'problem') {
        this.#meter.found++
        this.#meter.done++
        this.#meter.unreadable++
        unsure.get(folderId)?.push(entry.path)
        const outcome = { kind: 'unreadable', code: entry.code, message: entry.message, contentHash: null } as const
        recorder.add({ folderId, path: entry.path, stamp: noStamp, scanId, outcome })
        continue
      }
      this.#meter.found++
      const row = known.get(entry.path)
      if (row !== undefined && this.#unchanged(row, entry)) this.#reuse(row, recorder)
      else await queue.push({ file: entry, folderId })
    }
  }

  #unchanged(row: FileRow, file: WalkedFile): boolean {
    if (row.stamp.bytes !== file.stamp.bytes || row.stamp.modifiedNs !== file.stamp.modifiedNs) return false
    if (row.state === 'unreadable') return !passingReasons.has(row.code ?? '')
    if (row.state === 'other' || row.contentId === null) return row.state === 'other'
    const { model, catalog } = this.#parts
    return model === null || catalog.embeddings.has(catalog.embeddings.space(model.embedder.spaceKey), row.contentId)
  }

  #reuse(row: FileRow, recorder: Recorder): void {
    this.#meter.done++
    recorder.touch(row.id)
    if (row.state === 'other') {
      this.#meter.found--
      this.#meter.done--
      this.#meter.passedOver++
    } else if (row.state === 'unreadable') {
      this.#meter.unreadable++
    } else {
      this.#meter.reused++
      this.#meter.photos++
      this.#meter.bytes += row.stamp.bytes
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
      backend: this.#parts.model?.embedder.description ?? null,
    }
  }

  #report(): void {
    this.#onProgress({ phase: this.#gate.closed ? 'paused' : this.#phase, ...this.#counters() })
  }
}

/** Of a file or folder that could not even be looked at. */
const noStamp: FileStamp = { bytes: 0, modifiedNs: 0n, device: 0n, inode: 0n, links: 0 }

/** The innermost folder of the library that a path is in. */
function folderFinder(folders: readonly FolderRow[]): (path: FilePath) => number | undefined {
  const innermostFirst = [...folders].sort((a, b) => b.path.length - a.path.length)
  const exact = new Map(folders.map((folder) => [folder.path, folder.id]))
  return (path) => exact.get(path) ?? innermostFirst.find((folder) => path.startsWith(folder.path))?.id
}
