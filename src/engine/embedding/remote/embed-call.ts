import { TwinlensError } from '../../../shared/errors.ts'
import { PicturesRefused } from '../pictures-refused.ts'
import type { EncodedRequest, InferenceClient } from './inference-client.ts'

/** Pictures that travel together: at first a server's batch, a half of it after it failed. */
export interface Job {
  readonly call: EmbedCall
  /** Index in the call of its first picture. */
  readonly at: number
  readonly pictures: readonly Uint8Array[]
  /** Attempts that failed, whatever the reason: the waits grow with it. */
  attempts: number
  /** Attempts that failed at a server which works: they speak against the pictures. */
  faults: number
  /** The client that failed last; another is preferred. */
  avoid: InferenceClient | null
  encoded: { client: InferenceClient; request: EncodedRequest } | null
}

/** One `embed`: gathers what its jobs bring, settles once. */
export class EmbedCall {
  readonly promise: Promise<Float32Array[]>
  /** Raised when nobody waits any more. */
  readonly signal: AbortSignal
  private readonly stop = new AbortController()
  private readonly vectors: (Float32Array | TwinlensError)[]
  private readonly caller: AbortSignal | undefined
  private left: number
  private resolve: (vectors: Float32Array[]) => void = () => undefined
  private fail: (error: TwinlensError) => void = () => undefined

  constructor(count: number, caller: AbortSignal | undefined, onAbort: () => void) {
    this.left = count
    this.vectors = []
    this.caller = caller
    this.signal = this.stop.signal
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.fail = reject
    })
    this.onAbort = () => {
      this.reject(new TwinlensError('cancelled', 'Stopped on request.', { cause: caller?.reason }))
      onAbort()
    }
    caller?.addEventListener('abort', this.onAbort, { once: true })
    if (count === 0) this.settle()
  }

  private readonly onAbort: () => void

  get isOver(): boolean {
    return this.stop.signal.aborted
  }

  /** A picture's vector, or why there will be none. */
  put(index: number, result: Float32Array | TwinlensError): void {
    if (this.isOver || this.vectors[index] !== undefined) return
    this.vectors[index] = result
    this.left--
    if (this.left === 0) this.settle()
  }

  reject(error: TwinlensError): void {
    if (this.isOver) return
    this.end()
    this.fail(error)
  }

  private settle(): void {
    const { vectors } = this
    this.end()
    const whole = vectors.filter((vector) => vector instanceof Float32Array)
    if (whole.length === vectors.length) this.resolve(whole)
    else this.fail(new PicturesRefused(vectors))
  }

  private end(): void {
    this.caller?.removeEventListener('abort', this.onAbort)
    this.stop.abort()
  }
}

/** The halves of a job that can't be embedded as a whole. */
export function halvesOf(job: Job): Job[] {
  return partsOf(job, Math.ceil(job.pictures.length / 2))
}

/** A job cut into parts of at most so many pictures; itself where it has no more. */
export function partsOf(job: Job, mostPictures: number): Job[] {
  const { call, at, pictures } = job
  if (pictures.length <= mostPictures) return [job]
  const parts: Job[] = []
  for (let from = 0; from < pictures.length; from += mostPictures) {
    const part = pictures.slice(from, from + mostPictures)
    parts.push({ call, at: at + from, pictures: part, attempts: 0, faults: 0, avoid: null, encoded: null })
  }
  return parts
}
