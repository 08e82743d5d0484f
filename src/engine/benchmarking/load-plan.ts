import type { LoadWindow } from './steady-state.ts'

/**
 * How requests are put on a target.
 *
 * `closed`: `concurrency` workers, each sends its next request when the last one was answered, `requests` in all (null: as
 * many as fit); none begins after `limitMs`.
 * `steady`: the same without a number: windows are compared until the last three agree, or `maxWindows` or `maxMs` are over. A
 * window is as long as it takes to see `minPerWindow` requests end, but at least `windowMs`.
 * `open`: requests leave at moments drawn beforehand (Poisson arrivals, exponential gaps from `seed`), whether or not earlier ones
 * were answered, and latency counts from the moment drawn: a server that stalls delays every request that was due meanwhile, and
 * all of them show (G. Tene, "How NOT to Measure Latency": coordinated omission). At most `maxInFlight` are open at a time; those
 * beyond wait, their clocks running.
 */
export type LoadPlan =
  | { kind: 'closed'; concurrency: number; requests: number | null; limitMs: number }
  | {
      kind: 'steady'
      concurrency: number
      windowMs: number
      minPerWindow: number
      maxWindows: number
      maxMs: number
    }
  | { kind: 'open'; ratePerSecond: number; durationMs: number; seed: number; maxInFlight: number }

export interface LoadOptions {
  /** Of one request. */
  timeoutMs: number
  /** Requests sent one after the other before the clock starts. */
  warmUp: number
  /** After so many time-outs no further request begins: a server that is too slow for the work would take hours to show it. */
  giveUpAfterTimeouts: number
}

/** What the charts show while a run goes on; at most ten a second. */
export interface LoadProgress {
  /** Milliseconds since the run began. */
  atMs: number
  requests: number
  failures: number
  inFlight: number
  /** Of the last second. */
  requestsPerSecond: number
  imagesPerSecond: number
  p50Ms: number | null
  p95Ms: number | null
  /** Windows that ended since the last report. */
  windows: LoadWindow[]
}
