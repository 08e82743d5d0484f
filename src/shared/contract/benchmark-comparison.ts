import { z } from 'zod'
import { BenchmarkPhase, Interval } from './benchmark-measures.ts'
import { BenchmarkEstimate, BenchmarkPlan, BenchmarkProgress } from './benchmark-run.ts'
import { BenchmarkBackend, BenchmarkResult, RunNotes } from './benchmark.ts'

/** A line of the history. */
export const BenchmarkEntry = z.object({
  /** The file's name without folders, and `#n` after it where a file holds several series. */
  id: z.string(),
  label: z.string(),
  backend: BenchmarkBackend,
  gpu: z.string(),
  /** Null: the file does not tell. */
  timestamp: z.string().nullable(),
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
