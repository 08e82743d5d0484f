import type { BenchmarkPhase, PhaseOutcome } from '../../shared/contract/benchmark-measures.ts'
import type { BackendSection, BenchmarkResult } from '../../shared/contract/benchmark.ts'
import { asTwinlensError, isCancellation, TwinlensError } from '../../shared/errors.ts'
import { labelOf, targetOf, type BackendSetup } from './backend-setup.ts'
import { environmentOf } from './environment.ts'
import { measureCeiling } from './generator-ceiling.ts'
import { GpuWatch } from './gpu-watch.ts'
import { LoadProcess } from './load-process.ts'
import type { PhaseContext, PhaseNote, RunFacts } from './phase-context.ts'
import { runBatches } from './phases/batch.ts'
import { runColdStart } from './phases/cold-start.ts'
import { runConcurrent } from './phases/concurrent.ts'
import { concludeGpu, concludeServerMetrics } from './phases/observers.ts'
import { runOpenLoop } from './phases/open-loop.ts'
import { runOperatorProfile } from './phases/operator-profile.ts'
import { checkParityGate } from './phases/parity.ts'
import { runPipelinePhase } from './phases/pipeline.ts'
import { runProtocols } from './phases/protocols.ts'
import { checkReadiness } from './phases/readiness.ts'
import { runScaling } from './phases/scaling.ts'
import { runSerialization } from './phases/serialization.ts'
import { runSingle } from './phases/single.ts'
import { runSweep } from './phases/sweep.ts'
import { bestThroughput } from './results-entry.ts'
import type { ResultDraft } from './results-store.ts'
import type { BackendWork, RunParts, RunProgress } from './run-parts.ts'
import { configOf } from './run-settings.ts'
import { CounterReader } from './server-counters.ts'
import { countModelInstances } from './server-instances.ts'

const phases: Record<BenchmarkPhase, (context: PhaseContext) => Promise<PhaseNote>> = {
  readiness: checkReadiness,
  parity: checkParityGate,
  'cold-start': runColdStart,
  single: runSingle,
  batch: runBatches,
  concurrent: runConcurrent,
  sweep: runSweep,
  'open-loop': runOpenLoop,
  protocols: runProtocols,
  serialization: runSerialization,
  gpu: concludeGpu,
  'server-metrics': concludeServerMetrics,
  'operator-profile': runOperatorProfile,
  scaling: runScaling,
  pipeline: runPipelinePhase,
}

/** Phases for whose figures the generator's own limit matters. */
const loaded: readonly BenchmarkPhase[] = ['concurrent', 'sweep', 'open-loop', 'scaling', 'protocols']

/** Phases that do without the load process, or need it with no backend behind it. */
const withoutLoad: readonly BenchmarkPhase[] = [
  'readiness',
  'parity',
  'gpu',
  'server-metrics',
  'serialization',
  'operator-profile',
]

type Step = Omit<NonNullable<RunProgress['present']>, 'target' | 'phase'>

/** One backend on its way through the phases, with its load process and its growing result. */
export class BackendRun {
  readonly result: BenchmarkResult
  readonly #backend: BackendSetup
  readonly #parts: RunParts
  readonly #draft: ResultDraft
  readonly #section: BackendSection
  readonly #load = new LoadProcess()
  readonly #counters: CounterReader
  readonly #gpu: GpuWatch
  readonly #facts: RunFacts
  readonly #begunMs: number
  #isOpen = false
  #isCeilingKnown = false

  private constructor(
    work: BackendWork,
    parts: RunParts,
    begun: { result: BenchmarkResult; draft: ResultDraft; gpu: GpuWatch; counters: CounterReader; facts: RunFacts },
    begunMs: number,
  ) {
    this.#backend = work.backend
    this.#parts = parts
    this.result = begun.result
    this.#draft = begun.draft
    this.#section = begun.result[work.backend.kind] ?? {}
    begun.result[work.backend.kind] = this.#section
    this.#gpu = begun.gpu
    this.#counters = begun.counters
    this.#facts = begun.facts
    this.#begunMs = begunMs
  }

  /** Looks who tells of GPUs and counters, and writes the result's beginning. */
  static async begin(work: BackendWork, parts: RunParts): Promise<BackendRun> {
    const { backend } = work
    const { settings, signal, store } = parts
    const begunMs = performance.now()
    const access = backend.kind === 'local' ? null : backend.access
    const gpu = new GpuWatch(access, begunMs)
    const before = await gpu.begin(signal)
    const counters = new CounterReader(access ?? nobody, backend.kind === 'local' ? noOffer : backend.offer)
    const facts: RunFacts = {
      ceilingRps: null,
      instances:
        access === null ? 1 : await countModelInstances(access, backend.kind === 'local' ? '' : backend.offer.model),
      firstCounters: counters.problem === null ? await counters.read(signal) : null,
      companions: parts.work.flatMap(({ backend: other }) => (other.kind === 'local' ? [] : [other.access.url])),
      continueWhenBothUp: parts.continueWhenBothUp,
    }
    const begun =
      work.resume === null
        ? await beginResult(work, parts, gpu, before)
        : await resumeResult(work.resume.id, settings, store)
    return new BackendRun(work, parts, { ...begun, gpu, counters, facts }, begunMs)
  }

  get id(): string {
    return this.#draft.id
  }

  get standing(): RunProgress['targets'][number] {
    const imagesPerSecond = bestThroughput(this.result)
    return {
      label: this.result.label,
      backend: this.#backend.kind,
      phases: this.result.phases ?? [],
      pace: imagesPerSecond === null ? null : { imagesPerSecond, p50Ms: this.#section.single?.p50_ms ?? null },
    }
  }

  /** Whether a phase is still to do here. */
  wants(phase: BenchmarkPhase): boolean {
    return this.#outcome(phase)?.state === 'pending'
  }

  /** Carries a phase out and keeps what came of it. Never throws for what the backend does. */
  async carryOut(phase: BenchmarkPhase, tell: (step: Step) => void): Promise<void> {
    const begunMs = performance.now()
    const seconds = (): number => (performance.now() - begunMs) / 1000
    const step: Step = { step: '', done: 0, total: 0, live: null }
    const context: PhaseContext = {
      backend: this.#backend,
      settings: this.#parts.settings,
      section: this.#section,
      load: this.#load,
      counters: this.#counters,
      gpu: this.#gpu,
      ports: this.#parts.ports,
      signal: this.#parts.signal,
      phase,
      facts: this.#facts,
      seconds: () => (performance.now() - this.#begunMs) / 1000,
      step(name, done, total) {
        Object.assign(step, { step: name, done, total, live: null })
        tell({ ...step })
      },
      live: (load) => tell({ ...step, live: { atSeconds: seconds(), load } }),
    }
    this.#settle({ phase, state: 'running' })
    tell(step)
    this.#gpu.start(phase)
    try {
      await this.#ready(phase)
      this.#settle({ phase, ...(await phases[phase](context)), seconds: seconds() })
    } catch (error) {
      this.#settle(outcomeOf(phase, error, seconds()))
      // Without a backend there is nothing to measure; every other phase may still succeed.
      if (phase === 'readiness' && !isCancellation(error)) this.#skipRest('The backend was not ready.')
    } finally {
      this.#gpu.stop()
    }
    await this.#save()
  }

  /** The last look at the GPUs; phases that a stop left undone stay pending, so that the run can be resumed. */
  async conclude(): Promise<void> {
    if (!this.#parts.signal.aborted) this.result.gpu_after = await this.#gpu.now()
    await this.#save()
  }

  async close(): Promise<void> {
    await Promise.all([this.#load.close(), this.#counters.close(), this.#gpu.close()])
  }

  /** Opens what the phase needs: the backend itself, and before load the measure of the generator's own limit. */
  async #ready(phase: BenchmarkPhase): Promise<void> {
    const { settings, signal } = this.#parts
    if (withoutLoad.includes(phase) || (phase === 'cold-start' && this.#backend.kind === 'local')) return
    if (loaded.includes(phase) && !this.#isCeilingKnown && this.#backend.kind !== 'local') {
      this.#isCeilingKnown = true
      this.#isOpen = false
      const ceiling = await measureCeiling(this.#load, this.#backend, settings.seed, signal)
      this.#facts.ceilingRps = ceiling.rps
    }
    if (this.#isOpen) return
    const { imageSet } = await this.#load.open(targetOf(this.#backend), settings.seed, signal)
    this.#isOpen = true
    this.result.environment = environmentOf(this.#parts.machine, this.#backend, this.result.gpu_specs, imageSet)
  }

  #outcome(phase: BenchmarkPhase): PhaseOutcome | undefined {
    return this.result.phases?.find((outcome) => outcome.phase === phase)
  }

  #settle(outcome: PhaseOutcome): void {
    this.result.phases = (this.result.phases ?? []).map((known) => (known.phase === outcome.phase ? outcome : known))
  }

  #skipRest(reason: string): void {
    for (const { phase, state } of this.result.phases ?? []) {
      if (state === 'pending') this.#settle({ phase, state: 'skipped', reason })
    }
  }

  async #save(): Promise<void> {
    await this.#draft.save(this.result)
  }
}

/** Stands where a local backend has no server. */
const nobody = {
  kind: 'pytorch',
  url: 'http://127.0.0.1:9',
  token: null,
  headers: {},
  certificate: null,
  metricsUrl: null,
} as const
const noOffer = { model: '', version: null, transport: 'http', format: 'fp32', maxBatch: 1, dimension: null } as const

async function beginResult(
  { backend, notes }: BackendWork,
  { runId, settings, machine, store, work: all }: RunParts,
  gpu: GpuWatch,
  before: BenchmarkResult['gpu_before'],
): Promise<{ result: BenchmarkResult; draft: ResultDraft }> {
  const way = backend.kind === 'local' ? {} : { transport: backend.offer.transport, format: backend.offer.format }
  const result: BenchmarkResult = {
    schema: 'twinlens/benchmark-result@1',
    timestamp: localTimestamp(new Date()),
    run_id: runId,
    backend: backend.kind,
    label: labelOf(backend),
    config: {
      ...configOf(settings),
      ...way,
      ...(all.length > 1 ? { interleaved_with: all.map((other) => labelOf(other.backend)) } : {}),
    },
    gpu_specs: gpu.specs,
    gpu_before: before,
    gpu_after: null,
    environment: environmentOf(machine, backend, gpu.specs, null),
    ...(notes === undefined ? {} : { notes }),
    phases: settings.phases.map((phase) => ({ phase, state: 'pending' })),
    [backend.kind]: {},
  }
  return { result, draft: await store.begin(result) }
}

/** Phases that a stop or a crash cut off are done again, as is readiness: the server may be another by now. */
async function resumeResult(
  id: string,
  settings: RunParts['settings'],
  store: RunParts['store'],
): Promise<{ result: BenchmarkResult; draft: ResultDraft }> {
  const { result, draft } = await store.resume(id)
  const undone = (state: PhaseOutcome['state']): boolean => ['pending', 'running', 'cancelled'].includes(state)
  const phases: PhaseOutcome[] = (result.phases ?? []).map((outcome) =>
    undone(outcome.state) || outcome.phase === 'readiness' ? { phase: outcome.phase, state: 'pending' } : outcome,
  )
  if (!phases.every(({ phase }) => settings.phases.includes(phase))) {
    throw new TwinlensError('invalid-request', `${id} has other phases than this run; resume it with its own settings.`)
  }
  return { result: { ...result, phases }, draft }
}

/** ISO 8601 with this machine's zone, so that the file's name shows the time on the clock. */
export function localTimestamp(now: Date): string {
  const two = (value: number): string => String(Math.trunc(Math.abs(value))).padStart(2, '0')
  const offset = -now.getTimezoneOffset()
  const local = new Date(now.getTime() + offset * 60_000).toISOString().slice(0, 19)
  return `${local}${offset < 0 ? '-' : '+'}${two(offset / 60)}:${two(offset % 60)}`
}

/** The outcome that a thrown value makes of a phase. */
function outcomeOf(phase: BenchmarkPhase, thrown: unknown, seconds: number): PhaseOutcome {
  if (isCancellation(thrown)) return { phase, state: 'cancelled', reason: 'Stopped on request.', seconds }
  const { code, message } = asTwinlensError(thrown)
  return { phase, state: 'failed', reason: message, code, seconds }
}
