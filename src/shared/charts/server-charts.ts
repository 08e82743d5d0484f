import { sectionOf, type BenchmarkResult } from '../contract/benchmark.ts'
import { type CostLine } from '../contract/benchmark-comparison.ts'
import { Stage } from '../contract/benchmark-measures.ts'
import { type GpuReading, type ServerMetrics } from '../contract/benchmark-resources.ts'
import type { InputFormat, Transport } from '../contract/servers.ts'
import type { Chart, ChartSeries } from './chart-spec.ts'
import { pointOf, seriesOf } from './latency-charts.ts'

const category = { xScale: 'category', yScale: 'linear', notes: [] } as const

export const stageNames: Record<Stage, string> = {
  read: 'read',
  decode: 'decode',
  preprocess: 'prepare',
  serialize: 'encode',
  network: 'network',
  queue: 'queue',
  compute_input: 'compute: input',
  compute_infer: 'compute: model',
  compute_output: 'compute: output',
  parse: 'parse',
}

function wayName(transport: Transport, format: InputFormat): string {
  return `${transport === 'grpc' ? 'gRPC' : 'HTTP'} ${format}`
}

/** Where the time of a photo goes: the pipeline's stages, or those of a single request where no pipeline was run. */
export function waterfall(results: readonly BenchmarkResult[]): Chart {
  const columns = results.map((result) => {
    const { pipeline, single } = sectionOf(result)
    const breakdown: Partial<Record<Stage, number>> = pipeline
      ? Object.fromEntries(pipeline.stages.map((one) => [one.stage, one.mean_ms]))
      : (single?.breakdown ?? {})
    return { label: result.label, breakdown }
  })
  const series = Stage.options.map((stage): ChartSeries => ({
    name: stageNames[stage],
    points: columns.flatMap(({ label, breakdown }) => {
      const ms = breakdown[stage]
      return ms === undefined ? [] : [{ x: label, y: ms }]
    }),
  }))
  return {
    ...category,
    id: 'waterfall',
    title: 'Where the time of a photo goes',
    kind: 'stacked-bar',
    xLabel: 'Backend',
    yLabel: 'Mean time, ms',
    unit: 'ms',
    series: series.filter((one) => one.points.length > 0),
  }
}

/** Every way into a server: pictures a second. */
export function protocols(results: readonly BenchmarkResult[]): Chart {
  return {
    ...category,
    id: 'protocols',
    title: 'Ways into a server: photos a second',
    kind: 'bar',
    xLabel: 'Way',
    yLabel: 'Photos a second',
    unit: 'photos/s',
    series: results.map((result) =>
      seriesOf(
        result,
        (sectionOf(result).protocols ?? []).flatMap((way) => {
          const value = way.concurrent?.images_per_s ?? way.concurrent?.throughput_rps
          const interval = way.concurrent?.intervals?.['images_per_s'] ?? way.concurrent?.intervals?.['throughput_rps']
          return value === undefined
            ? []
            : [pointOf(wayName(way.transport, way.format), value, interval, way.concurrent)]
        }),
      ),
    ),
  }
}

/** Bytes of one request by format and batch size. */
export function serializationBytes(results: readonly BenchmarkResult[]): Chart {
  const measured = results.find((result) => (sectionOf(result).serialization ?? []).length > 0)
  const rows = measured === undefined ? [] : (sectionOf(measured).serialization ?? [])
  const formats = [...new Set(rows.map((row) => row.format))]
  return {
    id: 'serialization-bytes',
    title: 'Bytes of a request, by format',
    kind: 'line',
    xLabel: 'Photos in a request',
    yLabel: 'Bytes (logarithmic)',
    xScale: 'log',
    yScale: 'log',
    unit: 'bytes',
    series: formats.map((format) => ({
      name: format,
      points: rows.filter((row) => row.format === format).map((row) => ({ x: row.batch_size, y: row.bytes })),
    })),
    notes: [],
  }
}

/** Milliseconds to encode a request, by format and batch size. */
export function serializationTime(results: readonly BenchmarkResult[]): Chart {
  const bytes = serializationBytes(results)
  const measured = results.find((result) => (sectionOf(result).serialization ?? []).length > 0)
  const rows = measured === undefined ? [] : (sectionOf(measured).serialization ?? [])
  return {
    ...bytes,
    id: 'serialization-time',
    title: 'Time to encode a request, by format',
    yLabel: 'Milliseconds (logarithmic)',
    unit: 'ms',
    series: bytes.series.map(({ name }) => ({
      name,
      points: rows
        .filter((row) => row.format === name && row.encode_ms > 0)
        .map((row) => ({ x: row.batch_size, y: row.encode_ms })),
    })),
  }
}

const gpuFigures = {
  'gpu-utilisation': {
    title: 'How busy the GPU was',
    yLabel: 'Utilisation, %',
    unit: '%',
    read: (gpu: GpuReading) => (gpu.utilization === undefined ? undefined : gpu.utilization * 100),
  },
  'gpu-memory': {
    title: 'Memory of the GPU',
    yLabel: 'In use, MB',
    unit: 'MB',
    read: (gpu: GpuReading) => gpu.memory_used_mb,
  },
  'gpu-power': { title: 'Power of the GPU', yLabel: 'Power, W', unit: 'W', read: (gpu: GpuReading) => gpu.power_w },
} as const

/** Utilisation, memory and power of each GPU over the run, a chart each. */
export function gpuSeries(results: readonly BenchmarkResult[]): Chart[] {
  return Object.entries(gpuFigures).map(([id, { read, ...words }]) => ({
    ...words,
    id,
    kind: 'line',
    xLabel: 'Seconds since the run began',
    xScale: 'linear',
    yScale: 'linear',
    series: results.flatMap((result) => gpuLines(result, read)),
    notes: [],
  }))
}

function gpuLines(result: BenchmarkResult, read: (gpu: GpuReading) => number | undefined): ChartSeries[] {
  const moments = sectionOf(result).gpu_series ?? []
  const indices = [...new Set(moments.flatMap((moment) => moment.gpus.map((gpu) => gpu.index)))]
  return indices.map((index) => ({
    name: `${result.label}${indices.length > 1 ? `, GPU ${index}` : ''}`,
    points: moments.flatMap((moment) => {
      const gpu = moment.gpus.find((one) => one.index === index)
      const value = gpu === undefined ? undefined : read(gpu)
      return value === undefined ? [] : [{ x: moment.at_s, y: value }]
    }),
  }))
}

/** How many pictures Triton ran together, by phase. */
export function dynamicBatching(results: readonly BenchmarkResult[]): Chart {
  return {
    ...category,
    id: 'dynamic-batching',
    title: 'Dynamic batching: photos computed together',
    kind: 'bar',
    xLabel: 'Phase',
    yLabel: 'Average batch',
    unit: 'photos',
    series: results.map((result) =>
      seriesOf(
        result,
        (sectionOf(result).server_metrics_by_phase ?? []).flatMap((metrics) =>
          metrics.average_batch_size === undefined
            ? []
            : [pointOf(metrics.label, metrics.average_batch_size, undefined)],
        ),
      ),
    ),
  }
}

const serverParts = [
  ['queue_duration_us', 'queue'],
  ['compute_input_duration_us', 'compute: input'],
  ['compute_infer_duration_us', 'compute: model'],
  ['compute_output_duration_us', 'compute: output'],
] as const

/** What a request's time on the server is made of, by the server's own counters. */
export function serverTime(results: readonly BenchmarkResult[]): Chart {
  const columns = results.flatMap((result) => {
    const metrics = sectionOf(result).server_metrics
    return metrics === undefined ? [] : [{ label: result.label, metrics }]
  })
  const perRequest = (metrics: ServerMetrics, total: number | undefined): number | undefined => {
    const requests = metrics.inference_request_success
    return total === undefined || requests === undefined || requests === 0 ? undefined : total / requests / 1000
  }
  return {
    ...category,
    id: 'server-time',
    title: 'A request on the server, by its own counters',
    kind: 'stacked-bar',
    xLabel: 'Backend',
    yLabel: 'Mean time, ms',
    unit: 'ms',
    series: serverParts.map(([field, name]) => ({
      name,
      points: columns.flatMap(({ label, metrics }) => {
        const ms = perRequest(metrics, metrics[field])
        return ms === undefined ? [] : [{ x: label, y: ms }]
      }),
    })),
  }
}

/** The operators that take most of the local session's time. */
export function operators(results: readonly BenchmarkResult[]): Chart {
  return {
    ...category,
    id: 'operators',
    title: 'Operators of the local model',
    kind: 'bar',
    xLabel: 'Operator',
    yLabel: 'Share of the time, %',
    unit: '%',
    series: results.map((result) =>
      seriesOf(
        result,
        (sectionOf(result).operator_profile?.operators ?? [])
          .slice(0, 10)
          .map((one) => ({ x: one.op, y: one.share * 100 })),
      ),
    ),
  }
}

/** The same work on more endpoints. */
export function scaling(results: readonly BenchmarkResult[]): Chart {
  return {
    id: 'scaling',
    title: 'More servers: photos a second',
    kind: 'line',
    xLabel: 'Servers',
    yLabel: 'Photos a second',
    xScale: 'linear',
    yScale: 'linear',
    unit: 'photos/s',
    series: results.map((result) =>
      seriesOf(
        result,
        (sectionOf(result).scaling ?? []).map((one) => pointOf(one.endpoints, one.images_per_s, one.interval)),
      ),
    ),
    notes: [],
  }
}

/** Money for 1,000 pictures; only where a comparison allows it. */
export function cost(labels: readonly string[], costs: readonly (CostLine | null)[]): Chart {
  return {
    ...category,
    id: 'cost',
    title: 'Cost of 1,000 photos',
    kind: 'bar',
    xLabel: 'Backend',
    yLabel: 'US dollars',
    unit: '$',
    series: [
      {
        name: 'Cost of 1,000 photos',
        points: costs.flatMap((line, index) => {
          const per1000 = line?.per1000
          const x = labels[index]
          return per1000 === undefined || per1000 === null || x === undefined
            ? []
            : [pointOf(x, per1000.value, [per1000.low, per1000.high])]
        }),
      },
    ],
  }
}
