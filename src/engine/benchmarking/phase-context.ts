import type { BenchmarkPhase, ParityNote, Utilisation } from '../../shared/contract/benchmark-measures.ts'
import type { ServerMetrics } from '../../shared/contract/benchmark-resources.ts'
import type { BackendSection } from '../../shared/contract/benchmark.ts'
import { throwIfCancelled } from '../../shared/errors.ts'
import { targetOf, type BackendSetup } from './backend-setup.ts'
import type { GpuWatch } from './gpu-watch.ts'
import type { LoadPlan, LoadProgress } from './load-plan.ts'
import type { LoadProcess } from './load-process.ts'
import type { LoadOutcome } from './load-tally.ts'
import type { MeasuredLoad } from './measures.ts'
import type { RunSettings } from './run-settings.ts'
import { serverMetricsBetween, type CounterReader, type ServerCounters } from './server-counters.ts'

/** What a run borrows from the rest of the engine. */
export interface BenchmarkPorts {
  /** The parity check of one backend; null where nothing can be compared. */
  checkParity: ((backend: BackendSetup, signal: AbortSignal) => Promise<ParityNote | null>) | null
  /** Photos of the person's own for the pipeline, as `node:fs` takes paths: a sample of at most so many. */
  samplePhotos: ((most: number, signal: AbortSignal) => Promise<(string | Uint8Array)[]>) | null
}

/** How a phase ended when it did not throw: nothing to say, only partly, or not at all, with the reason. */
export type PhaseNote = { state: 'done'; reason?: string } | { state: 'skipped' | 'failed'; reason: string }

export const done: PhaseNote = { state: 'done' }

/** What a phase has to work with. It writes what it measured into `section` as soon as it has it, so that a stop loses nothing. */
export interface PhaseContext {
  readonly backend: BackendSetup
  readonly settings: RunSettings
  readonly section: BackendSection
  readonly load: LoadProcess
  readonly counters: CounterReader
  readonly gpu: GpuWatch
  readonly ports: BenchmarkPorts
  readonly signal: AbortSignal
  readonly phase: BenchmarkPhase
  /** Since the run began. */
  readonly seconds: () => number
  readonly step: (name: string, done: number, total: number) => void
  readonly live: (progress: LoadProgress) => void
  /** What is known of the whole run. */
  readonly facts: RunFacts
}

export interface RunFacts {
  /** Requests a second that the generator reaches against a server that does nothing; null where that was not measured. */
  ceilingRps: number | null
  /** Copies of the model that compute side by side; null where the server does not tell. */
  instances: number | null
  /** Counters before anything was sent; null where there are none. */
  firstCounters: ServerCounters | null
  /** The other backends of this run, by address: they are up because they were asked for. */
  companions: readonly string[]
  /** Measure though an unasked-for backend answers on the same host. */
  continueWhenBothUp: boolean
}

export interface MeasureOptions {
  /** What the counters' difference is listed under. */
  label: string
  batch: number
  plan: LoadPlan
  warmUp?: number
  /** By default as many as are under way at the same time, and at least two. */
  giveUpAfterTimeouts?: number
}

/** Puts load on the backend and reads around it what the server counted and how busy everybody was. */
export async function measure(context: PhaseContext, options: MeasureOptions): Promise<MeasuredLoad> {
  const { load, settings, signal, counters, gpu, section, phase, facts } = context
  const { label, batch, plan } = options
  throwIfCancelled(signal)
  const inFlight = plan.kind === 'open' ? 1 : plan.concurrency
  const before = counters.problem === null ? await counters.read(signal) : null
  const fromS = context.seconds()
  const loadOptions = {
    timeoutMs: settings.timeoutMs,
    warmUp: options.warmUp ?? 0,
    giveUpAfterTimeouts: options.giveUpAfterTimeouts ?? Math.max(2, inFlight),
  }
  const outcome = await load.load(batch, plan, loadOptions, signal, context.live)
  const after = before === null || signal.aborted ? null : await counters.read(signal)
  const metrics = before === null || after === null ? null : serverMetricsBetween(before, after)
  if (metrics !== null) (section.server_metrics_by_phase ??= []).push({ phase, label, ...metrics })
  return { outcome, metrics, utilisation: utilisationOf(outcome, metrics, gpu.meanUtilisation(fromS), facts) }
}

function utilisationOf(
  outcome: LoadOutcome,
  metrics: ServerMetrics | null,
  gpu: number | null,
  facts: RunFacts,
): Utilisation {
  const busy = serverBusyShare(outcome, metrics, facts)
  return {
    client_cpu_share: Math.min(1, outcome.busyShare),
    ...(busy === null ? {} : { server_busy_share: busy }),
    ...(gpu === null ? {} : { gpu_utilization: gpu }),
    ...(facts.ceilingRps === null ? {} : { generator_ceiling_rps: facts.ceilingRps }),
  }
}

/**
 * Share of the time that the model computed. Triton adds a batch's computing time to each of its requests, so their sum times
 * executions ÷ requests is the time with an execution under way. The local session computes one batch at a time.
 */
function serverBusyShare(outcome: LoadOutcome, metrics: ServerMetrics | null, facts: RunFacts): number | null {
  // Of a run by windows the figures are those of the last three, the counters those of all.
  const wallMs = outcome.windows.at(-1)?.toMs ?? outcome.wallMs
  const { inference } = outcome.server
  if (outcome.responseBytes === 0 && inference !== null && outcome.wallMs > 0) {
    return Math.min(1, (inference.meanMs * inference.count) / outcome.wallMs)
  }
  const requests = metrics?.inference_request_success ?? 0
  const executions = metrics?.inference_exec_count ?? 0
  if (metrics === null || requests === 0 || executions === 0 || facts.instances === null || wallMs <= 0) return null
  const computeUs =
    (metrics.compute_input_duration_us ?? 0) +
    (metrics.compute_infer_duration_us ?? 0) +
    (metrics.compute_output_duration_us ?? 0)
  return Math.min(1, (computeUs * executions) / requests / 1000 / wallMs / facts.instances)
}

/** Puts the load process back on the backend's own way after a phase that went another. */
export async function reopen(context: PhaseContext): Promise<void> {
  await context.load.open(targetOf(context.backend), context.settings.seed)
}
