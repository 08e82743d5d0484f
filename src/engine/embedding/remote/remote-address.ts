import { asTwinlensError, isCancellation, TwinlensError, type ErrorCode } from '../../../shared/errors.ts'
import { HeldReplies, type HeldReply } from './held-replies.ts'
import { InFlightLimit, type Ticket } from './in-flight-limit.ts'
import type { InferenceClient } from './inference-client.ts'
import { longRetryAfterMs, probeBackOff, probeDelayMs, retryAfterMsOf } from './retry-delay.ts'
import { isTooLarge } from './server-errors.ts'

/** Failures in a row after which an address is left alone. */
const failuresToOpen = 3
/** Rounds of nonsense, with back-off between them, after which an address is not asked again. */
const nonsenseRoundsToLeave = 4
/** Successes before the server's own pace sets the time limit. */
const successesToKnow = 10
const shortestTimeoutMs = 5000
/** Checks in a row that may fail for another reason than a wrong answer, and the pause before each is tried again. */
const failedChecksToDoubt = 3
const checkAgainMs = 500
/** Codes that waiting does not mend. */
const lasting: ReadonlySet<ErrorCode> = new Set([
  'server-refused',
  'not-authorised',
  'invalid-request',
  'parity-failed',
])

/** A picture at the model's input size and the vector, of unit length, that a server gave it when it was checked. */
export interface SampleAnswer {
  picture: Uint8Array
  vector: Float32Array
  /** Largest squared distance from `vector` that a later answer of the same model has. */
  tolerance: number
}

export interface RemoteServer {
  client: InferenceClient
  /** By it a server shows that it still computes the same ([Note: Vectors wait for a check]); without it, that is not looked at. */
  sample?: SampleAnswer
  /** Whether it would take work now; quick, no retry. */
  isReady(signal?: AbortSignal): Promise<boolean>
}

interface AddressOptions {
  server: RemoteServer
  /** A picture of no interest, by which a server shows whether it works. */
  blank: Uint8Array
  mostInFlight: number
  /** Longest that a request may take. */
  timeoutMs: number
  /** Told after each change of `state` or `problem`. */
  onChange(): void
  /** The server was found to compute the same still after it had answered these. */
  onConfirmed(replies: readonly HeldReply[]): void
  /** It was found to compute something else since, or can't be asked any more: to be embedded again. */
  onDoubted(replies: readonly HeldReply[]): void
}

/**
 * [Note: Circuit breaker of an address]
 * `up`: takes work. `down`, after three failures in a row: takes none; it is asked with growing waits whether it is ready, and when it
 * says so it has to embed one picture before it is up again, and the same vector as when it was checked has to come: a server can
 * call itself ready and not work, or have come back with another model. `out`: not asked any more, since it refuses, does not
 * let us in, computes something else, or goes on answering nonsense. So a dead address sees one question in a while,
 * however many requests wait.
 */
export class RemoteAddress {
  readonly server: RemoteServer
  readonly limit: InFlightLimit
  /** Bytes of a picture in its last request; before that of the largest format. */
  bytesPerPicture: number
  /** Most pictures in a request, as it or a proxy before it has shown. */
  mostPictures = Infinity
  private readonly options: AddressOptions
  private readonly stop = new AbortController()
  private status: 'up' | 'down' | 'out' = 'up'
  private trouble: TwinlensError | null = null
  private upSinceMs = -Infinity
  private failuresInRow = 0
  private rounds = 0
  private nonsenseRounds = 0
  private successes = 0
  private msPerPicture = 0
  private slowestMs = 0
  private timer: NodeJS.Timeout | undefined
  private trial: Promise<TwinlensError | null> | null = null
  private readonly held = new HeldReplies(() => void this.check())
  private checksFailed = 0

  constructor(options: AddressOptions) {
    this.options = options
    this.server = options.server
    this.limit = new InFlightLimit(options.mostInFlight)
    this.bytesPerPicture = options.blank.length * 4
  }

  get state(): 'up' | 'down' | 'out' {
    return this.status
  }

  /** Why it is not up; null when it is. */
  get problem(): TwinlensError | null {
    return this.status === 'up' ? null : this.trouble
  }

  /** Expected wait for one more picture: the pace so far and how full it is. An address not tried yet comes first. */
  get cost(): number {
    return (this.msPerPicture * (this.limit.inFlight + 1)) / this.limit.limit
  }

  /** Generous against what this server took lately, so that a stalled connection is found sooner than a fixed limit would. */
  get timeoutMs(): number {
    if (this.successes < successesToKnow) return this.options.timeoutMs
    return Math.min(this.options.timeoutMs, Math.max(shortestTimeoutMs, 10 * this.slowestMs))
  }

  /** Takes an answered batch; `onConfirmed` gets it once the server has shown that it still computes the same. */
  succeeded(ticket: Ticket, reply: HeldReply, nowMs: number): void {
    const pictures = reply.job.pictures.length
    this.limit.succeed(ticket, pictures, nowMs)
    const tookMs = nowMs - ticket.begunMs
    const perPicture = tookMs / pictures
    this.msPerPicture = this.successes === 0 ? perPicture : 0.8 * this.msPerPicture + 0.2 * perPicture
    this.slowestMs = Math.max(tookMs, 0.98 * this.slowestMs)
    this.successes++
    this.failuresInRow = 0
    this.rounds = 0
    this.nonsenseRounds = 0
    if (this.server.sample === undefined) this.options.onConfirmed([reply])
    else if (this.status === 'out') this.options.onDoubted([reply])
    else this.held.add(reply, nowMs, this.limit.inFlight === 0)
  }

  /** Work goes on meanwhile. While the address is down, what asks whether it is back asks for the same. */
  private async check(): Promise<void> {
    if (this.status !== 'up' || this.stop.signal.aborted) return
    const error = await this.tryBlank()
    if (error === null || this.isNoLongerUp) return
    if (error.code === 'parity-failed' || error.code === 'not-authorised') return this.leave(error)
    if (++this.checksFailed < failedChecksToDoubt)
      return this.held.schedule(performance.now(), true, Math.max(checkAgainMs, retryAfterMsOf(error)))
    await this.isSound()
  }

  private get isNoLongerUp(): boolean {
    return this.status !== 'up' || this.stop.signal.aborted
  }

  failed(ticket: Ticket, error: TwinlensError, nowMs: number): void {
    const isLoad = error.code === 'server-busy' || error.code === 'server-timeout'
    if (isLoad) this.limit.overloaded(ticket, nowMs)
    else this.limit.drop(ticket)
    // What was under way when it went down or came back tells nothing new.
    if (this.status !== 'up' || ticket.begunMs < this.upSinceMs) return
    // It works, only not on so much at once.
    if (isTooLarge(error)) return
    this.failuresInRow++
    if (this.failuresInRow >= failuresToOpen || retryAfterMsOf(error) > longRetryAfterMs) this.goDown(error)
  }

  /**
   * Whether it is the address that fails and not what was sent: embeds the blank picture. Calls at the same time share one.
   * Where that fails the address is taken out of use.
   */
  async isSound(): Promise<boolean> {
    const error = await this.tryBlank()
    if (error === null) return true
    // A server that is starting again may not know its models yet.
    const starting = lasting.has(error.code) && error.code !== 'not-authorised' && !(await this.isReady())
    this.leave(starting ? this.notReady() : error)
    return false
  }

  private async isReady(): Promise<boolean> {
    try {
      return await this.server.isReady(this.stop.signal)
    } catch {
      return false
    }
  }

  private async tryBlank(): Promise<TwinlensError | null> {
    this.trial ??= this.embedBlank().finally(() => {
      this.trial = null
    })
    return this.trial
  }

  private async embedBlank(): Promise<TwinlensError | null> {
    const { client, sample } = this.server
    const begunMs = performance.now()
    try {
      const request = await client.encode([sample?.picture ?? this.options.blank])
      const { vectors } = await client.send(request, { signal: this.stop.signal, timeoutMs: this.timeoutMs })
      if (sample !== undefined && hasChanged(sample, vectors)) return this.changed()
      this.checksFailed = 0
      this.options.onConfirmed(this.held.take(begunMs))
      this.held.schedule(performance.now(), this.limit.inFlight === 0)
      return null
    } catch (error) {
      return asTwinlensError(error)
    }
  }

  private changed(): TwinlensError {
    return new TwinlensError(
      'parity-failed',
      `${this.server.client.address} computes other vectors than at the start: its model or its preprocessing was changed. ` +
        'What it answered since the last check was dropped, and it is left out; a new scan keeps its new vectors apart.',
    )
  }

  /** Takes it out of use: for good where waiting would not help. */
  leave(error: TwinlensError): void {
    if (this.status === 'out' || this.stop.signal.aborted) return
    if (lasting.has(error.code)) this.goOut(error)
    else this.goDown(error)
  }

  private goDown(error: TwinlensError): void {
    if (error.code === 'server-nonsense') {
      this.nonsenseRounds++
      if (this.nonsenseRounds >= nonsenseRoundsToLeave) return this.goOut(error)
    }
    this.status = 'down'
    this.trouble = error
    clearTimeout(this.timer)
    const delayMs = Math.max(retryAfterMsOf(error), probeDelayMs(probeBackOff, this.rounds))
    this.timer = setTimeout(() => void this.probe(), delayMs)
    this.rounds++
    this.options.onChange()
  }

  private goOut(error: TwinlensError): void {
    this.status = 'out'
    this.trouble = error
    clearTimeout(this.timer)
    this.options.onDoubted(this.held.take())
    this.options.onChange()
  }

  private async probe(): Promise<void> {
    try {
      const ready = await this.server.isReady(this.stop.signal)
      const error = ready ? await this.tryBlank() : this.notReady()
      if (this.stop.signal.aborted || this.status !== 'down') return
      if (error === null) this.comeBack()
      else this.leave(error)
    } catch (thrown) {
      if (!isCancellation(thrown)) this.leave(asTwinlensError(thrown))
    }
  }

  /** The first reason says more than that it is still away, except nonsense, of which each round counts. */
  private notReady(): TwinlensError {
    if (this.trouble !== null && this.trouble.code !== 'server-nonsense') return this.trouble
    return new TwinlensError(
      'server-not-ready',
      `${this.server.client.address} is not ready. It is asked again by itself.`,
    )
  }

  private comeBack(): void {
    this.status = 'up'
    this.trouble = null
    this.failuresInRow = 0
    this.upSinceMs = performance.now()
    this.options.onChange()
  }

  close(): void {
    this.stop.abort()
    clearTimeout(this.timer)
    this.held.close()
  }
}

function hasChanged({ vector, tolerance }: SampleAnswer, now: Float32Array): boolean {
  if (now.length !== vector.length) return true
  return vector.reduce((sum, value, at) => sum + (value - (now[at] ?? 0)) ** 2, 0) > tolerance
}
