/** A stretch of a run: what ended inside it. */
export interface LoadWindow {
  /** Milliseconds from the start of the run. */
  fromMs: number
  toMs: number
  requests: number
  images: number
  failures: number
  requestsPerSecond: number
  /** Null when nothing ended inside. */
  meanMs: number | null
  p50Ms: number | null
  p95Ms: number | null
}

/** How many windows have to agree, and how well; perf_analyzer's rule (its `--stability-percentage` of 10). */
export const steadyWindows = 3
export const steadyWithin = 0.1
const rounding = 1e-9

/** Largest ÷ smallest − 1. */
function spread(values: readonly number[]): number {
  const low = Math.min(...values)
  return low > 0 ? Math.max(...values) / low - 1 : Infinity
}

/** How far apart the last three windows lie; null with fewer, or where nothing was answered in one of them. */
export function lastSpread(windows: readonly LoadWindow[]): { throughput: number; latency: number } | null {
  const last = windows.slice(-steadyWindows)
  const latencies = last.flatMap((window) => (window.p95Ms === null ? [] : [window.p95Ms]))
  if (last.length < steadyWindows || latencies.length < steadyWindows) return null
  return { throughput: spread(last.map((window) => window.requestsPerSecond)), latency: spread(latencies) }
}

/** Steady: throughput and p95 latency of the last three windows each within 10 % of one another. */
export function isSteady(windows: readonly LoadWindow[]): boolean {
  const found = lastSpread(windows)
  return found !== null && Math.max(found.throughput, found.latency) <= steadyWithin + rounding
}
