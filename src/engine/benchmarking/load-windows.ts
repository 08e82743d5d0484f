import type { LoadReply } from './load-target.ts'
import type { LoadTally } from './load-tally.ts'
import { steadyWindows, type LoadWindow } from './steady-state.ts'

interface Ended {
  latencyMs: number
  images: number
  /** The reply, or what was thrown instead. */
  reply: LoadReply | null
  thrown: unknown
}

/** The value below which `percent` of `sorted` lie, nearest rank as perf_analyzer takes it: ⌊p · (n − 1) + 0.5⌋. */
export function nearestRank(sorted: readonly number[], percent: number): number | null {
  return sorted[Math.floor((percent / 100) * (sorted.length - 1) + 0.5)] ?? null
}

/** Cuts a run into windows; a request belongs to the window in which it ends. Times are milliseconds since the run began. */
export class LoadWindows {
  readonly closed: LoadWindow[] = []
  #fromMs = 0
  #open: Ended[] = []
  readonly #last: Ended[][] = []

  get openRequests(): number {
    return this.#open.length
  }

  get openSinceMs(): number {
    return this.#fromMs
  }

  add(ended: Ended): void {
    this.#open.push(ended)
  }

  /** Ends the open window now and begins the next. */
  cut(atMs: number): void {
    const answered = this.#open.filter((one) => one.reply !== null)
    const latencies = answered.map((one) => one.latencyMs).toSorted((a, b) => a - b)
    const seconds = Math.max(1e-6, (atMs - this.#fromMs) / 1000)
    this.closed.push({
      fromMs: this.#fromMs,
      toMs: atMs,
      requests: answered.length,
      images: answered.reduce((sum, one) => sum + one.images, 0),
      failures: this.#open.length - answered.length,
      requestsPerSecond: answered.length / seconds,
      meanMs: latencies.length === 0 ? null : latencies.reduce((sum, ms) => sum + ms, 0) / latencies.length,
      p50Ms: nearestRank(latencies, 50),
      p95Ms: nearestRank(latencies, 95),
    })
    this.#last.push(this.#open)
    if (this.#last.length > steadyWindows) this.#last.shift()
    this.#open = []
    this.#fromMs = atMs
  }

  /** Puts what ended in the last three windows into `tally`. Returns how long they were, milliseconds. */
  replayLast(tally: LoadTally): number {
    for (const one of this.#last.flat()) {
      if (one.reply === null) tally.fail(one.thrown)
      else tally.record(one.latencyMs, one.images, one.reply)
    }
    const windows = this.closed.slice(-steadyWindows)
    return windows.reduce((sum, window) => sum + window.toMs - window.fromMs, 0)
  }
}
