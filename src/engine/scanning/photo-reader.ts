import type { Catalog } from '../catalog/catalog.ts'
import type { Embedder } from '../embedding/embedder.ts'
import type { InFlightLog } from '../files/in-flight-log.ts'
import { hashContent, readHead, readWhole } from '../files/read.ts'
import { nameOf } from '../files/native-path.ts'
import { ReadMemory } from '../files/read-memory.ts'
import type { FileOutcome, WalkedFile } from './outcome.ts'
import type { analysePhoto } from '../imaging/analyse.ts'
import type { DecodeLimits } from '../imaging/limits.ts'
import { looksLikePhotoName, sniffFormat } from '../imaging/sniff.ts'
import { unreadableCodes, TwinlensError, isCancellation, type UnreadableCode } from '../../shared/errors.ts'
import type { Preprocessing } from '../../shared/contract/photo.ts'
import type { PhotoAnalysis } from '../../shared/domain/analysis.ts'
import { EmbeddingBatcher } from './embedding-batcher.ts'
import { SoloLock } from './solo-lock.ts'
import type { ScanMeter } from './scan-meter.ts'

/** Bytes that tell the format of a file whose name promises nothing. */
const headBytes = 64

/** Times a photo may end the process while it was the only one being decoded. See [Note: Quarantine]. */
const lonelyCrashes = 2

/** Contents remembered until the catalog has them: several of the recorder's batches. */
const mostSettled = 1024

/**
 * Decoded photos that may wait for the embedder before decoding pauses: this many batches, or as many as it has use for at a
 * time and two more, yet never more than these bytes of pixels (an outage fills that room) unless two batches need them.
 */
const waitingBatches = 4
const waitingBytes = 96 * 2 ** 20

export interface ReaderParts {
  catalog: Catalog
  log: InFlightLog
  limits: DecodeLimits
  /** Decodes and measures one photo. */
  analyse: typeof analysePhoto
  meter: ScanMeter
  /** `frameSpaceId`: for pictures within flat borders. */
  model: { embedder: Embedder; spaceId: number; frameSpaceId: number; preprocessing: Preprocessing } | null
  signal: AbortSignal
}

type Settle = (outcome: FileOutcome) => void

/** What is already known of a content: nothing, that it cannot be shown, or which results it has. */
type Known = { unreadable: { code: UnreadableCode; message: string } } | { embedded: boolean } | undefined

/**
 * Turns walked files into outcomes: reads each once, hashes it once, decodes it at most once. Content that was seen before
 * (in the catalog or earlier in this scan) is not decoded again.
 */
export class PhotoReader {
  readonly #parts: ReaderParts
  readonly #solo = new SoloLock()
  /** Lends each file its bytes until `#analyse` has settled: nothing of a result lies in them. */
  readonly #memory = new ReadMemory()
  /** Contents being worked on in this scan, with what comes of them: the second file of the same content waits for the first. */
  readonly #inFlight = new Map<string, Promise<FileOutcome>>()
  /** What came of the last contents, without their results: these may not be in the catalog yet, though earlier in its queue. */
  readonly #settled = new Map<string, FileOutcome>()
  readonly #batcher: EmbeddingBatcher | null
  readonly #later = new Set<Promise<void>>()
  #forRoom: (() => void)[] = []
  #failure: unknown = null

  constructor(parts: ReaderParts) {
    this.#parts = parts
    this.#batcher = parts.model ? new EmbeddingBatcher(parts.model.embedder, parts.signal) : null
  }

  /**
   * Reads one file; `settle` is called once with its outcome, perhaps after this call has returned: a photo waits for its
   * embedding without holding a decoder. Of identical files the one that was decoded settles first.
   * Rejects only with what ends the scan (cancelled, backend unusable).
   */
  async read(file: WalkedFile, settle: Settle): Promise<void> {
    const { meter, limits, signal } = this.#parts
    await this.#room()
    try {
      if (!looksLikePhotoName(nameOf(file.path)) && sniffFormat(await readHead(file.path, headBytes)) === null) {
        return settle({ kind: 'other' })
      }
      const memory = this.#memory
      const { bytes } = await readWhole(file.path, file.stamp, { maxBytes: limits.maxBytes, signal, memory })
      meter.read++
      try {
        await this.#analyse(bytes, hashContent(bytes), settle)
      } finally {
        memory.give(bytes)
      }
    } catch (error) {
      settle(unreadable(error, null))
    }
  }

  /** Lets the embedder take a last batch that is not full. */
  flush(): void {
    this.#batcher?.flush()
  }

  /** Resolves when every photo that was read has settled. Rejects with what ends the scan. */
  async drain(): Promise<void> {
    while (this.#later.size > 0) {
      this.flush()
      await Promise.race([...this.#later])
    }
    if (this.#failure !== null) throw this.#failure
  }

  async #room(): Promise<void> {
    while (this.#later.size >= this.#mostWaiting() && this.#failure === null) {
      await new Promise<void>((wake) => this.#forRoom.push(wake))
    }
    if (this.#failure !== null) throw this.#failure
  }

  #mostWaiting(): number {
    const { model } = this.#parts
    if (model === null) return waitingBatches
    const { batchSize, concurrency } = model.embedder
    const { width, height } = model.preprocessing
    const wanted = Math.max(waitingBatches, concurrency + 2) * batchSize
    return Math.max(2 * batchSize, Math.min(wanted, Math.floor(waitingBytes / (width * height * 3))))
  }

  async #analyse(bytes: Buffer, hash: Uint8Array, settle: Settle): Promise<void> {
    const hex = Buffer.from(hash).toString('hex')
    const earlier = this.#inFlight.get(hex)
    if (earlier !== undefined) {
      this.#parts.meter.reused++
      this.#settleLater(earlier.then((outcome) => settle(withoutResults(outcome))))
      return
    }
    const settled = this.#settled.get(hex)
    if (settled !== undefined) {
      if (settled.kind === 'photo') this.#parts.meter.reused++
      return settle(settled)
    }
    const known = this.#known(hash)
    if (known !== undefined && 'unreadable' in known) {
      return settle({ kind: 'unreadable', ...known.unreadable, contentHash: hash })
    }
    if (known?.embedded) {
      this.#parts.meter.reused++
      return settle({ kind: 'photo', contentHash: hash, analysis: null, embedding: null })
    }
    const { promise, resolve, reject } = Promise.withResolvers<FileOutcome>()
    promise.catch(() => undefined)
    this.#inFlight.set(hex, promise)
    const finish = (outcome: FileOutcome): void => {
      settle(outcome)
      this.#inFlight.delete(hex)
      this.#remember(hex, outcome)
      resolve(outcome)
    }
    try {
      const analysis = await this.#decode(bytes, hex)
      const kept = known === undefined ? { ...analysis, modelPixels: null, framePixels: null } : null
      this.#embed(analysis, hash, kept, finish, reject)
    } catch (error) {
      if (isCancellation(error)) reject(error)
      finish(unreadable(error, hash))
    }
  }

  #remember(hex: string, outcome: FileOutcome): void {
    this.#settled.set(hex, withoutResults(outcome))
    const [oldest] = this.#settled.keys()
    if (oldest !== undefined && this.#settled.size > mostSettled) this.#settled.delete(oldest)
  }

  async #decode(bytes: Buffer, hex: string): Promise<PhotoAnalysis> {
    const { analyse, log, limits, meter, model, signal } = this.#parts
    const crashes = log.suspects.get(hex)
    if (crashes !== undefined && crashes >= lonelyCrashes) {
      log.end(hex)
      throw new TwinlensError('decoder-crashed', 'Decoding this file ended the program twice, so it is left alone.')
    }
    const decode = async (): Promise<PhotoAnalysis> => {
      log.begin(hex, crashes !== undefined)
      try {
        return await analyse(bytes, { preprocessing: model?.preprocessing ?? null, limits, signal })
      } finally {
        log.end(hex)
      }
    }
    const analysis = await (crashes === undefined ? this.#solo.shared(decode) : this.#solo.alone(decode))
    meter.decoded++
    return analysis
  }

  #embed(
    analysis: PhotoAnalysis,
    contentHash: Uint8Array,
    kept: PhotoAnalysis | null,
    finish: Settle,
    fail: (error: unknown) => void,
  ): void {
    const { meter, model } = this.#parts
    if (model === null || this.#batcher === null || analysis.modelPixels === null) {
      return finish({ kind: 'photo', contentHash, analysis: kept, embedding: null })
    }
    const batcher = this.#batcher
    const pixels = [analysis.modelPixels, analysis.framePixels].filter((each) => each !== null)
    const embedded = Promise.all(pixels.map((each) => batcher.add(each))).then(
      ([vector, framed]) => {
        if (vector === undefined || vector instanceof TwinlensError) {
          const notEmbedded = vector?.message ?? 'The backend gave no answer for this photo.'
          return finish({ kind: 'photo', contentHash, analysis: kept, embedding: null, notEmbedded })
        }
        meter.embedded++
        const frameEmbedding =
          framed === undefined || framed instanceof TwinlensError
            ? null
            : { spaceId: model.frameSpaceId, vector: framed }
        if (frameEmbedding !== null) meter.framesEmbedded++
        const embedding = { spaceId: model.spaceId, vector }
        finish({ kind: 'photo', contentHash, analysis: kept, embedding, frameEmbedding })
      },
      (error: unknown) => {
        fail(error)
        throw error
      },
    )
    this.#settleLater(embedded)
  }

  #settleLater(work: Promise<void>): void {
    const tracked: Promise<void> = work
      .catch((error: unknown) => {
        this.#failure ??= error
      })
      .finally(() => {
        this.#later.delete(tracked)
        for (const wake of this.#forRoom.splice(0)) wake()
      })
    this.#later.add(tracked)
  }

  #known(hash: Uint8Array): Known {
    const { catalog, model } = this.#parts
    const row = catalog.photos.findContents([hash]).values().next().value
    if (row === undefined) return undefined
    if (row.state === 'unreadable') {
      return {
        unreadable: { code: row.code ?? 'decode-error', message: row.message ?? 'This picture could not be shown.' },
      }
    }
    return { embedded: model === null || catalog.embeddings.has(model.spaceId, row.id) }
  }
}

/** What an identical file gets: the content's results are written with the first one. */
function withoutResults(outcome: FileOutcome): FileOutcome {
  return outcome.kind === 'photo' ? { ...outcome, analysis: null, embedding: null, frameEmbedding: null } : outcome
}

function unreadable(error: unknown, contentHash: Uint8Array | null): FileOutcome {
  const code = error instanceof TwinlensError ? error.code : 'decode-error'
  const known = unreadableCodes.find((candidate) => candidate === code)
  if (known === undefined) throw error
  return {
    kind: 'unreadable',
    code: known,
    message: error instanceof Error ? error.message : String(error),
    contentHash,
  }
}
