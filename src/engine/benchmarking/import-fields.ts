import { z } from 'zod'
import { minimumSamples } from '../../shared/contract/benchmark-measures.ts'
import { type GpuMoment, type GpuReading, type GpuSpecs } from '../../shared/contract/benchmark-resources.ts'
import type { BenchmarkConfig } from '../../shared/contract/benchmark.ts'

/** A field holds something else. `importForeign` turns it into a message that names the file. */
export class NotANumber extends Error {}

/** Any JSON object; fields are read one by one, for foreign files spell them in several ways. */
export const Fields = z.record(z.string(), z.unknown())
export type Fields = z.infer<typeof Fields>

export function fieldsOf(value: unknown): Fields {
  return Fields.safeParse(value).data ?? {}
}

/**
 * The first of `names` that holds a number. Null and absent are "not told".
 * @throws NotANumber for anything else under one of the names: a wrong file, not a gap
 */
export function numberAt(fields: Fields, ...names: string[]): number | undefined {
  for (const name of names) {
    const value = fields[name]
    if (value === undefined || value === null) continue
    if (typeof value === 'number' && Number.isFinite(value)) return value
    throw new NotANumber(`its ${name} is not a number`)
  }
  return undefined
}

export function textAt(fields: Fields, ...names: string[]): string | undefined {
  for (const name of names) {
    const value = fields[name]
    if (typeof value === 'string' && value.trim() !== '') return value.trim()
  }
  return undefined
}

/** Drops absent fields: what was not measured has no field. */
export function present<T extends Record<string, unknown>>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}

/** Latency fields under their own, the `client_…` or the `latency_…` names. */
export function latencyFields(fields: Fields) {
  const at = (name: string, ...more: string[]): number | undefined =>
    numberAt(fields, `${name}_ms`, `client_${name}_ms`, `latency_${name}_ms`, ...more)
  return present({
    mean_ms: at('mean', 'avg_ms'),
    std_ms: at('std'),
    min_ms: at('min'),
    p50_ms: at('p50', 'median_ms', 'client_median_ms'),
    p90_ms: at('p90'),
    p95_ms: at('p95'),
    p99_ms: at('p99'),
    max_ms: at('max'),
    count: numberAt(fields, 'count'),
    error: errorOf(fields),
  })
}

/** A batch that timed out says so under `error`, `status` or, without figures, `note`. */
function errorOf(fields: Fields): string | undefined {
  const told = textAt(fields, 'error')
  if (told !== undefined) return told
  const status = textAt(fields, 'status')
  if (status !== undefined && !/^(ok|success|done)$/i.test(status)) return status
  return numberAt(fields, 'mean_ms') === undefined ? textAt(fields, 'note') : undefined
}

export function imagesPerSecond(fields: Fields): number | undefined {
  return numberAt(
    fields,
    'images_per_s',
    'throughput_imgs_per_sec',
    'throughput_imgs_sec',
    'throughput_images_per_sec',
    'images_per_sec',
  )
}

/** `[1, 4]` or `"1,4"`. */
function wholeNumbers(value: unknown): number[] | undefined {
  const parts = typeof value === 'string' ? value.split(',').map(Number) : value
  const parsed = z.array(z.number().int()).safeParse(parts)
  return parsed.success && parsed.data.length > 0 ? parsed.data : undefined
}

export function configOf(value: unknown): BenchmarkConfig {
  const fields = fieldsOf(value)
  return present({
    iterations: numberAt(fields, 'iterations', 'iterations_per_concurrency'),
    batch_sizes: wholeNumbers(fields['batch_sizes']),
    concurrency: numberAt(fields, 'concurrency'),
    concurrent_requests: numberAt(fields, 'concurrent_requests'),
    warmup_iterations: numberAt(fields, 'warmup_iterations', 'warmup'),
    timeout_s: numberAt(fields, 'timeout_s'),
  })
}

/** Of an object, a list of them, a FastAPI `/gpu-info` reply (`devices`), or a bare name. */
function gpuList(value: unknown): Fields[] {
  if (typeof value === 'string' && value.trim() !== '') return [{ name: value.trim() }]
  if (Array.isArray(value)) return value.flatMap(gpuList)
  const fields = fieldsOf(value)
  for (const list of [fields['gpus'], fields['devices']]) if (Array.isArray(list)) return list.flatMap(gpuList)
  return Object.keys(fields).length > 0 ? [fields] : []
}

export const unknownGpu = 'unknown GPU'

/** @param fallback the name that the file's own name or configuration tells */
export function gpuSpecsOf(value: unknown, fallback: string | undefined, count?: number): GpuSpecs {
  const gpus = gpuList(value).map((fields, index) => ({
    index,
    name: textAt(fields, 'name', 'gpu_name', 'gpu', 'device_name') ?? fallback ?? unknownGpu,
    ...present({
      driver: textAt(fields, 'driver', 'driver_version'),
      memory_total_mb: numberAt(fields, 'memory_total_mb', 'total_memory_mb'),
    }),
  }))
  const name = gpus[0]?.name ?? fallback ?? unknownGpu
  return {
    name,
    count: count ?? Math.max(1, gpus.length),
    gpus,
    ...(name === unknownGpu ? { note: 'The file does not tell the GPU.' } : {}),
  }
}

/** A reading before or after; null when the file has none that can be understood. */
export function gpuMomentOf(value: unknown): GpuMoment | null {
  const gpus: GpuReading[] = gpuList(value).map((fields, index) => {
    const percent = numberAt(fields, 'utilization_percent', 'gpu_utilization_percent', 'utilization_gpu')
    return {
      index,
      ...present({
        utilization: percent === undefined ? numberAt(fields, 'utilization') : percent / 100,
        memory_used_mb: numberAt(fields, 'memory_used_mb', 'memory_allocated_mb'),
        memory_total_mb: numberAt(fields, 'memory_total_mb'),
        power_w: numberAt(fields, 'power_w', 'power_draw_w'),
        temperature_c: numberAt(fields, 'temperature_c'),
      }),
    }
  })
  const told = gpus.filter((gpu) => Object.keys(gpu).length > 1)
  return told.length > 0 ? { at_s: 0, gpus: told } : null
}

/** What to know of percentiles that rest on fewer samples than ours would. */
export function thinPercentiles(measure: { count?: number | undefined; p99_ms?: number | undefined }): string[] {
  const { count, p99_ms: p99 } = measure
  if (p99 === undefined || count === undefined || count >= minimumSamples.p99_ms) return []
  return [`Its 99th percentile rests on ${count} samples; Twinlens shows none under ${minimumSamples.p99_ms}.`]
}

/** ISO 8601 of what the file tells; local times stay without zone. */
export function timestampOf(...values: unknown[]): string | undefined {
  for (const value of values) {
    if (typeof value !== 'string') continue
    const text = value.trim().replace(' ', 'T')
    if (/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?)?(Z|[+-]\d\d:?\d\d)?$/.test(text)) return text
  }
  return undefined
}
