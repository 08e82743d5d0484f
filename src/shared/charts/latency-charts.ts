import { batchesOf, sectionOf, type BenchmarkResult } from '../contract/benchmark.ts'
import type { Interval, LatencyHistogram, LatencyMeasure } from '../contract/benchmark-measures.ts'
import type { Chart, ChartPoint, ChartSeries } from './chart-spec.ts'

const percentiles = [
  ['p50_ms', 'p50'],
  ['p90_ms', 'p90'],
  ['p95_ms', 'p95'],
  ['p99_ms', 'p99'],
] as const

/** One point with its interval and what makes it doubtful. */
export function pointOf(
  x: number | string,
  y: number,
  interval: Interval | undefined,
  measure?: { unstable?: string | undefined },
): ChartPoint {
  return {
    x,
    y,
    ...(interval === undefined ? {} : { low: interval[0], high: interval[1] }),
    ...(measure?.unstable === undefined ? {} : { note: measure.unstable }),
  }
}

export function seriesOf(result: BenchmarkResult, points: ChartPoint[], name: string = result.label): ChartSeries {
  return { name, points, ...(result.source === undefined ? {} : { reference: true }) }
}

/** Sentences that several charts need: withheld percentiles and points that did not settle. */
export function notesOf(label: string, measure: LatencyMeasure | undefined): string[] {
  if (measure === undefined) return []
  const withheld = (measure.withheld ?? []).map((one) => `${label}: ${one.reason}`)
  return measure.unstable === undefined ? withheld : [...withheld, `${label}: ${measure.unstable}`]
}

/** Latency of one picture at a time. */
export function latencyPercentiles(results: readonly BenchmarkResult[]): Chart {
  const series = results.map((result) => {
    const single = sectionOf(result).single
    const points = percentiles.flatMap(([field, name]) => {
      const value = single?.[field]
      return value === undefined ? [] : [pointOf(name, value, single?.intervals?.[field])]
    })
    return seriesOf(result, points)
  })
  return {
    id: 'latency-percentiles',
    title: 'One photo at a time: latency',
    kind: 'bar',
    xLabel: 'Percentile',
    yLabel: 'Latency, ms',
    xScale: 'category',
    yScale: 'linear',
    unit: 'ms',
    series,
    notes: results.flatMap((result) => notesOf(result.label, sectionOf(result).single)),
  }
}

/** Latency of a request by the number of pictures in it. */
export function batchLatency(results: readonly BenchmarkResult[]): Chart {
  const series = results.map((result) =>
    seriesOf(
      result,
      batchesOf(sectionOf(result)).flatMap(({ size, measure }) =>
        measure.mean_ms === undefined ? [] : [pointOf(size, measure.mean_ms, measure.intervals?.['mean_ms'], measure)],
      ),
    ),
  )
  return {
    id: 'batch-latency',
    title: 'Batch size: latency of a request',
    kind: 'line',
    xLabel: 'Photos in a request',
    yLabel: 'Mean latency, ms',
    xScale: 'log',
    yScale: 'linear',
    unit: 'ms',
    series,
    notes: batchErrors(results),
  }
}

/** Pictures a second by the number of pictures in a request. */
export function batchThroughput(results: readonly BenchmarkResult[]): Chart {
  const series = results.map((result) =>
    seriesOf(
      result,
      batchesOf(sectionOf(result)).flatMap(({ size, measure }) =>
        measure.images_per_s === undefined
          ? []
          : [pointOf(size, measure.images_per_s, measure.intervals?.['images_per_s'], measure)],
      ),
    ),
  )
  return {
    id: 'batch-throughput',
    title: 'Batch size: photos a second',
    kind: 'line',
    xLabel: 'Photos in a request',
    yLabel: 'Photos a second',
    xScale: 'log',
    yScale: 'linear',
    unit: 'photos/s',
    series,
    notes: batchErrors(results),
  }
}

function batchErrors(results: readonly BenchmarkResult[]): string[] {
  return results.flatMap((result) =>
    batchesOf(sectionOf(result)).flatMap(({ size, measure }) =>
      measure.error === undefined ? [] : [`${result.label}, ${size} photos in a request: ${measure.error}`],
    ),
  )
}

/** Share of requests answered within a time, from the finest record there is of each run's concurrent load (or of single ones). */
export function latencyDistribution(results: readonly BenchmarkResult[]): Chart {
  const series = results.map((result) => {
    const section = sectionOf(result)
    const measure = section.concurrent?.histogram === undefined ? section.single : section.concurrent
    return seriesOf(result, measure === undefined ? [] : cumulative(measure))
  })
  return {
    id: 'latency-distribution',
    title: 'Latency: share of requests answered in time',
    kind: 'step',
    xLabel: 'Latency, ms',
    yLabel: 'Share answered, %',
    xScale: 'log',
    yScale: 'linear',
    unit: '%',
    series,
    notes: [],
  }
}

function cumulative(measure: LatencyMeasure): ChartPoint[] {
  if (measure.histogram !== undefined) return cumulativeOf(measure.histogram)
  const sorted = [...(measure.samples_ms ?? [])].sort((a, b) => a - b)
  return sorted.map((x, index) => ({ x, y: ((index + 1) / sorted.length) * 100 }))
}

function cumulativeOf({ buckets }: LatencyHistogram): ChartPoint[] {
  const total = buckets.reduce((sum, [, count]) => sum + count, 0)
  let seen = 0
  return buckets.map(([upTo, count]) => {
    seen += count
    return { x: upTo, y: (seen / total) * 100 }
  })
}
