import { z } from 'zod'
import { ErrorCode } from '../errors.ts'
import {
  BatchMeasure,
  BenchmarkPhase,
  ColdStart,
  ConcurrentMeasure,
  GpuMoment,
  GpuSpecs,
  Interval,
  OpenLoopMeasure,
  OperatorProfile,
  ParityNote,
  PhaseOutcome,
  PipelineMeasure,
  ProtocolMeasure,
  Readiness,
  ScalingMeasure,
  SerializationMeasure,
  ServerMetrics,
  SingleMeasure,
} from './benchmark-measures.ts'
import { ProviderChoice } from './models.ts'
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
  /** ISO 8601 with zone: the start of the run. */
  timestamp: z.string(),
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

/** One backend to run, and the way into it. */
export const BenchmarkTarget = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('local'), provider: ProviderChoice.optional(), model: z.string().optional() }),
  z.object({
    kind: z.literal('server'),
    serverId: z.string(),
    /** Absent: what scans would use. */
    model: z.string().optional(),
    transport: Transport.optional(),
    format: InputFormat.optional(),
  }),
])
export type BenchmarkTarget = z.infer<typeof BenchmarkTarget>

const counts = z.array(z.number().int().min(1).max(1024)).min(1).max(32)

/** What to run. Absent numbers are the preset's (`custom`: the documented ones). */
export const BenchmarkPlan = z.object({
  targets: z.array(BenchmarkTarget).min(1).max(16),
  preset: BenchmarkPreset,
  /** Absent: the preset's. */
  phases: z.array(BenchmarkPhase).min(1).optional(),
  iterations: z.number().int().min(1).max(100_000).optional(),
  batchSizes: counts.optional(),
  concurrency: z.number().int().min(1).max(1024).optional(),
  concurrentRequests: z.number().int().min(1).max(1_000_000).optional(),
  warmupIterations: z.number().int().min(0).max(1000).optional(),
  sweepConcurrency: counts.optional(),
  openLoopRates: z.array(z.number().positive().max(100_000)).max(32).optional(),
  timeoutSeconds: z.number().positive().max(3600).optional(),
  seed: z.number().int().optional(),
  /** Two backends answer on one host: measure all the same, with the warning kept in the results. */
  continueWhenBothUp: z.boolean().default(false),
  /** By index of `targets`. */
  notes: z.array(RunNotes).optional(),
})
export type BenchmarkPlan = z.infer<typeof BenchmarkPlan>

export const BenchmarkEstimate = z.object({
  seconds: z.object({ low: z.number(), high: z.number() }),
  requests: z.number(),
  bytes: z.number(),
  /** Sentences: both backends up, a battery, phases that will be skipped and why. */
  warnings: z.array(z.string()),
})
export type BenchmarkEstimate = z.infer<typeof BenchmarkEstimate>

/** One moment of a running load, about twice a second. */
export const LivePoint = z.object({
  /** Seconds since the phase began. */
  atSeconds: z.number(),
  imagesPerSecond: z.number().nullable(),
  p50Ms: z.number().nullable(),
  p95Ms: z.number().nullable(),
  inFlight: z.number().int(),
})
export type LivePoint = z.infer<typeof LivePoint>

/** Where a run stands: one of these whenever something changes. */
const TargetProgress = z.object({ label: z.string(), backend: BenchmarkBackend, phases: z.array(PhaseOutcome) })
const common = { runId: z.string(), targets: z.array(TargetProgress), secondsLeft: z.number().nullable() }

export const BenchmarkProgress = z.discriminatedUnion('state', [
  z.object({ state: z.literal('preparing'), ...common }),
  z.object({
    state: z.literal('running'),
    ...common,
    /** Index of `targets`. */
    target: z.number().int(),
    phase: BenchmarkPhase,
    /** `batch 8`, `32 in flight`, …; empty when the phase has one step. */
    step: z.string(),
    done: z.number(),
    total: z.number(),
    /** New points since the last progress. */
    points: z.array(LivePoint),
  }),
  z.object({ state: z.literal('finished'), ...common, resultIds: z.array(z.string()) }),
  z.object({ state: z.literal('cancelled'), ...common, resultIds: z.array(z.string()) }),
  z.object({
    state: z.literal('failed'),
    ...common,
    resultIds: z.array(z.string()),
    code: ErrorCode,
    message: z.string(),
  }),
])
export type BenchmarkProgress = z.infer<typeof BenchmarkProgress>

/** A line of the history. */
export const BenchmarkEntry = z.object({
  /** The file's name without folders, and `#n` after it where a file holds several series. */
  id: z.string(),
  label: z.string(),
  backend: BenchmarkBackend,
  gpu: z.string(),
  timestamp: z.string(),
  origin: z.enum(['measured', 'imported', 'documented']),
  /** Whether every phase that was asked for is done. */
  complete: z.boolean(),
  resumable: z.boolean(),
  baseline: z.boolean(),
  imagesPerSecond: z.number().nullable(),
  p50Ms: z.number().nullable(),
})
export type BenchmarkEntry = z.infer<typeof BenchmarkEntry>

export const BadResultFile = z.object({ file: z.string(), message: z.string() })
export type BadResultFile = z.infer<typeof BadResultFile>

/** What stands between two runs and a fair comparison. */
export const BenchmarkDifference = z.object({
  kind: z.enum(['gpu', 'config', 'model', 'image-set', 'parity', 'source']),
  /** Such as `batch_sizes`. */
  what: z.string(),
  /** By column; null: not told. */
  values: z.array(z.string().nullable()),
  message: z.string(),
})
export type BenchmarkDifference = z.infer<typeof BenchmarkDifference>

export const ComparedCell = z.object({
  value: z.number().nullable(),
  interval: Interval.nullable(),
  count: z.number().int().nullable(),
  /** Why there is no value, or what to know of it (`unstable`, an error); a sentence, or null. */
  note: z.string().nullable(),
})
export type ComparedCell = z.infer<typeof ComparedCell>

export const ComparedRow = z.object({
  /** `single.p50_ms`, `batch_8.images_per_s`, …: the path in the section. */
  metric: z.string(),
  title: z.string(),
  unit: z.string(),
  better: z.enum(['lower', 'higher']),
  cells: z.array(ComparedCell),
  /** Column that is better than every other with the interval of the ratio beyond 1; null: none, or not allowed. */
  winner: z.number().int().nullable(),
  /** First column as reference, by column: how many times better (> 1) each is; null where not allowed or not known. */
  ratios: z.array(z.object({ value: z.number(), low: z.number(), high: z.number() }).nullable()),
  verdict: z.string(),
})
export type ComparedRow = z.infer<typeof ComparedRow>

export const CostLine = z.object({
  imagesPerSecond: z.number(),
  pricePerHour: z.number().nullable(),
  /** US dollars for 1,000 images; span from the throughput's interval. */
  per1000: z.object({ value: z.number(), low: z.number(), high: z.number() }).nullable(),
  /** Watt-hours of the GPU for 1,000 images; null where power is not known. */
  wattHoursPer1000: z.number().nullable(),
  /** Which figure the throughput is; a sentence. */
  basis: z.string(),
})
export type CostLine = z.infer<typeof CostLine>

export const Advice = z.object({
  kind: z.enum(['choice', 'bottleneck', 'operating-point', 'caution', 'silence']),
  /** A sentence or two for a person. */
  text: z.string(),
  reasons: z.array(z.string()),
  confidence: z.enum(['high', 'medium', 'low']),
  /** Column it is about; null: all. */
  column: z.number().int().nullable(),
})
export type Advice = z.infer<typeof Advice>

export const RegressionVerdict = z.enum(['better', 'same', 'worse', 'not-comparable'])
export type RegressionVerdict = z.infer<typeof RegressionVerdict>

export const BenchmarkComparison = z.object({
  columns: z.array(BenchmarkEntry),
  /** To be shown on top. */
  differences: z.array(BenchmarkDifference),
  /** False: everything is shown, with no ratio, cost or winner. */
  rankable: z.boolean(),
  /** Columns that compute something else (parity): left out of ranking and cost, the others are still ranked. */
  excluded: z.array(z.number().int()),
  rows: z.array(ComparedRow),
  /** By column; null where not allowed or not known. */
  costs: z.array(CostLine.nullable()),
  advice: z.array(Advice),
  /** Each column against the baseline of its backend; null where there is none. */
  regressions: z.array(
    z.object({ baselineId: z.string(), verdict: RegressionVerdict, findings: z.array(z.string()) }).nullable(),
  ),
})
export type BenchmarkComparison = z.infer<typeof BenchmarkComparison>

const ids = z.array(z.string().max(400)).min(1).max(32)

/** What the page may ask about benchmarks; part of the page's calls. Progress of a run also comes as an event. */
export const benchmarkCalls = {
  'benchmark.estimate': {
    params: BenchmarkPlan,
    /** `phases`: those that the plan runs, its preset's where it names none. */
    result: BenchmarkEstimate.extend({ phases: z.array(BenchmarkPhase) }),
  },
  /** Starts in the background. `busy` while one runs or a scan does. */
  'benchmark.start': { params: BenchmarkPlan, result: z.object({ runId: z.string() }) },
  /** Goes on with the phases that an interrupted run still lacks. */
  'benchmark.resume': { params: z.object({ id: z.string() }), result: z.object({ runId: z.string() }) },
  /** At once; what was measured is kept. */
  'benchmark.cancel': { params: z.null(), result: z.null() },
  /** The last progress of this session (`points`: all of the present phase); null when none ran. */
  'benchmark.state': { params: z.null(), result: BenchmarkProgress.nullable() },
  'benchmark.list': {
    params: z.null(),
    result: z.object({ entries: z.array(BenchmarkEntry), bad: z.array(BadResultFile) }),
  },
  'benchmark.read': { params: z.object({ id: z.string() }), result: BenchmarkResult },
  /** `libraryPhotos`: for how many photos the advice reckons; null: those of the open library. */
  'benchmark.compare': {
    params: z.object({ ids, libraryPhotos: z.number().int().min(0).nullable(), p95LimitMs: z.number().nullable() }),
    result: BenchmarkComparison,
  },
  /** Copies the series of a file into the history. A bad file: `invalid-request`, nothing changed. */
  'benchmark.import': {
    params: z.object({ grant: z.string() }),
    result: z.object({ entries: z.array(BenchmarkEntry) }),
  },
  'benchmark.export': {
    params: z.object({ ids, format: z.enum(['json', 'csv', 'markdown', 'html']), grant: z.string() }),
    result: z.object({ path: z.string() }),
  },
  /** The Markdown report, to be copied. */
  'benchmark.markdown': { params: z.object({ ids }), result: z.object({ text: z.string() }) },
  /** Writes a chart that the page drew. */
  'benchmark.savePicture': {
    params: z.object({ grant: z.string(), png: z.custom<Uint8Array>((value) => value instanceof Uint8Array) }),
    result: z.object({ path: z.string() }),
  },
  'benchmark.setNotes': { params: z.object({ id: z.string(), notes: RunNotes }), result: BenchmarkResult },
  /** The run that later ones of the same backend and GPU are held against; `on` false: no longer. */
  'benchmark.setBaseline': {
    params: z.object({ id: z.string(), on: z.boolean() }),
    result: z.object({ entries: z.array(BenchmarkEntry), bad: z.array(BadResultFile) }),
  },
} as const
