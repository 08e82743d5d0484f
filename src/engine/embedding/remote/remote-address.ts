import { asTwinlensError, isCancellation, TwinlensError, type ErrorCode } from '../../../shared/errors.ts'
import { InFlightLimit, type Ticket } from './in-flight-limit.ts'
import type { InferenceClient } from './inference-client.ts'
import { probeBackOff, probeDelayMs } from './retry-delay.ts'

/** Failures in a row after which an address is left alone. */
const failuresToOpen = 3
/** Rounds of nonsense, with back-off between them, after which an address is not asked again. */
const nonsenseRoundsToLeave = 4
/** Successes before the server's own pace sets the time limit. */
const successesToKnow = 10
const shortestTimeoutMs = 5000

/** Codes that waiting does not mend. */
const lasting: ReadonlySet<ErrorCode> = new Set(['server-refused', 'not-authorised', 'invalid-request'])

export interface RemoteServer {
  client: InferenceClient
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
}

/**
 * [Note: Circuit breaker of an address]
 * `up`: takes work. `down`, after three failures in a row: takes none; it is asked with growing waits whether it is ready, and when it
 * says so it has to embed one blank picture before it is up again: a server can call itself ready and not work. `out`: not asked
 * any more, since it refuses, does not let us in, or goes on answering nonsense. So a dead address sees one question in a while,
 * however many requests wait.
 */
export class RemoteAddress {
  readonly server: RemoteServer
  readonly limit: InFlightLimit
  /** Bytes of a picture in its last request; before that of the largest format. */
  bytesPerPicture: number
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

  succeeded(ticket: Ticket, pictures: number, nowMs: number): void {
    this.limit.succeed(ticket, pictures, nowMs)
    const tookMs = nowMs - ticket.begunMs
    const perPicture = tookMs / pictures
    this.msPerPicture = this.successes === 0 ? perPicture : 0.8 * this.msPerPicture + 0.2 * perPicture
    this.slowestMs = Math.max(tookMs, 0.98 * this.slowestMs)
    this.successes++
    this.failuresInRow = 0
    this.rounds = 0
    this.nonsenseRounds = 0
  }

  failed(ticket: Ticket, error: TwinlensError, nowMs: number): void {
    const isLoad = error.code === 'server-busy' || error.code === 'server-timeout'
    if (isLoad) this.limit.overloaded(ticket, nowMs)
    else this.limit.drop(ticket)
    // What was under way when it went down or came back tells nothing new.
    if (this.status !== 'up' || ticket.begunMs < this.upSinceMs) return
    this.failuresInRow++
    if (this.failuresInRow >= failuresToOpen) this.goDown(error)
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
    const { client } = this.server
    try {
      const request = await client.encode([this.options.blank])
      await client.send(request, { signal: this.stop.signal, timeoutMs: this.timeoutMs })
      return null
    } catch (error) {
      return asTwinlensError(error)
    }
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
    this.timer = setTimeout(() => void this.probe(), probeDelayMs(probeBackOff, this.rounds))
    this.rounds++
    this.options.onChange()
  }

  private goOut(error: TwinlensError): void {
    this.status = 'out'
    this.trouble = error
    clearTimeout(this.timer)
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
  }
}
