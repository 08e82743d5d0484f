import { z } from 'zod'
import { ErrorCode } from '../errors.ts'
import { BenchmarkPhase, PhaseOutcome } from './benchmark-measures.ts'
import { BenchmarkBackend, BenchmarkPreset, RunNotes } from './benchmark.ts'
import { ProviderChoice } from './models.ts'
import { InputFormat, Transport } from './servers.ts'

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
