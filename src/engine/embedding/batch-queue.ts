import { TwinlensError } from '../../shared/errors.ts'

/** One more than the one in work, so that the session never waits for its next batch. */
const underWay = 2

interface Job {
  pixels: Uint8Array<ArrayBuffer>
  count: number
  resolve(vectors: Float32Array): void
  reject(error: unknown): void
}

/**
 * Batches waiting for a session, first come first served. At most two are handed over at a time; the others stay here, where
 * an abort can still take them back.
 */
export class BatchQueue {
  readonly #run: (pixels: Uint8Array<ArrayBuffer>, count: number) => Promise<Float32Array>
  readonly #waiting: Job[] = []
  #running = 0
  #closed = false

  constructor(run: (pixels: Uint8Array<ArrayBuffer>, count: number) => Promise<Float32Array>) {
    this.#run = run
  }

  /** Settles once; raising the signal rejects with `cancelled` at once, computed or not. */
  add(pixels: Uint8Array<ArrayBuffer>, count: number, signal?: AbortSignal): Promise<Float32Array> {
    if (this.#closed) return Promise.reject(new TwinlensError('cancelled', 'The model was closed.'))
    if (signal?.aborted) return Promise.reject(stopped(signal))
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        const at = this.#waiting.indexOf(job)
        if (at !== -1) this.#waiting.splice(at, 1)
        reject(stopped(signal))
      }
      const settle = (): void => signal?.removeEventListener('abort', onAbort)
      const job: Job = {
        pixels,
        count,
        resolve: (vectors) => (settle(), resolve(vectors)),
        reject: (error) => (settle(), reject(error)),
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#waiting.push(job)
      this.#pump()
    })
  }

  close(): void {
    this.#closed = true
    for (const job of this.#waiting.splice(0)) job.reject(new TwinlensError('cancelled', 'The model was closed.'))
  }

  #pump(): void {
    while (this.#running < underWay) {
      const job = this.#waiting.shift()
      if (job === undefined) return
      this.#running++
      void this.#run(job.pixels, job.count)
        .then(job.resolve, job.reject)
        .finally(() => {
          this.#running--
          this.#pump()
        })
    }
  }
}

function stopped(signal: AbortSignal | undefined): TwinlensError {
  return new TwinlensError('cancelled', 'Stopped on request.', { cause: signal?.reason })
}
