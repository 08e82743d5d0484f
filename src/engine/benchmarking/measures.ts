import type {
  BatchMeasure,
  ConcurrentMeasure,
  Interval,
  LatencyMeasure,
  StageBreakdown,
  Utilisation,
} from '../../shared/contract/benchmark-measures.ts'
import type { ServerMetrics } from '../../shared/contract/benchmark-resources.ts'
import type { LatencyRecord, LoadOutcome } from './load-tally.ts'
import { lastSpread, steadyWithin } from './steady-state.ts'
import { significantDigits, summariseLatencies } from './statistics.ts'
import { present } from './gpu-sources.ts'

/** A load and what the server counted meanwhile. */
export interface MeasuredLoad {
  outcome: LoadOutcome
  metrics: ServerMetrics | null
  utilisation: Utilisation
}

/** @param inFlight requests that went on side by side: the bootstrap draws blocks of so many */
export function latencyMeasure(record: LatencyRecord, inFlight: number, seed: number): LatencyMeasure {
  return summariseLatencies(record.samples, {
    blockLength: Math.max(1, inFlight),
    seed,
    histogram: { significantDigits, buckets: record.buckets },
  })
}

/** What went wrong, for the measure's `error`; null when nothing did. */
export function failureSentence(outcome: LoadOutcome, timeoutMs: number): string | null {
  const failed = outcome.requests - outcome.successful
  const [first] = outcome.failures.toSorted((a, b) => b.count - a.count)
  if (first === undefined) return null
  const what = first.code === 'server-timeout' ? `timeout after ${timeoutMs / 1000} s` : first.message
  return outcome.successful === 0 ? what : `${failed} of ${outcome.requests} requests failed: ${what}`
}

/** The latencies of a load, with the failure beside them. */
export function loadLatency(
  { outcome }: MeasuredLoad,
  options: { inFlight: number; seed: number; timeoutMs: number },
): LatencyMeasure {
  const error = failureSentence(outcome, options.timeoutMs)
  return {
    ...latencyMeasure(outcome.latency, options.inFlight, options.seed),
    ...(outcome.successful === 0 ? {} : { distinct_requests: outcome.distinctRequests }),
    ...(error === null ? {} : { error }),
  }
}

/**
 * The interval of a rate from that of the mean latency. In a closed loop the requests under way are constant, so rate × mean latency is
 * (Little's law), and the rate's relative interval is the inverse of the latency's.
 */
function rateInterval(rate: number, latency: LatencyMeasure): Interval | undefined {
  const [low, high] = latency.intervals?.['mean_ms'] ?? []
  const mean = latency.mean_ms
  if (low === undefined || high === undefined || mean === undefined || low <= 0) return undefined
  return [(rate * mean) / high, (rate * mean) / low]
}

function withIntervals(latency: LatencyMeasure, rates: Record<string, number>): Pick<LatencyMeasure, 'intervals'> {
  const added = Object.entries(rates).flatMap(([name, rate]) => {
    const interval = rateInterval(rate, latency)
    return interval === undefined ? [] : [[name, interval] as const]
  })
  if (latency.intervals === undefined && added.length === 0) return {}
  return { intervals: { ...latency.intervals, ...Object.fromEntries(added) } }
}

/** Requests of `size` pictures one after the other. */
export function batchMeasure(
  load: MeasuredLoad,
  size: number,
  options: { seed: number; timeoutMs: number },
): BatchMeasure {
  const latency = loadLatency(load, { inFlight: 1, ...options })
  const rate = latency.mean_ms === undefined ? undefined : (size * 1000) / latency.mean_ms
  if (rate === undefined) return latency
  return {
    ...latency,
    images_per_s: rate,
    ...withIntervals(latency, { images_per_s: rate }),
    breakdown: breakdownOf(load),
  }
}

export function concurrentMeasure(
  load: MeasuredLoad,
  work: { concurrency: number; batch: number },
  options: { seed: number; timeoutMs: number },
): ConcurrentMeasure {
  const { outcome } = load
  const latency = loadLatency(load, { inFlight: work.concurrency, ...options })
  const seconds = outcome.wallMs / 1000
  const rates =
    outcome.successful === 0
      ? {}
      : { throughput_rps: outcome.successful / seconds, images_per_s: outcome.images / seconds }
  return {
    ...latency,
    ...rates,
    ...withIntervals(latency, rates),
    wall_time_s: seconds,
    concurrency: work.concurrency,
    batch_size: work.batch,
    total_requests: outcome.requests,
    successful: outcome.successful,
    ...(outcome.failures.length === 0
      ? {}
      : { failures: Object.fromEntries(outcome.failures.map(({ code, count }) => [code, count])) }),
    windows: outcome.windows.map((window) => ({
      seconds: (window.toMs - window.fromMs) / 1000,
      completed: window.requests,
      throughput_rps: window.requestsPerSecond,
      ...present({ mean_ms: window.meanMs ?? undefined, p95_ms: window.p95Ms ?? undefined }),
    })),
    ...(outcome.successful === 0
      ? {}
      : {
          breakdown: breakdownOf(load),
          request_bytes: outcome.requestBytes / outcome.successful,
          response_bytes: outcome.responseBytes / outcome.successful,
        }),
    utilisation: load.utilisation,
    ...unstable(outcome),
  }
}

function unstable(outcome: LoadOutcome): { unstable?: string } {
  if (outcome.steady !== false) return {}
  if (outcome.stopped) return { unstable: 'Stopped before it had settled.' }
  const spread = lastSpread(outcome.windows)
  const percent = (share: number): string => (Number.isFinite(share) ? `${Math.round(share * 100)} %` : 'far')
  return {
    unstable:
      spread === null
        ? `There were ${outcome.windows.length} windows with answers in time; three that agree are needed.`
        : `The last three windows differ by ${percent(spread.throughput)} in throughput and ${percent(spread.latency)} in latency; ${steadyWithin * 100} % is the limit.`,
  }
}

/**
 * Mean milliseconds of a request's stages. What the server does not tell of itself stays within `network`. Triton counts a batch's
 * computing for each request in it, which is what that request waited.
 */
export function breakdownOf({ outcome, metrics }: Pick<MeasuredLoad, 'outcome' | 'metrics'>): StageBreakdown {
  const mean = outcome.latency.samples.reduce((sum, ms) => sum + ms, 0) / Math.max(1, outcome.latency.samples.length)
  const server = serverStages(outcome, metrics)
  const parse = outcome.parse?.meanMs ?? 0
  const told = Object.values(server).reduce((sum, ms) => sum + ms, 0)
  const isLocal = outcome.responseBytes === 0
  const rest = Math.max(0, mean - told - parse)
  return {
    ...(outcome.encodeMsPerRequest > 0 ? { serialize: outcome.encodeMsPerRequest } : {}),
    ...server,
    // Waiting for the session, when several requests are under way.
    ...(isLocal ? { queue: rest } : { network: rest, parse }),
  }
}

function serverStages(outcome: LoadOutcome, metrics: ServerMetrics | null): StageBreakdown {
  const { decode, preprocess, queue, inference } = outcome.server
  if (inference !== null) {
    const input = (decode?.meanMs ?? 0) + (preprocess?.meanMs ?? 0)
    return {
      ...(queue === null ? {} : { queue: queue.meanMs }),
      ...(input > 0 ? { compute_input: input } : {}),
      compute_infer: inference.meanMs,
    }
  }
  const requests = metrics?.inference_request_success ?? 0
  if (metrics === null || requests === 0) return {}
  const each = (us: number | undefined): number => (us ?? 0) / requests / 1000
  return {
    queue: each(metrics.queue_duration_us),
    compute_input: each(metrics.compute_input_duration_us),
    compute_infer: each(metrics.compute_infer_duration_us),
    compute_output: each(metrics.compute_output_duration_us),
  }
}
