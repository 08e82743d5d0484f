import { BenchmarkBackend } from '../../shared/contract/benchmark.ts'
import type { BackendSection, BenchmarkResult } from '../../shared/contract/benchmark.ts'
import type { ServerMetrics } from '../../shared/contract/benchmark-resources.ts'
import {
  configOf,
  fieldsOf,
  gpuMomentOf,
  gpuSpecsOf,
  imagesPerSecond,
  latencyFields,
  numberAt,
  present,
  thinPercentiles,
  timestampOf,
  type Fields,
} from './import-fields.ts'
import { foreignResult } from './import-series.ts'
import { readFileName } from './results-file-name.ts'

/** Flat files: a section for each backend beside `config`. See [Note: Published shapes]. */
export function importFlat(content: unknown, file: string): BenchmarkResult[] {
  const top = fieldsOf(content)
  const named = readFileName(file)
  return BenchmarkBackend.options.flatMap((backend) => {
    const fields = fieldsOf(top[backend])
    if (Object.keys(fields).length === 0) return []
    const section = flatSection(fields)
    if (Object.keys(section).length === 0) return []
    const single = section.single ?? {}
    return [
      foreignResult({
        backend,
        file,
        shape: 'flat',
        timestamp: timestampOf(top['timestamp'], named?.timestamp),
        config: configOf(top['config']),
        gpu: gpuSpecsOf(top['gpu_specs'], named?.gpu),
        before: gpuMomentOf(top['gpu_before']),
        after: gpuMomentOf(top['gpu_after']),
        section,
        cautions: thinPercentiles(single),
      }),
    ]
  })
}

function flatSection(fields: Fields): BackendSection {
  const section: BackendSection = {}
  const coldStart = present({ first_request_ms: numberAt(fieldsOf(fields['cold_start']), 'first_request_ms') })
  if (Object.keys(coldStart).length > 0) section.cold_start = coldStart
  const single = latencyFields(fieldsOf(fields['single']))
  if (Object.keys(single).length > 0) section.single = single
  for (const [key, value] of Object.entries(fields)) {
    const size = /^batch_(\d+)$/.exec(key)?.[1]
    if (size !== undefined) section[`batch_${Number(size)}`] = batchMeasure(fieldsOf(value), Number(size))
  }
  const concurrent = concurrentMeasure(fieldsOf(fields['concurrent']))
  if (Object.keys(concurrent).length > 0) section.concurrent = concurrent
  const metrics = serverMetrics(fieldsOf(fields['server_metrics']))
  if (Object.keys(metrics).length > 0) section.server_metrics = metrics
  return section
}

/** Images per second follow from the mean where the file leaves them out: that is how the published ones were reckoned. */
export function batchMeasure(fields: Fields, size: number): NonNullable<BackendSection[`batch_${number}`]> {
  const latency = latencyFields(fields)
  const told = imagesPerSecond(fields)
  const rate = told ?? (latency.mean_ms === undefined ? undefined : (size * 1000) / latency.mean_ms)
  return { ...latency, ...present({ images_per_s: rate }) }
}

export function concurrentMeasure(fields: Fields): NonNullable<BackendSection['concurrent']> {
  const images = imagesPerSecond(fields)
  return {
    ...latencyFields(fields),
    ...present({
      throughput_rps: numberAt(fields, 'throughput_rps') ?? images,
      images_per_s: images,
      wall_time_s: numberAt(fields, 'wall_time_s'),
      concurrency: numberAt(fields, 'concurrency'),
      total_requests: numberAt(fields, 'total_requests'),
      successful: numberAt(fields, 'successful'),
    }),
  }
}

function serverMetrics(fields: Fields): ServerMetrics {
  const at = (name: string): number | undefined => numberAt(fields, name, `nv_${name}`, `nv_inference_${name}`)
  return present({
    inference_request_success: at('inference_request_success'),
    queue_duration_us: at('queue_duration_us'),
    compute_input_duration_us: at('compute_input_duration_us'),
    compute_infer_duration_us: at('compute_infer_duration_us'),
    compute_output_duration_us: at('compute_output_duration_us'),
    inference_count: at('inference_count'),
    inference_exec_count: at('inference_exec_count'),
  })
}
