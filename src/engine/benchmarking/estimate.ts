import type { BenchmarkPhase } from '../../shared/contract/benchmark-measures.ts'
import type { BenchmarkEstimate } from '../../shared/contract/benchmark-run.ts'
import type { InputFormat } from '../../shared/contract/servers.ts'
import type { RunProgress } from './run-parts.ts'
import type { RunSettings } from './run-settings.ts'

/** What is known of a backend before it is measured. */
export interface BackendGuess {
  kind: 'local' | 'pytorch' | 'triton'
  format: InputFormat | null
  /** Other ways into it, for the protocols phase. */
  offers: readonly InputFormat[]
  maxBatch: number
  /** From an earlier run or a trial; null: nothing is known. */
  imagesPerSecond: number | null
  p50Ms: number | null
  servers: number
  photos: number
}

/** Bytes of one 224 × 224 picture as it travels, measured on photos at JPEG quality 95. */
const bytesOf: Record<InputFormat, number> = {
  'json-fp32': 1_500_000,
  fp32: 602_300,
  fp16: 301_200,
  uint8: 150_700,
  jpeg: 24_000,
  'base64-jpeg': 32_000,
  'base64-png': 140_000,
  'multipart-jpeg': 24_200,
  'multipart-png': 105_200,
}

/** A backend of which nothing is known does between these images a second. */
const unknownRate = { low: 10, high: 300 }

interface Work {
  requests: number
  images: number
  bytes: number
  /** Seconds at a rate of images per second and a latency of one request, milliseconds. */
  seconds: (rate: number, latencyMs: number) => number
}

/**
 * What a run will take: requests and bytes that go out (by-window phases counted at the rate guessed), and a span of time. An
 * estimate from what is known before; the run shows how it goes.
 */
export function estimateRun(settings: RunSettings, backends: readonly BackendGuess[]): BenchmarkEstimate {
  let requests = 0
  let bytes = 0
  const seconds = { low: 0, high: 0 }
  for (const backend of backends) {
    const fast = backend.imagesPerSecond === null ? unknownRate.high : backend.imagesPerSecond * 1.3
    const slow = backend.imagesPerSecond === null ? unknownRate.low : backend.imagesPerSecond * 0.7
    const middle = Math.sqrt(fast * slow)
    for (const phase of settings.phases) {
      const work = workOf(phase, settings, backend, middle)
      requests += work.requests
      bytes += backend.kind === 'local' ? 0 : work.bytes
      const latency = (rate: number): number => backend.p50Ms ?? 2000 / rate
      seconds.low += work.seconds(fast, latency(fast)) * 0.9
      seconds.high += work.seconds(slow, latency(slow)) * 1.2
    }
    seconds.high += (settings.cooldownMs / 1000) * settings.phases.length * (backends.length > 1 ? 1 : 0)
  }
  return { seconds, requests: Math.round(requests), bytes: Math.round(bytes), warnings: warningsOf(settings, backends) }
}

/** Middle of the span that the phases still to do will take at the pace measured so far; null while a backend's is not known. */
export function secondsLeft(settings: RunSettings, targets: RunProgress['targets']): number | null {
  let left = 0
  for (const { backend, phases, pace } of targets) {
    if (pace === null) return null
    const todo = phases.filter(({ state }) => state === 'pending').map(({ phase }) => phase)
    const guess = { kind: backend, format: null, offers: [], maxBatch: Infinity, servers: 1, photos: 0, ...pace }
    const { seconds } = estimateRun({ ...settings, phases: todo }, [guess])
    left += (seconds.low + seconds.high) / 2
  }
  return left
}

const nothing: Work = { requests: 0, images: 0, bytes: 0, seconds: () => 0 }

function workOf(phase: BenchmarkPhase, settings: RunSettings, backend: BackendGuess, rate: number): Work {
  const { iterations, batchSizes, concurrentRequests, sweepConcurrency, windowMs, maxWindows } = settings
  const size = backend.format === null ? 0 : bytesOf[backend.format]
  const limit = settings.stepLimitMs / 1000
  const batches = batchSizes.filter((batch) => batch <= backend.maxBatch)
  const steps = (levels: number): number => (levels * windowMs * (3 + maxWindows)) / 2000
  const counted = (requests: number, images: number, seconds: Work['seconds']): Work => ({
    requests,
    images,
    bytes: images * size,
    seconds,
  })
  switch (phase) {
    case 'single':
      return counted(iterations, iterations, (_, ms) => Math.min(limit, (iterations * ms) / 1000))
    case 'batch': {
      const images = iterations * batches.reduce((sum, batch) => sum + batch, 0)
      return counted(iterations * batches.length, images, (ips, ms) =>
        batches.reduce((sum, batch) => sum + Math.min(limit, iterations * Math.max(ms / 1000, batch / ips)), 0),
      )
    }
    case 'concurrent':
      return counted(concurrentRequests, concurrentRequests, (ips) => Math.min(limit, concurrentRequests / ips) + 2)
    case 'sweep': {
      const long = steps(sweepConcurrency.length)
      return counted(long * rate, long * rate, () => long)
    }
    case 'open-loop': {
      const long = ((settings.openLoopRates?.length ?? 4) * settings.openLoopMs) / 1000
      return counted(long * rate * 0.6, long * rate * 0.6, () => long)
    }
    case 'protocols': {
      if (backend.kind === 'local') return nothing
      const each = iterations + concurrentRequests
      const total = backend.offers.reduce((sum, format) => sum + each * bytesOf[format], 0)
      return {
        ...counted(
          each * backend.offers.length,
          each * backend.offers.length,
          (ips, ms) =>
            backend.offers.length *
            (Math.min(limit, (iterations * ms) / 1000) + Math.min(limit, concurrentRequests / ips)),
        ),
        bytes: total,
      }
    }
    case 'scaling': {
      const long = backend.servers < 2 ? 0 : steps(2 * backend.servers)
      return counted(long * rate, long * rate, () => long)
    }
    case 'pipeline': {
      const photos = Math.min(backend.photos, settings.pipelinePhotos)
      return counted(photos / 8, photos, (ips) => photos / Math.min(ips, 40))
    }
    case 'serialization':
      return { ...nothing, seconds: () => batchSizes.length * 6 }
    case 'operator-profile':
      return backend.kind === 'local' ? { ...nothing, seconds: (ips) => 5 + (batchSizes.length * 150) / ips } : nothing
    case 'cold-start':
      return backend.kind === 'local' ? { ...nothing, seconds: () => 5 } : counted(1, 1, (_, ms) => ms / 1000)
    case 'parity':
      return backend.kind === 'local' ? nothing : counted(24, 24, (ips) => 24 / ips + 2)
    case 'readiness':
    case 'gpu':
    case 'server-metrics':
      return { ...nothing, seconds: () => 0.3 }
  }
}

function warningsOf(settings: RunSettings, backends: readonly BackendGuess[]): string[] {
  const warnings: string[] = []
  if (backends.some(({ imagesPerSecond }) => imagesPerSecond === null)) {
    warnings.push('How fast a backend is, is not known yet: the span of time is wide.')
  }
  const { phases } = settings
  if (phases.includes('scaling') && backends.every(({ servers }) => servers < 2)) {
    warnings.push('Scaling will be skipped: it takes two servers that offer the same model.')
  }
  if (phases.includes('pipeline') && backends.every(({ photos }) => photos === 0)) {
    warnings.push('The pipeline will be skipped: there are no photos to take.')
  }
  const largest = Math.max(...settings.batchSizes)
  if (phases.includes('batch') && backends.some(({ maxBatch }) => maxBatch < largest)) {
    warnings.push(`Not every backend takes ${largest} pictures in a request; larger batches are left out there.`)
  }
  return warnings
}
