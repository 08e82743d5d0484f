import { batchesOf, sectionOf, type BenchmarkResult } from '../../shared/contract/benchmark.ts'
import type { ReportTable } from './report-document.ts'
import {
  figure,
  latencyCells,
  latencyHead,
  measureNotes,
  none,
  shareWords,
  sizeWords,
  withInterval,
} from './report-figures.ts'

type Results = readonly BenchmarkResult[]

function table(head: string[], rows: string[][], notes: string[] = []): ReportTable {
  return { head, rows, notes: [...new Set(notes)] }
}

export function coldStartTable(results: Results): ReportTable {
  const rows = results.flatMap((result) => {
    const cold = sectionOf(result).cold_start
    if (cold === undefined) return []
    const session = cold.session_creation_ms
    return [
      [
        result.label,
        figure(cold.first_request_ms),
        session === undefined ? none : `${figure(session.mean)} (${figure(session.min)}–${figure(session.max)})`,
        figure(cold.time_to_ready_ms),
        cold.error ?? cold.note ?? (cold.fresh_process === false ? 'The server was already running.' : ''),
      ],
    ]
  })
  return table(['', 'First request ms', 'Session creation ms (min–max)', 'Time to ready ms', ''], rows)
}

export function singleTable(results: Results): ReportTable {
  const measured = results.filter((result) => sectionOf(result).single !== undefined)
  const rows = measured.map((result) => [result.label, ...latencyCells(sectionOf(result).single)])
  const notes = measured.flatMap((result) => measureNotes(result.label, sectionOf(result).single))
  return table(['', ...latencyHead], rows, notes)
}

export function batchTable(results: Results): ReportTable {
  const measured = results.flatMap((result) =>
    batchesOf(sectionOf(result)).map(({ size, measure }) => ({ label: result.label, size, measure })),
  )
  const rows = measured.map(({ label, size, measure }) => [
    label,
    String(size),
    withInterval(measure.mean_ms, measure.intervals?.['mean_ms']),
    figure(measure.p50_ms),
    withInterval(measure.images_per_s, measure.intervals?.['images_per_s']),
    figure(measure.count),
    measure.error ?? '',
  ])
  const notes = measured.flatMap(({ label, size, measure: { unstable } }) =>
    unstable === undefined ? [] : [`${label}, batch ${size}: Unstable: ${unstable}`],
  )
  return table(['', 'Batch', 'mean ms', 'p50 ms', 'images/s', 'n', ''], rows, notes)
}

export function concurrencyTables(results: Results): ReportTable[] {
  const loads = results.flatMap((result) => {
    const { concurrent, sweep = [] } = sectionOf(result)
    return [...(concurrent === undefined ? [] : [concurrent]), ...sweep].map((load, index) => ({
      label: result.label,
      phase: concurrent !== undefined && index === 0 ? 'fixed number' : 'sweep',
      load,
    }))
  })
  const closed = loads.map(({ label, phase, load }) => [
    label,
    phase,
    figure(load.concurrency),
    withInterval(load.throughput_rps, load.intervals?.['throughput_rps']),
    figure(load.p50_ms),
    withInterval(load.p95_ms, load.intervals?.['p95_ms']),
    figure(load.p99_ms),
    load.total_requests === undefined
      ? figure(load.count)
      : `${load.successful ?? load.total_requests} of ${load.total_requests}`,
    figure(load.wall_time_s),
    load.unstable === undefined ? (load.error ?? '') : 'unstable',
  ])
  const notes = loads.flatMap(({ label, load }) => measureNotes(`${label}, ${load.concurrency ?? '?'} in flight`, load))
  const open = results.flatMap((result) =>
    (sectionOf(result).open_loop ?? []).map((load) => [
      result.label,
      figure(load.rate_rps),
      figure(load.achieved_rps),
      figure(load.p50_ms),
      figure(load.p95_ms),
      figure(load.p99_ms),
      figure(load.max_ms),
      figure(load.service?.p95_ms),
      load.error ?? load.unstable ?? '',
    ]),
  )
  return [
    table(
      ['', 'Kind', 'In flight', 'requests/s', 'p50 ms', 'p95 ms', 'p99 ms', 'Answered', 'Wall s', ''],
      closed,
      notes,
    ),
    table(
      ['Open loop', 'requests/s asked', 'achieved', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms', 'p95 ms from sending', ''],
      open,
      ['Latencies count from the moment a request was due.'],
    ),
  ]
}

export function protocolTable(results: Results): ReportTable {
  const rows = results.flatMap((result) =>
    (sectionOf(result).protocols ?? []).map((way) => [
      result.label,
      `${way.transport} ${way.format}`,
      withInterval(way.serial?.p50_ms, way.serial?.intervals?.['p50_ms']),
      withInterval(way.concurrent?.throughput_rps, way.concurrent?.intervals?.['throughput_rps']),
      sizeWords(way.request_bytes),
      sizeWords(way.response_bytes),
      figure(way.server_compute_ms),
      figure(way.client_cpu_ms),
      way.error ?? way.verdict ?? '',
    ]),
  )
  return table(
    ['', 'Way', 'p50 ms alone', 'requests/s', 'Sent', 'Received', 'Server compute ms', 'Client CPU ms', ''],
    rows,
  )
}

export function serializationTable(results: Results): ReportTable {
  const rows = results.flatMap((result) =>
    (sectionOf(result).serialization ?? []).map((each) => [
      result.label,
      each.format,
      String(each.batch_size),
      figure(each.encode_ms),
      sizeWords(each.bytes),
      figure(each.count),
    ]),
  )
  return table(['', 'Format', 'Batch', 'Encode ms', 'Bytes', 'n'], rows)
}

export function serverMetricsTable(results: Results): ReportTable {
  const lines = results.flatMap((result) => {
    const { server_metrics: whole, server_metrics_by_phase: phases = [] } = sectionOf(result)
    return [
      ...phases.map((each) => ({ label: result.label, what: each.label, metrics: each })),
      ...(whole === undefined ? [] : [{ label: result.label, what: 'whole run', metrics: whole }]),
    ]
  })
  const rows = lines.map(({ label, what, metrics }) => {
    const requests = metrics.inference_request_success
    const each = (us: number | undefined): string =>
      us === undefined || requests === undefined || requests === 0 ? none : figure(us / requests / 1000)
    return [
      label,
      what,
      figure(requests),
      figure(metrics.inference_exec_count),
      figure(metrics.average_batch_size),
      shareWords(metrics.batching_efficiency),
      each(metrics.queue_duration_us),
      each(metrics.compute_input_duration_us),
      each(metrics.compute_infer_duration_us),
      each(metrics.compute_output_duration_us),
      shareWords(metrics.queue_share),
      shareWords(metrics.compute_share),
    ]
  })
  const head = ['', 'Phase', 'Requests', 'Executions', 'Average batch', 'Batching', 'Queue ms', 'Input ms', 'Infer ms']
  return table([...head, 'Output ms', 'Queue share', 'Compute share'], rows, [
    'Milliseconds for each request, from Triton’s counters; batching is 1 − executions ÷ requests.',
  ])
}

export function operatorTable(results: Results): ReportTable {
  const rows = results.flatMap((result) =>
    (sectionOf(result).operator_profile?.operators ?? [])
      .slice(0, 12)
      .map(({ op, total_ms: total, share, invocations }) => [
        result.label,
        op,
        figure(total),
        shareWords(share),
        figure(invocations),
      ]),
  )
  return table(['', 'Operator', 'Total ms', 'Share', 'Invocations'], rows)
}

export function scalingTable(results: Results): ReportTable {
  const rows = results.flatMap((result) =>
    (sectionOf(result).scaling ?? []).map((each) => [
      result.label,
      each.config ?? String(each.endpoints),
      withInterval(each.images_per_s, each.interval),
      figure(each.factor),
      shareWords(each.efficiency),
      each.note ?? '',
    ]),
  )
  return table(['', 'Endpoints', 'images/s', 'Factor', 'Efficiency', ''], rows)
}

export function pipelineTable(results: Results): ReportTable {
  const measured = results.flatMap((result) => {
    const { pipeline } = sectionOf(result)
    return pipeline === undefined ? [] : [{ label: result.label, pipeline }]
  })
  const rows = measured.flatMap(({ label, pipeline }) =>
    pipeline.stages.map(({ stage, mean_ms: mean, share }) => [label, stage, figure(mean), shareWords(share)]),
  )
  const notes = measured.map(
    ({ label, pipeline }) =>
      `${label}: ${withInterval(pipeline.images_per_s, pipeline.intervals?.['images_per_s'])} images/s over ${pipeline.photos} photos. Stages overlap; shares are of the summed time.`,
  )
  return table(['', 'Stage', 'mean ms', 'Share'], rows, notes)
}
