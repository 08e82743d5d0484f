import { open } from 'node:fs/promises'
import { performance } from 'node:perf_hooks'
import type { Preprocessing } from '../../shared/contract/photo.ts'
import { asTwinlensError, isCancellation, TwinlensError } from '../../shared/errors.ts'
import type { ServerTiming } from '../embedding/remote/inference-client.ts'
import { defaultDecodeLimits } from '../imaging/limits.ts'
import { modelPixelsOf } from '../imaging/model-pixels.ts'
import { openPhoto } from '../imaging/open-photo.ts'
import { orientedSize } from '../imaging/photo-header.ts'
import { decodeRendition } from '../imaging/rendition.ts'
import type { FailureCount } from './load-tally.ts'
import type { LoadTarget } from './load-target.ts'

export interface PipelineTask {
  /** As `node:fs` takes them. */
  photos: (string | Uint8Array)[]
  /** Pictures in a request. */
  batch: number
  /** Photos read and decoded at the same time. */
  decoders: number
  /** Requests under way at the same time. */
  concurrency: number
  timeoutMs: number
}

/** Milliseconds of one photo in each stage on this side. */
export interface PhotoTimes {
  bytes: number
  readMs: number
  decodeMs: number
  preprocessMs: number
}

/** Milliseconds of one request. */
export interface RequestTimes {
  count: number
  serializeMs: number
  /** Sending, waiting and receiving; parsing is apart. */
  exchangeMs: number
  parseMs: number
  server: ServerTiming
}

export interface PipelineFigures {
  photos: PhotoTimes[]
  requests: RequestTimes[]
  /** Moments at which photos were finished, milliseconds since the start: one entry a request. */
  finished: { atMs: number; count: number }[]
  failures: FailureCount[]
  wallMs: number
  /** Share of the time that the process' JavaScript thread was busy. */
  busyShare: number
  stopped: boolean
}

/**
 * The whole way from file to vector, as a scan goes it: `decoders` photos at a time are read, decoded and brought to the model's
 * pixels; full batches are encoded and sent, `concurrency` at a time. A bounded queue joins the two sides. Photos that can't be
 * read or decoded are counted and passed over. A raised signal ends it; what was finished is kept.
 */
export async function runPipeline(
  target: LoadTarget,
  preprocessing: Preprocessing,
  task: PipelineTask,
  signal: AbortSignal,
  onDone: (photos: number) => void,
): Promise<PipelineFigures> {
  const run = new PipelineRun(target, preprocessing, task, signal, onDone)
  const begun = performance.now()
  const busy = performance.eventLoopUtilization()
  await run.go()
  return {
    ...run.figures(),
    wallMs: performance.now() - begun,
    busyShare: performance.eventLoopUtilization(busy).utilization,
    stopped: signal.aborted,
  }
}

class PipelineRun {
  readonly #target: LoadTarget
  readonly #preprocessing: Preprocessing
  readonly #task: PipelineTask
  readonly #signal: AbortSignal
  readonly #onDone: (photos: number) => void
  readonly #begun = performance.now()
  readonly #ready: Uint8Array[] = []
  readonly #photos: PhotoTimes[] = []
  readonly #requests: RequestTimes[] = []
  readonly #finished: { atMs: number; count: number }[] = []
  readonly #failures = new Map<string, FailureCount>()
  #next = 0
  #done = 0
  #decoding: number
  #wake: (() => void)[] = []

  constructor(
    target: LoadTarget,
    preprocessing: Preprocessing,
    task: PipelineTask,
    signal: AbortSignal,
    onDone: (photos: number) => void,
  ) {
    this.#target = target
    this.#preprocessing = preprocessing
    this.#task = task
    this.#signal = signal
    this.#onDone = onDone
    this.#decoding = task.decoders
    signal.addEventListener('abort', () => this.#changed(), { once: true })
  }

  async go(): Promise<void> {
    const many = (count: number, one: () => Promise<void>): Promise<void>[] => Array.from({ length: count }, one)
    await Promise.all([
      ...many(this.#task.decoders, () => this.#decoder()),
      ...many(this.#task.concurrency, () => this.#sender()),
    ])
  }

  figures(): Pick<PipelineFigures, 'photos' | 'requests' | 'finished' | 'failures'> {
    return {
      photos: this.#photos,
      requests: this.#requests,
      finished: this.#finished,
      failures: [...this.#failures.values()],
    }
  }

  async #decoder(): Promise<void> {
    const room = 2 * this.#task.batch * this.#task.concurrency
    try {
      for (let at = this.#next++; at < this.#task.photos.length && !this.#signal.aborted; at = this.#next++) {
        while (this.#ready.length >= room && !this.#signal.aborted) await this.#change()
        const photo = this.#task.photos[at]
        if (photo !== undefined) await this.#decode(photo)
      }
    } finally {
      this.#decoding--
      this.#changed()
    }
  }

  async #decode(photo: string | Uint8Array): Promise<void> {
    try {
      const readFrom = performance.now()
      const bytes = await readPhoto(photo)
      const decodeFrom = performance.now()
      const limits = defaultDecodeLimits
      const { header, picture } = await openPhoto(bytes, limits)
      const rendition = await decodeRendition(picture, header, limits, this.#signal)
      const preprocessFrom = performance.now()
      const { width, height } = orientedSize(header)
      const pixels = modelPixelsOf(rendition, width, height, this.#preprocessing)
      this.#photos.push({
        bytes: bytes.length,
        readMs: decodeFrom - readFrom,
        decodeMs: preprocessFrom - decodeFrom,
        preprocessMs: performance.now() - preprocessFrom,
      })
      this.#ready.push(pixels)
    } catch (error) {
      this.#fail(error, 1)
    }
    this.#changed()
  }

  async #sender(): Promise<void> {
    const { batch } = this.#task
    while (!this.#signal.aborted) {
      if (this.#ready.length >= batch || (this.#decoding === 0 && this.#ready.length > 0)) {
        const taken = this.#ready.splice(0, batch)
        this.#changed()
        await this.#send(taken)
      } else if (this.#decoding === 0) return
      else await this.#change()
    }
  }

  async #send(pictures: Uint8Array[]): Promise<void> {
    try {
      const from = performance.now()
      const request = await this.#target.prepare(pictures)
      const sentFrom = performance.now()
      const reply = await this.#target.send(request, { signal: this.#signal, timeoutMs: this.#task.timeoutMs })
      const ended = performance.now()
      this.#requests.push({
        count: pictures.length,
        serializeMs: sentFrom - from,
        exchangeMs: ended - sentFrom - reply.parseMs,
        parseMs: reply.parseMs,
        server: reply.server,
      })
      this.#finished.push({ atMs: ended - this.#begun, count: pictures.length })
      this.#done += pictures.length
      this.#onDone(this.#done)
    } catch (error) {
      this.#fail(error, pictures.length)
    }
  }

  #fail(thrown: unknown, photos: number): void {
    if (isCancellation(thrown)) return
    const { code, message } = asTwinlensError(thrown)
    const known = this.#failures.get(code)
    if (known === undefined) this.#failures.set(code, { code, message, count: photos })
    else known.count += photos
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve))
  }

  #changed(): void {
    const waiting = this.#wake
    this.#wake = []
    for (const go of waiting) go()
  }
}

/** A regular file as a whole; what else bears a photo's name (a FIFO, a device) is not opened for reading. */
async function readPhoto(photo: string | Uint8Array): Promise<Buffer> {
  const file = await open(typeof photo === 'string' ? photo : Buffer.from(photo), 'r').catch((cause: unknown) => {
    throw new TwinlensError('read-error', 'A photo could not be read.', { cause })
  })
  try {
    const { size } = await file.stat()
    if (size > defaultDecodeLimits.maxBytes) throw new TwinlensError('too-large', 'A photo is larger than the limit.')
    return await file.readFile()
  } finally {
    await file.close()
  }
}
