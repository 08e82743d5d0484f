import type { BackendSection, BenchmarkResult } from '../../src/shared/contract/benchmark.ts'
import { plantedLoad, plantedResult, plantedSamples } from '../../src/engine/benchmarking/results-sample.ts'
import { summariseLatencies } from '../../src/engine/benchmarking/statistics.ts'

/** Two results of the same work with every measure there is, as a run on machines with graphics cards leaves them. */
export function everyMeasure(): BenchmarkResult[] {
  return [resultOf('pytorch', 60), resultOf('triton', 24)]
}

function resultOf(backend: 'pytorch' | 'triton', meanMs: number): BenchmarkResult {
  const labels = { pytorch: 'PyTorch multipart JPEG', triton: 'Triton gRPC UINT8' }
  return plantedResult(backend, sectionOf(meanMs), {
    label: `${labels[backend]}, RTX 4080`,
    timestamp: '2026-11-20T10:20:30Z',
    config: { iterations: 700, batch_sizes: [1, 8, 32], concurrency: 16, concurrent_requests: 2000 },
    notes: { price_per_hour: 0.35 },
  })
}

function sectionOf(meanMs: number): BackendSection {
  const single = summariseLatencies(plantedSamples(meanMs, 700, 0.3))
  const breakdown = {
    serialize: meanMs * 0.05,
    network: meanMs * 0.5,
    queue: meanMs * 0.15,
    compute_input: meanMs * 0.02,
    compute_infer: meanMs * 0.25,
    compute_output: meanMs * 0.01,
    parse: meanMs * 0.02,
  }
  const loads = [1, 4, 16, 64].map((concurrency) =>
    plantedLoad({ meanMs: meanMs * (1 + concurrency / 8), concurrency, count: 2000 }),
  )
  return {
    cold_start: { first_request_ms: meanMs * 8 },
    single: { ...single, breakdown },
    ...batchesOf(meanMs),
    concurrent: plantedLoad({ meanMs: meanMs * 3, concurrency: 16, count: 2000 }),
    sweep: loads,
    open_loop: [0.3, 0.6, 0.9].map((share) => ({
      ...summariseLatencies(plantedSamples(meanMs * (1 + 2 * share), 2000, 0.4)),
      rate_rps: Math.round((share * 8000) / meanMs),
      service: summariseLatencies(plantedSamples(meanMs * (1 + share), 2000, 0.3)),
    })),
    ...serverSideOf(meanMs),
    pipeline: {
      photos: 200,
      bytes: 6e8,
      wall_time_s: 4,
      images_per_s: 50,
      stages: (['read', 'decode', 'preprocess', 'serialize', 'network', 'compute_infer', 'parse'] as const).map(
        (stage, index) => ({ stage, mean_ms: meanMs * (0.1 + index * 0.05), share: 1 / 7 }),
      ),
    },
  }
}

function batchesOf(meanMs: number): BackendSection {
  const sizes = [1, 8, 32]
  return Object.fromEntries(
    sizes.map((size) => {
      const mean = meanMs * (0.8 + size / 5)
      const rate = (size * 1000) / mean
      return [
        `batch_${size}`,
        {
          mean_ms: mean,
          images_per_s: rate,
          count: 50,
          intervals: { mean_ms: [mean * 0.93, mean * 1.08], images_per_s: [rate * 0.93, rate * 1.08] },
        },
      ]
    }),
  )
}

function serverSideOf(meanMs: number): BackendSection {
  const counters = {
    inference_request_success: 1000,
    queue_duration_us: meanMs * 150_000,
    compute_input_duration_us: meanMs * 20_000,
    compute_infer_duration_us: meanMs * 250_000,
    compute_output_duration_us: meanMs * 10_000,
  }
  return {
    protocols: (['fp32', 'fp16', 'uint8', 'jpeg'] as const).map((format, index) => ({
      transport: 'grpc' as const,
      format,
      concurrent: plantedLoad({ meanMs: meanMs * (4 - index * 0.7), concurrency: 16 }),
    })),
    serialization: (['json-fp32', 'fp32', 'fp16', 'uint8', 'jpeg'] as const).flatMap((format, index) =>
      [1, 8, 32].map((size) => ({
        format,
        batch_size: size,
        encode_ms: (size * 50) / 4 ** index,
        bytes: (size * 3_000_000) / 3 ** index,
      })),
    ),
    server_metrics: { ...counters, average_batch_size: 6 },
    server_metrics_by_phase: (['single', 'batch', 'concurrent', 'sweep'] as const).map((phase, index) => ({
      ...counters,
      phase,
      label: phase,
      average_batch_size: 1 + index * 2.5,
    })),
    gpu_series: Array.from({ length: 60 }, (_, second) => ({
      at_s: second,
      gpus: [
        {
          index: 0,
          utilization: 0.5 + 0.4 * Math.sin(second / 6),
          memory_used_mb: 2100 + second * 4,
          power_w: 150 + 80 * Math.sin(second / 6),
        },
      ],
    })),
    operator_profile: {
      operators: ['MatMul', 'Gemm', 'LayerNormalization', 'BiasGelu', 'Conv', 'Softmax'].map((op, index) => ({
        op,
        total_ms: 100 / (index + 1),
        share: 0.5 / (index + 1),
        invocations: 24,
      })),
    },
    scaling: [1, 2, 4].map((endpoints) => ({
      endpoints,
      images_per_s: (1000 / meanMs) * endpoints * 0.9,
      interval: [(900 / meanMs) * endpoints * 0.9, (1100 / meanMs) * endpoints * 0.9],
    })),
  }
}
