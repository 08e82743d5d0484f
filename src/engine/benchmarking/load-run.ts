import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { isCancellation, TwinlensError } from '../../shared/errors.ts'
import type { EncodedRequest } from '../embedding/remote/inference-client.ts'
import { poissonArrivals } from './arrivals.ts'
import type { LoadOptions, LoadPlan, LoadProgress } from './load-plan.ts'
import { LatencyLog, LoadTally, type LoadOutcome } from './load-tally.ts'
import type { LoadReply, LoadTarget } from './load-target.ts'
import { LoadWindows, nearestRank } from './load-windows.ts'
import { isSteady } from './steady-state.ts'

/** Length of the windows of runs that are not compared by window, for charts. */
const chartWindowMs = 1000
/** How far back the live figures look. */
const liveMs = 1000
/** Timer of the event-loop monitor: its readings are this plus the delay. */
const loopResolutionMs = 5

/** Puts load on `target` as `plan` says. Never rejects for what the target does: failures are counted. A raised signal ends it. */
export async function runLoad(
  target: LoadTarget,
  requests: readonly EncodedRequest[],
  plan: LoadPlan,
  options: LoadOptions,
  signal: AbortSignal,
  onProgress: (progress: LoadProgress) => void,
): Promise<LoadOutcome> {
  const run = new LoadRun(target, requests, options, signal, plan.kind === 'steady')
  const warmUp = await run.warmUp(options.warmUp)
  return { ...(await run.measure(plan, onProgress)), warmUp }
}

class LoadRun {
  readonly #target: LoadTarget
  readonly #requests: readonly EncodedRequest[]
  readonly #options: LoadOptions
  readonly #signal: AbortSignal
  /** Raised by the signal, and by the end of a run that has no number of requests. */
  readonly #stop = new AbortController()
  readonly #tally = new LoadTally()
  /** Of a run by windows everything is tallied at the end, from the windows that count. */
  readonly #byWindows: boolean
  readonly #windows = new LoadWindows()
  readonly #recent: { atMs: number; latencyMs: number; images: number }[] = []
  readonly #lateness = new LatencyLog()
  readonly #service = new LatencyLog()
  #begunMs = 0
  #turn = 0
  #inFlight = 0
  #ended = 0
  #failed = 0
  #timeouts = 0
  #reported = 0

  constructor(
    target: LoadTarget,
    requests: readonly EncodedRequest[],
    options: LoadOptions,
    signal: AbortSignal,
    byWindows: boolean,
  ) {
    this.#target = target
    this.#requests = requests
    this.#options = options
    this.#signal = signal
    this.#byWindows = byWindows
    if (signal.aborted) this.#stop.abort()
    else signal.addEventListener('abort', () => this.#stop.abort(), { once: true })
  }

  get #nowMs(): number {
    return performance.now() - this.#begunMs
  }

  get #gaveUp(): boolean {
    return this.#timeouts >= this.#options.giveUpAfterTimeouts
  }

  async warmUp(count: number): Promise<(number | null)[]> {
    const latencies: (number | null)[] = []
    for (let k = 0; k < count && !this.#stop.signal.aborted; k++) {
      const begun = performance.now()
      const request = this.#next()
      if (request === undefined) break
      try {
        await this.#target.send(request, { signal: this.#stop.signal, timeoutMs: this.#options.timeoutMs })
        latencies.push(performance.now() - begun)
      } catch (error) {
        if (!isCancellation(error)) latencies.push(null)
        // What is too slow to warm up is not asked again; the clocked requests tell how it fails.
        break
      }
    }
    return latencies
  }

  async measure(plan: LoadPlan, onProgress: (progress: LoadProgress) => void): Promise<Omit<LoadOutcome, 'warmUp'>> {
    const loop = monitorEventLoopDelay({ resolution: loopResolutionMs })
    loop.enable()
    const cpuBefore = process.cpuUsage()
    const busyBefore = performance.eventLoopUtilization()
    this.#begunMs = performance.now()
    const ticker = setInterval(() => {
      if (!this.#byWindows && this.#nowMs - this.#windows.openSinceMs >= chartWindowMs) this.#windows.cut(this.#nowMs)
      onProgress(this.#progress())
    }, 100)
    try {
      if (plan.kind === 'closed') await this.#closed(plan)
      else if (plan.kind === 'steady') await this.#steady(plan)
      else await this.#open(plan)
    } finally {
      clearInterval(ticker)
      loop.disable()
    }
    const elapsedMs = this.#nowMs
    const { user, system } = process.cpuUsage(cpuBefore)
    const cpuMs = (user + system) / 1000
    if (!this.#byWindows && this.#windows.openRequests > 0) this.#windows.cut(elapsedMs)
    onProgress(this.#progress())
    const wallMs = this.#byWindows ? this.#windows.replayLast(this.#tally) : elapsedMs
    const delay = (ns: number): number => Math.max(0, ns / 1e6 - loopResolutionMs)
    return {
      ...this.#tally.figures(),
      wallMs,
      cpuMsPerRequest: this.#ended === 0 ? null : cpuMs / this.#ended,
      busyShare: performance.eventLoopUtilization(busyBefore).utilization,
      loopDelay: { p50Ms: delay(loop.percentile(50)), p99Ms: delay(loop.percentile(99)), maxMs: delay(loop.max) },
      ...this.#workload(),
      windows: this.#windows.closed,
      steady: this.#byWindows ? isSteady(this.#windows.closed) : null,
      lateness: this.#lateness.spread(),
      service: plan.kind === 'open' ? this.#service.result() : null,
      stopped: this.#signal.aborted,
    }
  }

  #workload(): Pick<LoadOutcome, 'distinctRequests' | 'encodeMsPerRequest' | 'bytesPerRequest'> {
    const mean = (value: (request: EncodedRequest) => number): number =>
      this.#requests.reduce((sum, request) => sum + value(request), 0) / Math.max(1, this.#requests.length)
    return {
      distinctRequests: Math.min(this.#requests.length, this.#turn),
      encodeMsPerRequest: mean((request) => request.encodeMs),
      bytesPerRequest: mean((request) => request.bodyBytes),
    }
  }

  async #closed(plan: Extract<LoadPlan, { kind: 'closed' }>): Promise<void> {
    let left = plan.requests ?? Infinity
    await this.#workers(
      Math.min(plan.concurrency, left),
      () => this.#nowMs < plan.limitMs && !this.#gaveUp && left-- > 0,
    )
  }

  async #steady(plan: Extract<LoadPlan, { kind: 'steady' }>): Promise<void> {
    const watch = setInterval(() => {
      const lengthMs = this.#nowMs - this.#windows.openSinceMs
      const over = this.#nowMs >= plan.maxMs
      // A window that never fills up (a server that hangs) ends with the run.
      if (lengthMs < plan.windowMs || (this.#windows.openRequests < plan.minPerWindow && !over)) return
      this.#windows.cut(this.#nowMs)
      const { closed } = this.#windows
      // A server that only refuses would be asked thousands of times for nothing.
      const gone = closed.at(-1)?.requests === 0 && (closed.at(-1)?.failures ?? 0) > 0
      if (over || gone || closed.length >= plan.maxWindows || isSteady(closed)) this.#stop.abort()
    }, 20)
    try {
      await this.#workers(plan.concurrency, () => !this.#gaveUp)
    } finally {
      clearInterval(watch)
      // Stopped by the person in the middle of a window: what it holds is kept, too.
      if (this.#signal.aborted && this.#windows.openRequests > 0) this.#windows.cut(this.#nowMs)
    }
  }

  async #workers(count: number, mayBegin: () => boolean): Promise<void> {
    const worker = async (): Promise<void> => {
      while (!this.#stop.signal.aborted && mayBegin()) await this.#one(null)
    }
    await Promise.all(Array.from({ length: count }, worker))
  }

  async #open(plan: Extract<LoadPlan, { kind: 'open' }>): Promise<void> {
    const waiting: number[] = []
    const underWay = new Set<Promise<void>>()
    const begin = (dueMs: number): void => {
      this.#lateness.record(this.#nowMs - dueMs)
      const one = this.#one(dueMs).finally(() => {
        underWay.delete(one)
        const next = waiting.shift()
        if (next !== undefined && !this.#stop.signal.aborted) begin(next)
      })
      underWay.add(one)
    }
    for (const dueMs of poissonArrivals(plan.ratePerSecond, plan.durationMs, plan.seed)) {
      await this.#until(dueMs)
      if (this.#stop.signal.aborted || this.#gaveUp) break
      if (underWay.size >= plan.maxInFlight) waiting.push(dueMs)
      else begin(dueMs)
    }
    while (underWay.size > 0) await Promise.all(underWay)
  }

  /** Timers are whole milliseconds and never early: the last one is waited out turn by turn. */
  async #until(dueMs: number): Promise<void> {
    const stop = this.#stop.signal
    while (!stop.aborted) {
      const leftMs = dueMs - this.#nowMs
      if (leftMs <= 0) return
      await new Promise<void>((resolve) => {
        if (leftMs > 1.5) setTimeout(resolve, Math.min(100, Math.floor(leftMs - 1)))
        else setImmediate(resolve)
      })
    }
  }

  #next(): EncodedRequest | undefined {
    return this.#requests[this.#turn++ % this.#requests.length]
  }

  /** One request; `dueMs` when its clock started running before now. */
  async #one(dueMs: number | null): Promise<void> {
    const request = this.#next()
    if (request === undefined) return
    const sentMs = this.#nowMs
    const fromMs = dueMs ?? sentMs
    this.#inFlight++
    try {
      const reply = await this.#target.send(request, {
        signal: this.#stop.signal,
        timeoutMs: this.#options.timeoutMs,
      })
      const endMs = this.#nowMs
      if (dueMs !== null) this.#service.record(endMs - sentMs)
      this.#end(endMs - fromMs, request.count, reply, null)
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#end(this.#nowMs - fromMs, 0, null, error)
    } finally {
      this.#inFlight--
    }
  }

  #end(latencyMs: number, images: number, reply: LoadReply | null, thrown: unknown): void {
    this.#ended++
    if (reply === null) this.#failed++
    if (thrown instanceof TwinlensError && thrown.code === 'server-timeout') this.#timeouts++
    this.#windows.add({ latencyMs, images, reply, thrown })
    if (!this.#byWindows) {
      if (reply === null) this.#tally.fail(thrown)
      else this.#tally.record(latencyMs, images, reply)
    }
    if (reply !== null) this.#recent.push({ atMs: this.#nowMs, latencyMs, images })
  }

  #progress(): LoadProgress {
    const atMs = this.#nowMs
    const keep = this.#recent.findIndex((one) => one.atMs > atMs - liveMs)
    this.#recent.splice(0, keep === -1 ? this.#recent.length : keep)
    const sorted = this.#recent.map((one) => one.latencyMs).toSorted((a, b) => a - b)
    const seconds = Math.max(0.001, Math.min(atMs, liveMs) / 1000)
    const windows = this.#windows.closed.slice(this.#reported)
    this.#reported = this.#windows.closed.length
    return {
      atMs,
      requests: this.#ended,
      failures: this.#failed,
      inFlight: this.#inFlight,
      requestsPerSecond: sorted.length / seconds,
      imagesPerSecond: this.#recent.reduce((sum, one) => sum + one.images, 0) / seconds,
      p50Ms: nearestRank(sorted, 50),
      p95Ms: nearestRank(sorted, 95),
      windows,
    }
  }
}
