import { z } from 'zod'
import { ErrorCode } from '../errors.ts'
import { InputFormat, ParityVerdict, Transport } from './servers.ts'

/**
 * [Note: Names in a result file]
 * Result files keep the names that the published benchmarks use (snake_case, the unit last), ours beside them in the same manner,
 * so that what reads one generation of files reads the other. What was not measured has no field: nothing is null to mean "not
 * measured", nothing is zero. Times are milliseconds unless the name says otherwise; shares are 0–1.
 */

/**
 * Fewest samples behind a percentile: the least n for which, were the true quantile lower than stated, at most one sample above it
 * would be seen with probability ≤ 1 % (binomial; the early-stopping rule of MLPerf's load generator, which gives 64 and 662).
 */
export const minimumSamples = { p90_ms: 64, p95_ms: 130, p99_ms: 662, p999_ms: 6636 } as const

/** Lowest and highest of a 95 % bootstrap interval. */
export const Interval = z.tuple([z.number(), z.number()])
export type Interval = z.infer<typeof Interval>

/** Why a documented field is absent. */
export const Withheld = z.object({
  field: z.string(),
  have: z.number().int(),
  needed: z.number().int(),
  /** A sentence for the screen. */
  reason: z.string(),
})
export type Withheld = z.infer<typeof Withheld>

/** Sparse: upper edge of each occupied bucket (HDR, see `significant_digits`) and how many samples lie in it, ascending. */
export const LatencyHistogram = z.object({
  significant_digits: z.number().int(),
  buckets: z.array(z.tuple([z.number(), z.number().int()])),
})
export type LatencyHistogram = z.infer<typeof LatencyHistogram>

/** Latencies of whole requests, as the client saw them. Imported figures may lack any field. */
export const LatencyMeasure = z.object({
  mean_ms: z.number().optional(),
  std_ms: z.number().optional(),
  min_ms: z.number().optional(),
  p50_ms: z.number().optional(),
  p90_ms: z.number().optional(),
  p95_ms: z.number().optional(),
  p99_ms: z.number().optional(),
  p999_ms: z.number().optional(),
  max_ms: z.number().optional(),
  count: z.number().int().optional(),
  /** Different request bodies that were sent; fewer than requests: a round of them was sent again. */
  distinct_requests: z.number().int().optional(),
  withheld: z.array(Withheld).optional(),
  /** 95 % bootstrap intervals by field name (`mean_ms`, `p50_ms`, …, `throughput_rps`, `images_per_s`). */
  intervals: z.record(z.string(), Interval).optional(),
  /** Samples beyond Tukey's fences (1.5 and 3 interquartile ranges); counted, never dropped. */
  outliers: z.object({ mild: z.number().int(), severe: z.number().int() }).optional(),
  histogram: LatencyHistogram.optional(),
  /** Every sample in order, when there are at most 5,000. */
  samples_ms: z.array(z.number()).optional(),
  /** A sentence: why it did not settle. Absent: steady, or nothing to say of it. */
  unstable: z.string().optional(),
  error: z.string().optional(),
})
export type LatencyMeasure = z.infer<typeof LatencyMeasure>

/** The ways of a picture, in order. Local sessions have no `network`; a server that does not tell its times has only `network`. */
export const Stage = z.enum([
  'read',
  'decode',
  'preprocess',
  'serialize',
  'network',
  'queue',
  'compute_input',
  'compute_infer',
  'compute_output',
  'parse',
])
export type Stage = z.infer<typeof Stage>

/** Mean milliseconds of each stage for one request; stages that nobody tells are absent. */
export const StageBreakdown = z.partialRecord(Stage, z.number())
export type StageBreakdown = z.infer<typeof StageBreakdown>

/** How busy each side was while a load ran; what is not known is absent. */
export const Utilisation = z.object({
  /** CPU time of the load generator ÷ (wall time × threads it may use). */
  client_cpu_share: z.number().optional(),
  /** Time with an execution under way ÷ (wall time × model instances), from the server's counters. */
  server_busy_share: z.number().optional(),
  /** Mean GPU utilisation over the phase. */
  gpu_utilization: z.number().optional(),
  /** Requests per second that the generator reaches against a server that does nothing, same format. */
  generator_ceiling_rps: z.number().optional(),
})
export type Utilisation = z.infer<typeof Utilisation>

export const SingleMeasure = LatencyMeasure.extend({
  breakdown: StageBreakdown.optional(),
  utilisation: Utilisation.optional(),
})
export type SingleMeasure = z.infer<typeof SingleMeasure>

export const ColdStart = z.object({
  first_request_ms: z.number().optional(),
  /** Local: creation of a session, each in a fresh process. */
  session_creation_ms: z
    .object({ mean: z.number(), min: z.number(), max: z.number(), count: z.number().int() })
    .partial()
    .optional(),
  /** Servers that the run started itself: from the start of the process to ready. */
  time_to_ready_ms: z.number().optional(),
  /** False: the server was already running, so other clients or an earlier phase may have warmed it. */
  fresh_process: z.boolean().optional(),
  note: z.string().optional(),
  error: z.string().optional(),
})
export type ColdStart = z.infer<typeof ColdStart>

/** One batch size; a timeout is a result: `error: 'timeout after 120 s'`. */
export const BatchMeasure = LatencyMeasure.extend({
  images_per_s: z.number().optional(),
  breakdown: StageBreakdown.optional(),
})
export type BatchMeasure = z.infer<typeof BatchMeasure>

/** One window of a load: what ended inside it. */
export const LoadWindow = z.object({
  seconds: z.number(),
  completed: z.number().int(),
  throughput_rps: z.number(),
  mean_ms: z.number().optional(),
  p95_ms: z.number().optional(),
})
export type LoadWindow = z.infer<typeof LoadWindow>

/** A closed loop: `concurrency` workers, each with one request in flight. */
export const ConcurrentMeasure = LatencyMeasure.extend({
  throughput_rps: z.number().optional(),
  /** `throughput_rps` × pictures in a request. */
  images_per_s: z.number().optional(),
  wall_time_s: z.number().optional(),
  concurrency: z.number().int().optional(),
  batch_size: z.number().int().optional(),
  total_requests: z.number().int().optional(),
  successful: z.number().int().optional(),
  /** Failed requests by code. */
  failures: z.record(z.string(), z.number().int()).optional(),
  windows: z.array(LoadWindow).optional(),
  breakdown: StageBreakdown.optional(),
  utilisation: Utilisation.optional(),
  request_bytes: z.number().optional(),
  response_bytes: z.number().optional(),
})
export type ConcurrentMeasure = z.infer<typeof ConcurrentMeasure>

/** Poisson arrivals. The latency counts from the moment a request was due, not from when it was sent. */
export const OpenLoopMeasure = LatencyMeasure.extend({
  rate_rps: z.number(),
  achieved_rps: z.number().optional(),
  total_requests: z.number().int().optional(),
  successful: z.number().int().optional(),
  wall_time_s: z.number().optional(),
  /** From the moment of sending: what a tool with coordinated omission would have shown. */
  service: LatencyMeasure.optional(),
  /** Mean milliseconds that sending lagged behind the due time. */
  send_lag_ms: z.number().optional(),
  utilisation: Utilisation.optional(),
})
export type OpenLoopMeasure = z.infer<typeof OpenLoopMeasure>

export const ProtocolMeasure = z.object({
  model: z.string().optional(),
  transport: Transport,
  format: InputFormat,
  serial: SingleMeasure.optional(),
  concurrent: ConcurrentMeasure.optional(),
  /** One picture, as it travels. */
  request_bytes: z.number().optional(),
  response_bytes: z.number().optional(),
  /** Mean of what the server tells for one request. */
  server_compute_ms: z.number().optional(),
  /** CPU milliseconds of the client for one picture. */
  client_cpu_ms: z.number().optional(),
  verdict: ParityVerdict.optional(),
  error: z.string().optional(),
})
export type ProtocolMeasure = z.infer<typeof ProtocolMeasure>

/** Encoding on the client alone. `base64-jpeg` and `jpeg` as the PyTorch and Triton clients send them. */
export const SerializationMeasure = z.object({
  format: InputFormat,
  batch_size: z.number().int(),
  encode_ms: z.number(),
  std_ms: z.number().optional(),
  count: z.number().int().optional(),
  bytes: z.number(),
})
export type SerializationMeasure = z.infer<typeof SerializationMeasure>

/** The same work against the first n endpoints. */
export const ScalingMeasure = z.object({
  endpoints: z.number().int(),
  config: z.string().optional(),
  images_per_s: z.number(),
  concurrency: z.number().int().optional(),
  batch_size: z.number().int().optional(),
  interval: Interval.optional(),
  /** Of the same work on one endpoint; absent where that was not measured. */
  factor: z.number().optional(),
  efficiency: z.number().optional(),
  note: z.string().optional(),
})
export type ScalingMeasure = z.infer<typeof ScalingMeasure>

/** The whole way on the person's own photos. */
export const PipelineMeasure = z.object({
  photos: z.number().int(),
  bytes: z.number(),
  wall_time_s: z.number(),
  images_per_s: z.number(),
  intervals: z.record(z.string(), Interval).optional(),
  /** Stages overlap in the pipeline: shares are of the summed time, not of the wall. */
  stages: z.array(z.object({ stage: Stage, mean_ms: z.number(), p50_ms: z.number().optional(), share: z.number() })),
  concurrency: z.number().int().optional(),
  batch_size: z.number().int().optional(),
  utilisation: Utilisation.optional(),
  failed: z.number().int().optional(),
  unstable: z.string().optional(),
})
export type PipelineMeasure = z.infer<typeof PipelineMeasure>

export const Readiness = z.object({
  ready: z.boolean(),
  /** Each thing that was asked and what came back. */
  checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })),
  /** Another backend answers on the same host, so figures may disturb each other. */
  other_backend: z.string().optional(),
  warnings: z.array(z.string()),
})
export type Readiness = z.infer<typeof Readiness>

export const ParityNote = z.object({ verdict: ParityVerdict, reason: z.string(), min_cosine: z.number().optional() })
export type ParityNote = z.infer<typeof ParityNote>

/** In the order in which they run. */
export const BenchmarkPhase = z.enum([
  'readiness',
  'parity',
  'cold-start',
  'single',
  'batch',
  'concurrent',
  'sweep',
  'open-loop',
  'protocols',
  'serialization',
  'gpu',
  'server-metrics',
  'operator-profile',
  'scaling',
  'pipeline',
])
export type BenchmarkPhase = z.infer<typeof BenchmarkPhase>

/** What became of a phase. `pending` in a file: the run ended before it, and can be resumed there. */
export const PhaseOutcome = z.object({
  phase: BenchmarkPhase,
  state: z.enum(['pending', 'running', 'done', 'cancelled', 'failed', 'skipped']),
  /** Why it failed or was skipped, or what is partial in it; a sentence. */
  reason: z.string().optional(),
  code: ErrorCode.optional(),
  seconds: z.number().optional(),
})
export type PhaseOutcome = z.infer<typeof PhaseOutcome>
