import { expect, test } from 'vitest'
import { countersFromMetrics, countersFromStats, serverMetricsBetween } from './server-counters.ts'

// As a Triton 2.51 writes it: 320 requests of 16 clients in 46 executions.
const metrics = (
  success: number,
  count: number,
  executions: number,
  us: [number, number, number, number, number],
): string => `
# HELP nv_inference_request_success Number of successful inference requests, all batch sizes
# TYPE nv_inference_request_success counter
nv_inference_request_success{model="other",version="1"} 7
nv_inference_request_success{model="openclip_vit_b32",version="1"} ${success}
nv_inference_request_failure{model="openclip_vit_b32",reason="OTHER",version="1"} 1
nv_inference_request_failure{model="openclip_vit_b32",reason="REJECTED",version="1"} 2
nv_inference_count{model="openclip_vit_b32",version="1"} ${count}
nv_inference_exec_count{model="openclip_vit_b32",version="1"} ${executions}
nv_inference_request_duration_us{model="openclip_vit_b32",version="1"} ${us[0]}
nv_inference_queue_duration_us{model="openclip_vit_b32",version="1"} ${us[1]}
nv_inference_compute_input_duration_us{model="openclip_vit_b32",version="1"} ${us[2]}
nv_inference_compute_infer_duration_us{model="openclip_vit_b32",version="1"} ${us[3]}
nv_inference_compute_output_duration_us{model="openclip_vit_b32",version="1"} ${us[4]}
nv_cpu_utilization 0.25
`

test('counters become what happened in between, with averages, efficiency and shares', () => {
  const before = countersFromMetrics(metrics(100, 100, 80, [1e6, 2e5, 1e4, 7e5, 1e4]), 'openclip_vit_b32', '1')
  const after = countersFromMetrics(metrics(420, 420, 126, [5e6, 1.2e6, 9e4, 3.6e6, 5e4]), 'openclip_vit_b32', '1')
  if (before === null || after === null) throw new Error('the model is listed')
  expect(serverMetricsBetween(before, after)).toEqual({
    inference_request_success: 320,
    inference_request_failure: 0,
    inference_count: 320,
    inference_exec_count: 46,
    request_duration_us: 4_000_000,
    queue_duration_us: 1_000_000,
    compute_input_duration_us: 80_000,
    compute_infer_duration_us: 2_900_000,
    compute_output_duration_us: 40_000,
    average_batch_size: 320 / 46,
    batching_efficiency: 1 - 46 / 320,
    queue_share: 0.25,
    compute_share: 0.755,
  })
})

test('a server that was started again in between gives no difference', () => {
  const before = countersFromMetrics(metrics(420, 420, 126, [5e6, 1.2e6, 9e4, 3.6e6, 5e4]), 'openclip_vit_b32', null)
  const after = countersFromMetrics(metrics(3, 3, 3, [5e3, 1e3, 9, 3e3, 5]), 'openclip_vit_b32', null)
  if (before === null || after === null) throw new Error('the model is listed')
  expect(serverMetricsBetween(before, after)).toBeNull()
})

test('a metrics port that does not list the model gives none', () => {
  expect(countersFromMetrics('nv_cpu_utilization 0.2\n', 'openclip_vit_b32', null)).toBeNull()
})

test('the statistics are nanoseconds and mean the same', () => {
  const figure = (count: number, ns: number): { count: number; ns: number } => ({ count, ns })
  const text = JSON.stringify({
    model_stats: [
      {
        name: 'm',
        version: '1',
        inference_count: 420,
        execution_count: 126,
        inference_stats: {
          success: figure(420, 5e9),
          fail: figure(3, 1e6),
          queue: figure(420, 1.2e9),
          compute_input: figure(420, 9e7),
          compute_infer: figure(420, 3.6e9),
          compute_output: figure(420, 5e7),
          cache_hit: figure(0, 0),
          cache_miss: figure(0, 0),
        },
      },
    ],
  })
  const fromMetrics = countersFromMetrics(
    metrics(420, 420, 126, [5e6, 1.2e6, 9e4, 3.6e6, 5e4]),
    'openclip_vit_b32',
    '1',
  )
  expect(countersFromStats(text, '1')).toEqual(fromMetrics)
  expect(countersFromStats(text, '2').requests).toBe(0)
})
