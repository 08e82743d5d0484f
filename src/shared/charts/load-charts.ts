import { sectionOf, type BenchmarkResult } from '../contract/benchmark.ts'
import type { ConcurrentMeasure } from '../contract/benchmark-measures.ts'
import { figure, type Chart, type ChartPoint, type ChartSeries } from './chart-spec.ts'
import { notesOf, pointOf, seriesOf } from './latency-charts.ts'

function steps(result: BenchmarkResult): { concurrency: number; measure: ConcurrentMeasure }[] {
  const section = sectionOf(result)
  const sweep = section.sweep ?? []
  return sweep
    .flatMap((measure) => (measure.concurrency === undefined ? [] : [{ concurrency: measure.concurrency, measure }]))
    .sort((a, b) => a.concurrency - b.concurrency)
}

function sweepNotes(results: readonly BenchmarkResult[]): string[] {
  return results.flatMap((result) =>
    steps(result).flatMap(({ concurrency, measure }) => notesOf(`${result.label}, ${concurrency} in flight`, measure)),
  )
}

function throughputOf(measure: ConcurrentMeasure): number | undefined {
  return measure.images_per_s ?? measure.throughput_rps
}

/** Pictures a second of each backend under the concurrent load. */
export function concurrentThroughput(results: readonly BenchmarkResult[]): Chart {
  const loads = results.flatMap((result) => {
    const load = sectionOf(result).concurrent
    const value = load === undefined ? undefined : throughputOf(load)
    return load === undefined || value === undefined ? [] : [{ result, load, value }]
  })
  return {
    id: 'concurrent-throughput',
    title: 'Many at once: photos a second',
    kind: 'bar',
    xLabel: 'Backend',
    yLabel: 'Photos a second',
    xScale: 'category',
    yScale: 'linear',
    unit: 'photos/s',
    series: [
      {
        name: 'photos a second',
        points: loads.map(({ result, load, value }) =>
          pointOf(result.label, value, load.intervals?.['images_per_s'] ?? load.intervals?.['throughput_rps'], load),
        ),
      },
    ],
    notes: loads.flatMap(({ result, load }) => [
      `${result.label}: ${load.concurrency ?? '?'} requests in flight.`,
      ...notesOf(result.label, load),
    ]),
  }
}

/** Pictures a second by the number of requests in flight. */
export function sweepThroughput(results: readonly BenchmarkResult[]): Chart {
  return {
    id: 'sweep-throughput',
    title: 'Requests in flight: photos a second',
    kind: 'line',
    xLabel: 'Requests in flight',
    yLabel: 'Photos a second',
    xScale: 'log',
    yScale: 'linear',
    unit: 'photos/s',
    series: results.map((result) =>
      seriesOf(
        result,
        steps(result).flatMap(({ concurrency, measure }) => {
          const value = throughputOf(measure)
          const interval = measure.intervals?.['images_per_s'] ?? measure.intervals?.['throughput_rps']
          return value === undefined ? [] : [pointOf(concurrency, value, interval, measure)]
        }),
      ),
    ),
    notes: sweepNotes(results),
  }
}

/** Latency percentiles by the number of requests in flight. */
export function sweepLatency(results: readonly BenchmarkResult[]): Chart {
  const fields = [
    ['p50_ms', 'p50'],
    ['p95_ms', 'p95'],
    ['p99_ms', 'p99'],
  ] as const
  const series = results.flatMap((result) =>
    fields.map(([field, name]): ChartSeries => {
      const points = steps(result).flatMap(({ concurrency, measure }) => {
        const value = measure[field]
        return value === undefined ? [] : [pointOf(concurrency, value, measure.intervals?.[field], measure)]
      })
      return seriesOf(result, points, results.length === 1 ? name : `${result.label}, ${name}`)
    }),
  )
  return {
    id: 'sweep-latency',
    title: 'Requests in flight: latency',
    kind: 'line',
    xLabel: 'Requests in flight',
    yLabel: 'Latency, ms',
    xScale: 'log',
    yScale: 'linear',
    unit: 'ms',
    series: series.filter((one) => one.points.length > 0),
    notes: sweepNotes(results),
  }
}

/** Throughput against p95: each point is one number of requests in flight; the best one under the limit is marked. */
export function throughputLatency(results: readonly BenchmarkResult[], p95LimitMs: number | null): Chart {
  const series = results.map((result) =>
    seriesOf(
      result,
      steps(result).flatMap(({ concurrency, measure }): ChartPoint[] => {
        const x = throughputOf(measure)
        const y = measure.p95_ms
        return x === undefined || y === undefined ? [] : [{ x, y, note: `${concurrency} in flight` }]
      }),
    ),
  )
  const best = p95LimitMs === null ? null : bestUnder(series, p95LimitMs)
  return {
    id: 'throughput-latency',
    title: 'What speed costs in latency',
    kind: 'path',
    xLabel: 'Photos a second',
    yLabel: 'p95 latency, ms',
    xScale: 'linear',
    yScale: 'linear',
    unit: 'ms',
    series,
    ...(best === null ? {} : { mark: best }),
    ...(p95LimitMs === null ? {} : { limit: { y: p95LimitMs, label: `limit ${figure(p95LimitMs)} ms` } }),
    notes: p95LimitMs !== null && best === null ? [`No measured point stays under ${p95LimitMs} ms.`] : [],
  }
}

function bestUnder(series: readonly ChartSeries[], limitMs: number): NonNullable<Chart['mark']> | null {
  const within = series.flatMap((one) =>
    one.points.flatMap((point) =>
      typeof point.x === 'number' && point.y <= limitMs
        ? [{ series: one.name, x: point.x, y: point.y, label: `best: ${point.note ?? ''}` }]
        : [],
    ),
  )
  return within.reduce<(typeof within)[number] | null>(
    (best, one) => (best === null || one.x > best.x ? one : best),
    null,
  )
}

/** Open loop: latency from when a request was due, and from when it was sent; the gap is what a closed loop hides. */
export function openLoop(results: readonly BenchmarkResult[]): Chart {
  const series = results.flatMap((result) => {
    const loops = [...(sectionOf(result).open_loop ?? [])].sort((a, b) => a.rate_rps - b.rate_rps)
    const due = loops.flatMap((loop) =>
      loop.p95_ms === undefined ? [] : [pointOf(loop.rate_rps, loop.p95_ms, loop.intervals?.['p95_ms'], loop)],
    )
    const sent = loops.flatMap((loop) =>
      loop.service?.p95_ms === undefined ? [] : [pointOf(loop.rate_rps, loop.service.p95_ms, undefined)],
    )
    const prefix = results.length === 1 ? '' : `${result.label}, `
    return [
      seriesOf(result, due, `${prefix}p95 from when it was due`),
      seriesOf(result, sent, `${prefix}p95 from when it was sent`),
    ]
  })
  return {
    id: 'open-loop',
    title: 'Arrivals at a fixed rate: latency',
    kind: 'line',
    xLabel: 'Requests a second that arrive',
    yLabel: 'p95 latency, ms',
    xScale: 'linear',
    yScale: 'linear',
    unit: 'ms',
    series: series.filter((one) => one.points.length > 0),
    notes: [],
  }
}
