import { batchesOf, sectionOf, type BenchmarkResult } from '../../shared/contract/benchmark.ts'
import { type ComparedCell } from '../../shared/contract/benchmark-comparison.ts'
import type { LatencyMeasure } from '../../shared/contract/benchmark-measures.ts'
import { bootstrapRatio, ratioOfIntervals, type Ratio, type Statistic } from './statistics-bootstrap.ts'
import { carriesInterval } from './statistics.ts'

/** A figure that results are compared by. */
export interface Metric {
  /** Path in the section, such as `batch_8.images_per_s`. */
  path: string
  title: string
  unit: string
  better: 'lower' | 'higher'
  /** The measure that holds it; undefined where the result has none. */
  measure(result: BenchmarkResult): (LatencyMeasure & { concurrency?: number | undefined }) | undefined
  field: string
  /** For the ratio from samples: a rate is the inverse of the mean time. */
  statistic: Statistic | 'rate' | null
}

const latencies = [
  ['mean_ms', 'mean', 'mean'],
  ['p50_ms', 'median', 0.5],
  ['p95_ms', '95th percentile', 0.95],
  ['p99_ms', '99th percentile', 0.99],
] as const

function latencyMetrics(path: string, title: string, measure: Metric['measure'], fields: readonly string[]): Metric[] {
  return latencies
    .filter(([field]) => fields.includes(field))
    .map(([field, name, statistic]) => ({
      path: `${path}.${field}`,
      title: `${title}, ${name}`,
      unit: 'ms',
      better: 'lower',
      measure,
      field,
      statistic,
    }))
}

/** The rows of a comparison: documented figures first. Rows that no result has anything for are left out. */
export function metricsOf(results: readonly BenchmarkResult[]): Metric[] {
  const sizes = [...new Set(results.flatMap((result) => batchesOf(sectionOf(result)).map(({ size }) => size)))]
  const steps = [
    ...new Set(results.flatMap((result) => (sectionOf(result).sweep ?? []).flatMap((step) => step.concurrency ?? []))),
  ]
  const all: Metric[] = [
    {
      path: 'cold_start.first_request_ms',
      title: 'First request after start',
      unit: 'ms',
      better: 'lower',
      measure: (result) => sectionOf(result).cold_start,
      field: 'first_request_ms',
      statistic: null,
    },
    {
      path: 'cold_start.time_to_ready_ms',
      title: 'Start to ready',
      unit: 'ms',
      better: 'lower',
      measure: (result) => sectionOf(result).cold_start,
      field: 'time_to_ready_ms',
      statistic: null,
    },
    ...latencyMetrics('single', 'Single image', (result) => sectionOf(result).single, [
      'mean_ms',
      'p50_ms',
      'p95_ms',
      'p99_ms',
    ]),
    ...sizes.toSorted((a, b) => a - b).flatMap(batchMetrics),
    throughput('concurrent', 'Concurrent', (result) => sectionOf(result).concurrent),
    ...latencyMetrics('concurrent', 'Concurrent', (result) => sectionOf(result).concurrent, [
      'p50_ms',
      'p95_ms',
      'p99_ms',
    ]),
    ...steps
      .toSorted((a, b) => a - b)
      .map((count) =>
        throughput(`sweep_${count}`, `${count} in flight`, (result) =>
          sectionOf(result).sweep?.find(({ concurrency }) => concurrency === count),
        ),
      ),
    {
      path: 'pipeline.images_per_s',
      title: 'Own photos, from file to vector',
      unit: 'images/s',
      better: 'higher',
      measure: (result) => sectionOf(result).pipeline,
      field: 'images_per_s',
      statistic: null,
    },
  ]
  return all.filter((metric) => results.some((result) => hasSomething(metric, result)))
}

function batchMetrics(size: number): Metric[] {
  const measure: Metric['measure'] = (result) => sectionOf(result)[`batch_${size}`]
  const title = `Batch of ${size}`
  return [
    ...latencyMetrics(`batch_${size}`, title, measure, ['mean_ms']),
    {
      path: `batch_${size}.images_per_s`,
      title,
      unit: 'images/s',
      better: 'higher',
      measure,
      field: 'images_per_s',
      statistic: 'rate',
    },
  ]
}

function throughput(path: string, title: string, measure: Metric['measure']): Metric {
  return {
    path: `${path}.throughput_rps`,
    title: `${title}, throughput`,
    unit: 'requests/s',
    better: 'higher',
    measure,
    field: 'throughput_rps',
    statistic: 'rate',
  }
}

/** A field by name; measures share no type that has them all. */
export function fieldOf(measure: object | undefined, field: string): number | undefined {
  const value: unknown = measure === undefined ? undefined : (measure as Record<string, unknown>)[field]
  return typeof value === 'number' ? value : undefined
}

function hasSomething(metric: Metric, result: BenchmarkResult): boolean {
  const measure = metric.measure(result)
  // A percentile that was withheld has its row, with the reason.
  const isWithheld = measure?.withheld?.some(({ field }) => field === metric.field) === true
  return fieldOf(measure, metric.field) !== undefined || measure?.error !== undefined || isWithheld
}

export function cellOf(metric: Metric, result: BenchmarkResult): ComparedCell {
  const measure = metric.measure(result)
  const value = fieldOf(measure, metric.field) ?? null
  const withheld = measure?.withheld?.find(({ field }) => field === metric.field)?.reason
  return {
    value,
    interval: measure?.intervals?.[metric.field] ?? null,
    count: measure?.count ?? null,
    note: measure?.error ?? (value === null ? withheld : undefined) ?? measure?.unstable ?? warmStart(metric, result),
  }
}

/** What keeps a cold start from being one. */
function warmStart({ field }: Metric, result: BenchmarkResult): string | null {
  const { fresh_process: fresh } = sectionOf(result).cold_start ?? {}
  return field === 'first_request_ms' && fresh === false
    ? 'The server was already running and may have been warm.'
    : null
}

/** Of longer series the stated intervals say as much, without resampling them again for each pair and row. */
const mostResampled = 300

/**
 * How many times better `a` is than `b` by this metric, with its 95 % interval: from the samples where both kept them, else from
 * the stated intervals; null when neither is there, or when one did not settle.
 */
export function timesBetter(metric: Metric, a: BenchmarkResult, b: BenchmarkResult): Ratio | null {
  const [ours, theirs] = [metric.measure(a), metric.measure(b)]
  const values = [fieldOf(ours, metric.field), fieldOf(theirs, metric.field)] as const
  if (ours === undefined || theirs === undefined || values[0] === undefined || values[1] === undefined) return null
  if (ours.unstable !== undefined || theirs.unstable !== undefined) return null
  const long = Math.max(ours.samples_ms?.length ?? 0, theirs.samples_ms?.length ?? 0) > mostResampled
  const stated = long ? intervalRatio(metric, ours, theirs, values[0], values[1]) : null
  const ratio = stated ?? sampleRatio(metric, ours, theirs) ?? intervalRatio(metric, ours, theirs, values[0], values[1])
  if (ratio === null || ![ratio.value, ratio.low, ratio.high].every(Number.isFinite)) return null
  return metric.better === 'higher' ? ratio : { value: 1 / ratio.value, low: 1 / ratio.high, high: 1 / ratio.low }
}

type Held = NonNullable<ReturnType<Metric['measure']>>

/** a ÷ b. */
function sampleRatio(metric: Metric, a: Held, b: Held): Ratio | null {
  const { statistic } = metric
  const [ours, theirs] = [a.samples_ms ?? [], b.samples_ms ?? []]
  const enough = carriesInterval(ours.length, a.concurrency) && carriesInterval(theirs.length, b.concurrency)
  if (statistic === null || !enough) return null
  const side = (held: Held, samples: readonly number[]) => ({ samples, blockLength: held.concurrency ?? 1 })
  if (statistic !== 'rate') return bootstrapRatio(side(a, ours), side(b, theirs), statistic)
  // The same workers and batch on both sides: rates are as the times inverted. The stated value stays the measured one.
  if (a.concurrency !== b.concurrency) return null
  const times = bootstrapRatio(side(b, theirs), side(a, ours), 'mean')
  const stated = (fieldOf(a, metric.field) ?? NaN) / (fieldOf(b, metric.field) ?? NaN)
  const shift = stated / times.value
  return { value: stated, low: times.low * shift, high: times.high * shift }
}

function intervalRatio(metric: Metric, a: Held, b: Held, valueA: number, valueB: number): Ratio | null {
  const [ours, theirs] = [a.intervals?.[metric.field], b.intervals?.[metric.field]]
  if (ours === undefined || theirs === undefined) return null
  return ratioOfIntervals({ value: valueA, interval: ours }, { value: valueB, interval: theirs })
}
