import { batchesOf, sectionOf, type BenchmarkResult } from '../../shared/contract/benchmark.ts'
import type {
  BenchmarkPhase,
  ConcurrentMeasure,
  Interval,
  StageBreakdown,
  Utilisation,
} from '../../shared/contract/benchmark-measures.ts'
import { bootstrapIntervals } from './statistics-bootstrap.ts'
import { carriesInterval } from './statistics.ts'

/** A way of working that was measured: how many pictures a second, and at which latency. */
export interface OperatingPoint {
  phase: BenchmarkPhase
  /** `32 in flight`, `batches of 8, one at a time`. */
  title: string
  /** `Triton gRPC UINT8`, where the phase used another way in than the result's label says; null else. */
  way: string | null
  imagesPerSecond: number
  /** Null where it is not of requests in flight at the same time. */
  requestsPerSecond: number | null
  interval: Interval | null
  p95Ms: number | null
  /** Requests behind it. */
  count: number
  /** Why it is not to be relied on: it did not settle, or requests failed; null when it is. */
  doubt: string | null
  breakdown: StageBreakdown | null
  utilisation: Utilisation | null
}

const formatNames: Readonly<Record<string, string>> = {
  'json-fp32': 'JSON',
  fp32: 'FP32',
  fp16: 'FP16',
  uint8: 'UINT8',
  jpeg: 'JPEG',
  'base64-jpeg': 'base64 JPEG',
  'base64-png': 'base64 PNG',
  'multipart-jpeg': 'JPEG form',
  'multipart-png': 'PNG form',
}

/** `Triton gRPC UINT8`. */
export function wayTitle(backend: string, transport: string | undefined, format: string | undefined): string {
  const name = { pytorch: 'PyTorch', triton: 'Triton', local: 'Local' }[backend] ?? backend
  const via = backend === 'triton' && transport !== undefined ? ({ grpc: 'gRPC', http: 'HTTP' }[transport] ?? '') : ''
  return [name, via, format === undefined ? '' : (formatNames[format] ?? format)]
    .filter((part) => part !== '')
    .join(' ')
}

/** Every way of working that a result holds a throughput of. */
export function operatingPoints(result: BenchmarkResult): OperatingPoint[] {
  const section = sectionOf(result)
  const points: OperatingPoint[] = []
  const add = (point: OperatingPoint | null): void => void (point === null ? undefined : points.push(point))
  if (section.concurrent) add(loadPoint('concurrent', null, section.concurrent))
  for (const step of section.sweep ?? []) add(loadPoint('sweep', null, step))
  for (const protocol of section.protocols ?? []) {
    if (protocol.verdict === 'different-model' || protocol.concurrent === undefined) continue
    const way = wayTitle(result.backend, protocol.transport, protocol.format)
    add(loadPoint('protocols', way, protocol.concurrent))
  }
  for (const { size, measure } of batchesOf(section)) {
    if (measure.images_per_s === undefined) continue
    points.push({
      phase: 'batch',
      title: size === 1 ? 'one at a time' : `batches of ${size}, one at a time`,
      way: null,
      imagesPerSecond: measure.images_per_s,
      requestsPerSecond: null,
      interval: measure.intervals?.['images_per_s'] ?? inverse(measure.intervals?.['mean_ms'], size * 1000),
      p95Ms: measure.p95_ms ?? null,
      count: measure.count ?? 0,
      doubt: measure.error ?? measure.unstable ?? null,
      breakdown: measure.breakdown ?? null,
      utilisation: null,
    })
  }
  return points
}

/** Encoding is done before a load begins, so it is no part of its requests' time. */
function ofRequest(breakdown: StageBreakdown | undefined): StageBreakdown | null {
  if (breakdown === undefined) return null
  const { serialize: _, ...rest } = breakdown
  return rest
}

/** A time per request turned into a rate. */
function inverse(interval: Interval | undefined, scale: number): Interval | null {
  return interval === undefined ? null : [scale / interval[1], scale / interval[0]]
}

function loadPoint(phase: BenchmarkPhase, way: string | null, load: ConcurrentMeasure): OperatingPoint | null {
  const batch = load.batch_size ?? 1
  const rate = load.images_per_s ?? (load.throughput_rps === undefined ? undefined : load.throughput_rps * batch)
  if (rate === undefined) return null
  const failed = (load.total_requests ?? 0) - (load.successful ?? load.total_requests ?? 0)
  const failure = failed > 0 ? `${failed} of ${load.total_requests ?? 0} requests failed.` : null
  const flight = `${load.concurrency ?? 1} in flight`
  return {
    phase,
    title: batch > 1 ? `batches of ${batch}, ${flight}` : flight,
    way,
    imagesPerSecond: rate,
    requestsPerSecond: load.throughput_rps ?? rate / batch,
    interval: loadInterval(load, rate, batch),
    p95Ms: load.p95_ms ?? null,
    count: load.count ?? load.successful ?? 0,
    doubt: load.error ?? load.unstable ?? failure,
    breakdown: ofRequest(load.breakdown),
    utilisation: load.utilisation ?? null,
  }
}

/**
 * As stated; else by Little's law from the interval of the mean latency (throughput = workers ÷ latency in a closed loop without
 * pauses), its samples resampled in blocks of as many as there are workers.
 */
function loadInterval(load: ConcurrentMeasure, rate: number, batch: number): Interval | null {
  const images = load.intervals?.['images_per_s']
  if (images !== undefined) return images
  const requests = load.intervals?.['throughput_rps']
  if (requests !== undefined) return [requests[0] * batch, requests[1] * batch]
  const samples = load.samples_ms ?? []
  const mean = load.mean_ms
  if (!carriesInterval(samples.length, load.concurrency) || mean === undefined) return null
  const interval = bootstrapIntervals(samples, { mean: 'mean' }, { blockLength: load.concurrency ?? 1 })['mean']
  return interval === undefined ? null : [(rate * mean) / interval[1], (rate * mean) / interval[0]]
}

/**
 * The fastest point that can be relied on, under a latency limit where one is given (points without a 95th percentile do not
 * qualify then); null when there is none.
 */
export function bestPoint(result: BenchmarkResult, p95LimitMs: number | null = null): OperatingPoint | null {
  const fit = operatingPoints(result).filter(
    ({ doubt, p95Ms }) => doubt === null && (p95LimitMs === null || (p95Ms !== null && p95Ms <= p95LimitMs)),
  )
  return fit.toSorted((a, b) => b.imagesPerSecond - a.imagesPerSecond)[0] ?? null
}
