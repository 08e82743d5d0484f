import { expect, test } from 'vitest'
import { gpusFromInfo, gpusFromPrometheus, parseNvidiaSmi } from './gpu-sources.ts'
import { parsePrometheus } from './prometheus.ts'

test('nvidia-smi with two cards, one of which tells neither power nor temperature', () => {
  const text = [
    '0, NVIDIA GeForce RTX 4080, GPU-aaaa, 550.54.15, 16376, 320.00, 8.9, 37, 2530, 61.42, 45',
    '1, Tesla K80, GPU-bbbb, 470.0, 11441, [N/A], 3.7, [Not Supported], 3, [N/A], [N/A]',
    '',
  ].join('\n')
  const [first, second] = parseNvidiaSmi(text)
  expect(first).toEqual({
    spec: {
      index: 0,
      name: 'NVIDIA GeForce RTX 4080',
      uuid: 'GPU-aaaa',
      driver: '550.54.15',
      memory_total_mb: 16376,
      power_limit_w: 320,
      compute_capability: '8.9',
    },
    reading: {
      index: 0,
      utilization: 0.37,
      memory_used_mb: 2530,
      memory_total_mb: 16376,
      power_w: 61.42,
      temperature_c: 45,
    },
  })
  expect(second?.reading).toEqual({ index: 1, memory_used_mb: 3, memory_total_mb: 11441 })
})

test('Triton’s metrics name each GPU by its UUID', () => {
  const text = ['GPU-b', 'GPU-a']
    .flatMap((uuid, k) => [
      `nv_gpu_utilization{gpu_uuid="${uuid}"} 0.${k + 4}`,
      `nv_gpu_memory_total_bytes{gpu_uuid="${uuid}"} 17179869184`,
      `nv_gpu_memory_used_bytes{gpu_uuid="${uuid}"} 2147483648`,
      `nv_gpu_power_usage{gpu_uuid="${uuid}"} ${10 + k}.5`,
      `nv_gpu_power_limit{gpu_uuid="${uuid}"} 320`,
    ])
    .join('\n')
  const gpus = gpusFromPrometheus(parsePrometheus(text))
  expect(gpus.map(({ spec }) => spec.uuid)).toEqual(['GPU-a', 'GPU-b'])
  expect(gpus[0]?.reading).toEqual({
    index: 0,
    utilization: 0.5,
    memory_used_mb: 2048,
    memory_total_mb: 16384,
    power_w: 11.5,
  })
})

test.each([
  ['no GPU', '{"cuda_available":false,"device_count":0,"devices":[],"torch":"2.13.0+cpu"}', []],
  [
    'a list with bytes and percent',
    '{"devices":[{"index":0,"name":"A100","memory_total_bytes":85899345920,"memory_used_bytes":3543348019,"utilization_percent":41,"power_watts":null,"power_limit_watts":400,"temperature_celsius":33}]}',
    [{ index: 0, utilization: 0.41, memory_used_mb: 3543348019 / 2 ** 20, memory_total_mb: 81920, temperature_c: 33 }],
  ],
  [
    'one GPU’s fields at the top',
    '{"gpu_name":"RTX 4080","memory_total_mb":16376,"memory_used_mb":2800,"utilization":0.174}',
    [{ index: 0, utilization: 0.174, memory_used_mb: 2800, memory_total_mb: 16376 }],
  ],
])('/gpu-info: %s', (_name, text, expected) => {
  expect(gpusFromInfo(text).map(({ reading }) => reading)).toEqual(expected)
})
