import { expect, test } from 'vitest'
import type { BenchmarkResult } from '../../shared/contract/benchmark.ts'
import { checkThreshold, parseThreshold } from './benchmark-thresholds.ts'

const result: BenchmarkResult = {
  schema: 'twinlens/benchmark-result@1',
  timestamp: '2026-11-23T10:00:00+00:00',
  run_id: 'r',
  backend: 'triton',
  label: 'Triton',
  config: {},
  gpu_specs: { name: 'CPU', count: 0, gpus: [] },
  gpu_before: null,
  gpu_after: null,
  triton: { concurrent: { p95_ms: 500, throughput_rps: 40 }, batch_8: { images_per_s: 120 } },
}

test.each<[string, ReturnType<typeof checkThreshold>]>([
  ['concurrent.p95_ms>500', { kind: 'kept', value: 500 }],
  ['concurrent.p95_ms >= 500', { kind: 'hit', value: 500 }],
  ['concurrent.throughput_rps<40.5', { kind: 'hit', value: 40 }],
  ['batch_8.images_per_s<=100', { kind: 'kept', value: 120 }],
  // What was not measured can't have been kept: a build must not pass on a phase that failed.
  ['single.p50_ms>10', { kind: 'not-measured' }],
  ['concurrent.windows>1', { kind: 'not-measured' }],
])('%s', (text, expected) => {
  expect(checkThreshold(parseThreshold(text), result)).toEqual(expected)
})

test.each(['p95_ms>500', 'concurrent.p95_ms', 'concurrent.p95_ms=500', 'concurrent.p95_ms>fast', ''])(
  '“%s” is no condition',
  (text) => {
    expect(() => parseThreshold(text)).toThrow('no condition')
  },
)
