import type { BackendSection, BenchmarkBackend, BenchmarkResult } from '../../shared/contract/benchmark.ts'
import type { ConcurrentMeasure, StageBreakdown, Utilisation } from '../../shared/contract/benchmark-measures.ts'
import { seededRandom } from '../../shared/domain/seeded-random.ts'
import { summariseLatencies } from './statistics.ts'

/** Latencies around a mean, `spread` of it to either side, evenly; for tests. */
export function plantedSamples(meanMs: number, count: number, spread = 0.1, seed = 1): number[] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, () => meanMs * (1 + spread * (2 * random() - 1)))
}

export interface PlantedLoad {
  meanMs: number
  concurrency: number
  count?: number
  spread?: number
  seed?: number
  breakdown?: StageBreakdown
  utilisation?: Utilisation
  unstable?: string
}

/** A closed loop whose throughput follows from its latency (Little's law); for tests. */
export function plantedLoad(plan: PlantedLoad): ConcurrentMeasure {
  const { meanMs, concurrency, count = 400, spread, seed } = plan
  const measure = summariseLatencies(plantedSamples(meanMs, count, spread, seed), { blockLength: concurrency })
  const rate = (concurrency * 1000) / (measure.mean_ms ?? NaN)
  return {
    ...measure,
    throughput_rps: rate,
    images_per_s: rate,
    concurrency,
    batch_size: 1,
    total_requests: count,
    successful: count,
    wall_time_s: count / rate,
    ...(plan.breakdown === undefined ? {} : { breakdown: plan.breakdown }),
    ...(plan.utilisation === undefined ? {} : { utilisation: plan.utilisation }),
    ...(plan.unstable === undefined ? {} : { unstable: plan.unstable }),
  }
}

/** A complete result with a section made by the caller; for tests. */
export function plantedResult(
  backend: BenchmarkBackend,
  section: BackendSection,
  changes: Partial<BenchmarkResult> = {},
): BenchmarkResult {
  const gpu = backend === 'local' ? 'CPU' : 'NVIDIA GeForce RTX 4080'
  return {
    schema: 'twinlens/benchmark-result@1',
    timestamp: '2026-11-23T10:20:30Z',
    run_id: 'planted',
    backend,
    label: `${backend}, ${gpu}`,
    config: {
      iterations: 50,
      batch_sizes: [1, 8],
      concurrency: 16,
      concurrent_requests: 200,
      warmup_iterations: 3,
      ...(backend === 'triton' ? { transport: 'grpc' as const, format: 'uint8' as const } : {}),
    },
    gpu_specs: { name: gpu, count: 1, gpus: [] },
    gpu_before: null,
    gpu_after: null,
    environment: {
      platform: 'linux x64',
      cpu: 'Test CPU',
      cores: 8,
      memory_mb: 16_000,
      power_source: 'mains',
      app_version: '0.1.0',
      app_commit: null,
      libraries: { 'onnxruntime-node': '1.30.0' },
      provider: backend === 'local' ? 'cpu' : 'cuda',
      device: gpu,
      fallback_reason: null,
      driver: null,
      server: backend === 'local' ? null : { name: backend, version: '1' },
      address: backend === 'local' ? null : 'http://10.0.0.5:8003',
      exposure: backend === 'local' ? null : 'private-network',
      round_trip_ms: backend === 'local' ? null : 20,
      model: { name: 'openclip_vit_b32', sha256: null, dimension: 512 },
      image_set: { hash: 'a'.repeat(32), count: 64, source: 'generated' },
    },
    phases: [{ phase: 'concurrent', state: 'done', seconds: 5 }],
    [backend]: { parity: { verdict: 'equal', reason: 'Cosine 0.9999 or more.' }, ...section },
    ...changes,
  }
}
