import { z } from 'zod'
import {
  BatchMeasure,
  BenchmarkPhase,
  ColdStart,
  ConcurrentMeasure,
  OpenLoopMeasure,
  ParityNote,
  PhaseOutcome,
  PipelineMeasure,
  ProtocolMeasure,
  Readiness,
  ScalingMeasure,
  SerializationMeasure,
  SingleMeasure,
} from './benchmark-measures.ts'
import { GpuMoment, GpuSpecs, OperatorProfile, ServerMetrics } from './benchmark-resources.ts'
import { Exposure, InputFormat, Transport } from './servers.ts'

export const BenchmarkBackend = z.enum(['pytorch', 'triton', 'local'])
export type BenchmarkBackend = z.infer<typeof BenchmarkBackend>

export const BenchmarkPreset = z.enum(['quick', 'documented', 'thorough', 'custom'])
export type BenchmarkPreset = z.infer<typeof BenchmarkPreset>

/** What was asked for. Runs whose work differs here are not ranked against each other (fields of ours: see `fairness.ts`). */
export const BenchmarkConfig = z.object({
  iterations: z.number().int().optional(),
  batch_sizes: z.array(z.number().int()).optional(),
  concurrency: z.number().int().optional(),
  concurrent_requests: z.number().int().optional(),
  warmup_iterations: z.number().int().optional(),
  timeout_s: z.number().optional(),
  seed: z.number().int().optional(),
  preset: BenchmarkPreset.optional(),
  phases: z.array(BenchmarkPhase).optional(),
  sweep_concurrency: z.array(z.number().int()).optional(),
  open_loop_rates: z.array(z.number()).optional(),
  cooldown_s: z.number().optional(),
  /** The way in that the phases other than `protocols` used. */
  transport: Transport.optional(),
  format: InputFormat.optional(),
  precision: z.string().optional(),
  /** Names of the backends run in turns in the same session, in order of their start. */
  interleaved_with: z.array(z.string()).optional(),
})
export type BenchmarkConfig = z.infer<typeof BenchmarkConfig>

/** Entered by the person; travels with the result. */
export const RunNotes = z.object({
  provider: z.string().max(200).optional(),
  instance_type: z.string().max(200).optional(),
  /** Tag or commit of the server's image. */
  image: z.string().max(500).optional(),
  region: z.string().max(200).optional(),
  /** US dollars. */
  price_per_hour: z.number().min(0).max(100_000).optional(),
  text: z.string().max(10_000).optional(),
})
export type RunNotes = z.infer<typeof RunNotes>

/** Where and on what it was measured: what was seen, never a guess. */
export const BenchmarkEnvironment = z.object({
  platform: z.string(),
  cpu: z.string(),
  cores: z.number().int(),
  memory_mb: z.number(),
  power_source: z.enum(['mains', 'battery', 'not-told']),
  app_version: z.string(),
  app_commit: z.string().nullable(),
  /** Package name → version, Node and ONNX Runtime among them. */
  libraries: z.record(z.string(), z.string()),
  /** The execution provider and device that really computed, or what the server tells. */
  provider: z.string(),
  device: z.string(),
  fallback_reason: z.string().nullable(),
  driver: z.string().nullable(),
  server: z.object({ name: z.string(), version: z.string().nullable() }).nullable(),
  /** Without secrets; null for local. */
  address: z.string().nullable(),
  exposure: Exposure.nullable(),
  /** Median of requests that do no work. */
  round_trip_ms: z.number().nullable(),
  model: z.object({ name: z.string(), sha256: z.string().nullable(), dimension: z.number().int().nullable() }),
  image_set: z.object({
    /** Over the pictures' bytes, in order. */
    hash: z.string(),
    count: z.number().int(),
    source: z.enum(['generated', 'library']),
  }),
})
export type BenchmarkEnvironment = z.infer<typeof BenchmarkEnvironment>

/** `batch_1`, `batch_4`, …: beside the other measures, as published. Use `batchesOf` to walk them. */
const Batches = z.looseRecord(z.templateLiteral(['batch_', z.number().int()]), BatchMeasure)

const Measures = z.object({
  readiness: Readiness.optional(),
  parity: ParityNote.optional(),
  cold_start: ColdStart.optional(),
  single: SingleMeasure.optional(),
  concurrent: ConcurrentMeasure.optional(),
  sweep: z.array(ConcurrentMeasure).optional(),
  open_loop: z.array(OpenLoopMeasure).optional(),
  protocols: z.array(ProtocolMeasure).optional(),
  serialization: z.array(SerializationMeasure).optional(),
  gpu_series: z.array(GpuMoment).optional(),
  /** Over the whole run. */
  server_metrics: ServerMetrics.optional(),
  server_metrics_by_phase: z.array(ServerMetrics.extend({ phase: BenchmarkPhase, label: z.string() })).optional(),
  operator_profile: OperatorProfile.optional(),
  scaling: z.array(ScalingMeasure).optional(),
  pipeline: PipelineMeasure.optional(),
})

/** What was measured of one backend. */
export const BackendSection = z.intersection(Measures, Batches)
export type BackendSection = z.infer<typeof BackendSection>

/** Where figures come from that were not measured by this Twinlens. */
export const ResultSource = z.object({
  kind: z.enum(['imported', 'documented']),
  /** As the source names it, such as `step4-a4000-pytorch-writeup`. */
  id: z.string(),
  title: z.string(),
  shape: z.enum(['flat', 'three-way', 'multi-gpu', 'documented']),
  /** Name of the file it was read from, without folders. */
  file: z.string().optional(),
  /** What to know before trusting it: contradictions between write-ups, anomalies; sentences. */
  cautions: z.array(z.string()),
})
export type ResultSource = z.infer<typeof ResultSource>

/**
 * One backend's result: a file `benchmark_results/<backend>_<GPU>_<YYYYMMDD_HHMMSS>.json`. See [Note: Names in a result file].
 * Exactly one of the sections is present, the one that `backend` names. Imported figures become the same shape with what the
 * source lacks left out (`source` tells; no environment, no phases).
 */
export const BenchmarkResult = z.object({
  schema: z.literal('twinlens/benchmark-result@1'),
  /** ISO 8601 with zone: the start of the run; null only where an imported file does not tell. */
  timestamp: z.string().nullable(),
  /** Shared by the files of one run over several backends. */
  run_id: z.string(),
  backend: BenchmarkBackend,
  /** For people: `Triton gRPC UINT8, RTX 4080`. */
  label: z.string(),
  config: BenchmarkConfig,
  gpu_specs: GpuSpecs,
  gpu_before: GpuMoment.nullable(),
  gpu_after: GpuMoment.nullable(),
  environment: BenchmarkEnvironment.optional(),
  notes: RunNotes.optional(),
  phases: z.array(PhaseOutcome).optional(),
  source: ResultSource.optional(),
  pytorch: BackendSection.optional(),
  triton: BackendSection.optional(),
  local: BackendSection.optional(),
})
export type BenchmarkResult = z.infer<typeof BenchmarkResult>

/** The section that the result's backend names; empty when nothing was measured yet. */
export function sectionOf(result: BenchmarkResult): BackendSection {
  return result[result.backend] ?? {}
}

/** The batches of a section, by size ascending. */
export function batchesOf(section: BackendSection): { size: number; measure: BatchMeasure }[] {
  return Object.entries(section)
    .flatMap(([key, measure]) => {
      const size = /^batch_(\d+)$/.exec(key)?.[1]
      return size === undefined ? [] : [{ size: Number(size), measure: measure as BatchMeasure }]
    })
    .sort((a, b) => a.size - b.size)
}
