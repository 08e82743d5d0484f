import { z } from 'zod'
import type { ServerMetrics } from '../../shared/contract/benchmark-resources.ts'
import type { InputOffer } from '../../shared/contract/servers.ts'
import { asTwinlensError } from '../../shared/errors.ts'
import type { ServerAccess } from '../embedding/remote/inference-client.ts'
import { parsePrometheus } from './prometheus.ts'
import { askMetrics, askServer, parseAnswer, type ServerQuestions } from './server-questions.ts'

/** Triton's counters of one model since it started; durations in microseconds, summed over requests. */
export interface ServerCounters {
  requests: number
  failures: number
  /** Pictures. */
  inferences: number
  executions: number
  requestUs: number
  queueUs: number
  inputUs: number
  inferUs: number
  outputUs: number
  /** Answers from Triton's response cache, where it tells. */
  cacheHits: number
}

const count = z.object({ count: z.number(), ns: z.number() })
const ModelStats = z.object({
  model_stats: z.array(
    z.object({
      version: z.string(),
      inference_count: z.number(),
      execution_count: z.number(),
      inference_stats: z.object({
        success: count,
        fail: count,
        queue: count,
        compute_input: count,
        compute_infer: count,
        compute_output: count,
        cache_hit: count.optional(),
      }),
    }),
  ),
})

/** `/v2/models/M/stats` (nanoseconds), all versions summed unless one is named. */
export function countersFromStats(text: string, version: string | null): ServerCounters {
  const { model_stats: all } = ModelStats.parse(parseAnswer(text, 'statistics'))
  const sum = (pick: (stats: (typeof all)[number]) => number): number =>
    all.filter((stats) => version === null || stats.version === version).reduce((total, one) => total + pick(one), 0)
  return {
    requests: sum((one) => one.inference_stats.success.count),
    failures: sum((one) => one.inference_stats.fail.count),
    inferences: sum((one) => one.inference_count),
    executions: sum((one) => one.execution_count),
    requestUs: sum((one) => one.inference_stats.success.ns / 1000),
    queueUs: sum((one) => one.inference_stats.queue.ns / 1000),
    inputUs: sum((one) => one.inference_stats.compute_input.ns / 1000),
    inferUs: sum((one) => one.inference_stats.compute_infer.ns / 1000),
    outputUs: sum((one) => one.inference_stats.compute_output.ns / 1000),
    cacheHits: sum((one) => one.inference_stats.cache_hit?.count ?? 0),
  }
}

/** Triton's metrics port (microseconds); null where it does not list the model. */
export function countersFromMetrics(text: string, model: string, version: string | null): ServerCounters | null {
  const samples = parsePrometheus(text).filter(
    ({ labels }) => labels['model'] === model && (version === null || labels['version'] === version),
  )
  if (!samples.some(({ name }) => name === 'nv_inference_request_success')) return null
  const sum = (name: string): number =>
    samples.filter((sample) => sample.name === name).reduce((total, sample) => total + sample.value, 0)
  return {
    requests: sum('nv_inference_request_success'),
    failures: sum('nv_inference_request_failure'),
    inferences: sum('nv_inference_count'),
    executions: sum('nv_inference_exec_count'),
    requestUs: sum('nv_inference_request_duration_us'),
    queueUs: sum('nv_inference_queue_duration_us'),
    inputUs: sum('nv_inference_compute_input_duration_us'),
    inferUs: sum('nv_inference_compute_infer_duration_us'),
    outputUs: sum('nv_inference_compute_output_duration_us'),
    cacheHits: sum('nv_cache_num_hits_per_model'),
  }
}

/**
 * What the server did in between. Average batch: pictures ÷ executions. Batching efficiency: 1 − executions ÷ requests. Shares are of
 * the time that requests spent on the server. Null when nothing happened or a counter fell (the server was started again).
 */
export function serverMetricsBetween(before: ServerCounters, after: ServerCounters): ServerMetrics | null {
  const grew = (key: keyof ServerCounters): number => after[key] - before[key]
  const keys = Object.keys(before) as (keyof ServerCounters)[]
  if (keys.some((key) => grew(key) < 0) || grew('requests') + grew('failures') === 0) return null
  const [requests, executions, requestUs] = [grew('requests'), grew('executions'), grew('requestUs')]
  const computeUs = grew('inputUs') + grew('inferUs') + grew('outputUs')
  return {
    inference_request_success: requests,
    queue_duration_us: Math.round(grew('queueUs')),
    compute_input_duration_us: Math.round(grew('inputUs')),
    compute_infer_duration_us: Math.round(grew('inferUs')),
    compute_output_duration_us: Math.round(grew('outputUs')),
    inference_request_failure: grew('failures'),
    inference_count: grew('inferences'),
    inference_exec_count: executions,
    request_duration_us: Math.round(requestUs),
    ...(executions > 0 ? { average_batch_size: grew('inferences') / executions } : {}),
    ...(requests > 0 ? { batching_efficiency: 1 - executions / requests } : {}),
    ...(requestUs > 0 ? { queue_share: grew('queueUs') / requestUs, compute_share: computeUs / requestUs } : {}),
  }
}

/** Reads Triton's counters: from its metrics port, else from its statistics over HTTP. */
export class CounterReader {
  readonly #offer: InputOffer
  readonly #metrics: ServerQuestions | null
  readonly #server: ServerQuestions | null
  /** Why there are none; a sentence, null while they can be read. */
  problem: string | null = null

  constructor(access: ServerAccess, offer: InputOffer) {
    this.#offer = offer
    this.#metrics = access.kind === 'triton' ? askMetrics(access) : null
    this.#server = access.kind === 'triton' ? askServer(access) : null
    if (access.kind !== 'triton') this.problem = 'Only Triton tells these counters.'
    else if (this.#metrics === null && this.#server === null)
      this.problem = 'Over gRPC alone there are no counters: give the address of the metrics port.'
  }

  /** Null, with `problem` set, when neither answers. Never throws. */
  async read(signal?: AbortSignal): Promise<ServerCounters | null> {
    const { model, version } = this.#offer
    const why: string[] = []
    try {
      const counters = this.#metrics && countersFromMetrics(await this.#metrics.get('/metrics', signal), model, version)
      if (counters !== null) return counters
    } catch (error) {
      why.push(`The metrics port gave nothing: ${asTwinlensError(error).message}`)
    }
    try {
      const path = `/v2/models/${encodeURIComponent(model)}/stats`
      if (this.#server !== null) return countersFromStats(await this.#server.get(path, signal), version)
    } catch (error) {
      why.push(`The statistics gave nothing: ${asTwinlensError(error).message}`)
    }
    if (why.length > 0) this.problem = why.join(' ')
    else this.problem ??= `The metrics port does not list the model ${model}.`
    return null
  }

  async close(): Promise<void> {
    await Promise.all([this.#metrics?.close(), this.#server?.close()])
  }
}
