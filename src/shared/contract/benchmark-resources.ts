import { z } from 'zod'

export const GpuSpec = z.object({
  index: z.number().int(),
  name: z.string(),
  uuid: z.string().optional(),
  driver: z.string().optional(),
  memory_total_mb: z.number().optional(),
  power_limit_w: z.number().optional(),
  compute_capability: z.string().optional(),
})
export type GpuSpec = z.infer<typeof GpuSpec>

/** Who told of the GPUs. */
const GpuSource = z.enum(['nvidia-smi', 'gpu-info', 'triton-metrics', 'session', 'entered'])

export const GpuSpecs = z.object({
  /** The first GPU's name, for readers of the published shape; `CPU` where the backend computes without one. */
  name: z.string(),
  count: z.number().int(),
  gpus: z.array(GpuSpec),
  source: GpuSource.optional(),
  /** Why nothing is known, when nothing is. */
  note: z.string().optional(),
})
export type GpuSpecs = z.infer<typeof GpuSpecs>

export const GpuReading = z.object({
  index: z.number().int(),
  /** 0–1. */
  utilization: z.number().optional(),
  memory_used_mb: z.number().optional(),
  memory_total_mb: z.number().optional(),
  power_w: z.number().optional(),
  temperature_c: z.number().optional(),
})
export type GpuReading = z.infer<typeof GpuReading>

/** Readings of every GPU at one moment. */
export const GpuMoment = z.object({
  /** Seconds since the run began. */
  at_s: z.number(),
  phase: z.string().optional(),
  gpus: z.array(GpuReading),
})
export type GpuMoment = z.infer<typeof GpuMoment>

/** Triton's counters as differences; microseconds as Prometheus gives them. The first five names are the published ones. */
export const ServerMetrics = z.object({
  inference_request_success: z.number().optional(),
  queue_duration_us: z.number().optional(),
  compute_input_duration_us: z.number().optional(),
  compute_infer_duration_us: z.number().optional(),
  compute_output_duration_us: z.number().optional(),
  inference_request_failure: z.number().optional(),
  inference_count: z.number().optional(),
  inference_exec_count: z.number().optional(),
  request_duration_us: z.number().optional(),
  /** `inference_count` ÷ `inference_exec_count`. */
  average_batch_size: z.number().optional(),
  /** 1 − executions ÷ requests. */
  batching_efficiency: z.number().optional(),
  /** Of the request's duration on the server. */
  queue_share: z.number().optional(),
  compute_share: z.number().optional(),
})
export type ServerMetrics = z.infer<typeof ServerMetrics>

export const OperatorProfile = z.object({
  operators: z.array(
    z.object({ op: z.string(), total_ms: z.number(), share: z.number(), invocations: z.number().int() }),
  ),
  provider: z.string().optional(),
  runs: z.number().int().optional(),
  model: z.object({ file_mb: z.number(), opset: z.number().int(), nodes: z.number().int() }).partial().optional(),
  batch_scaling: z
    .array(z.object({ size: z.number().int(), mean_ms: z.number(), images_per_s: z.number() }))
    .optional(),
})
export type OperatorProfile = z.infer<typeof OperatorProfile>
