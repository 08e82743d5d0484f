import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { ParityNote } from '../shared/contract/benchmark-measures.ts'
import type { BenchmarkPlan, BenchmarkProgress } from '../shared/contract/benchmark-run.ts'
import type { RunNotes } from '../shared/contract/benchmark.ts'
import type { ModelSpec, ProviderChoice } from '../shared/contract/models.ts'
import type { InputFormat, InputOffer, Transport } from '../shared/contract/servers.ts'
import type { FilePath } from '../shared/domain/file-path.ts'
import { asTwinlensError, isCancellation, TwinlensError } from '../shared/errors.ts'
import type { BackendSetup, LocalSetup, ServerSetup } from './benchmarking/backend-setup.ts'
import { appFolder, describeMachine } from './benchmarking/environment.ts'
import { secondsLeft } from './benchmarking/estimate.ts'
import { LiveProgress } from './benchmarking/live-progress.ts'
import type { BenchmarkPorts } from './benchmarking/phase-context.ts'
import { ResultStore } from './benchmarking/results-store.ts'
import { runBackends } from './benchmarking/run-backends.ts'
import type { RunEnd } from './benchmarking/run-parts.ts'
import { settingsOf } from './benchmarking/run-settings.ts'
import type { KeyValues } from './catalog/settings.ts'
import { checkParity } from './check-parity.ts'
import { formatsOf, type ServerAccess } from './embedding/remote/inference-client.ts'
import { openConnection } from './embedding/remote/open-connection.ts'
import { toNativePath } from './files/native-path.ts'
import type { LocalBackend } from './local-backend.ts'
import type { TwinModel } from './parity/twin-model.ts'

/** One backend to run, with all that is needed to reach it. */
export type TargetRequest =
  | { kind: 'local'; model: string | null; provider: ProviderChoice | null; threads?: number }
  | {
      kind: 'server'
      access: ServerAccess
      /** More servers that offer the same, for the scaling phase. */
      others: readonly ServerAccess[]
      model: string | null
      transport: Transport | null
      /** `auto`: the smallest payload that it offers. */
      format: InputFormat | 'auto'
      /** From the start of its process to ready, where it was started for this run. */
      readyMs?: number
    }

export interface BenchmarkParts {
  plan: Omit<BenchmarkPlan, 'targets'>
  targets: readonly TargetRequest[]
  local: LocalBackend
  /** Null while its file is not installed: parity can then not be told. */
  twin: TwinModel | null
  kv: KeyValues | null
  resourcesDir: string
  /** Where results go. */
  resultsDir: string
  /** Photos of the person's own, for the pipeline; null: none. */
  photos: (() => Promise<readonly FilePath[]>) | null
  /** Id of an interrupted result to go on with; there is one target then. */
  resumeId?: string
  signal: AbortSignal
  onProgress: (progress: BenchmarkProgress) => void
}

export interface BenchmarkEnd extends RunEnd {
  /** Targets that could not be reached at all. */
  problems: TwinlensError[]
}

/**
 * Benchmarks one backend or several in turns. Each result is kept in the history after every phase.
 *
 * @throws TwinlensError when no target can be reached (the client's codes, `model-missing`, `backend-unusable`), when results can't be
 *   written, `cancelled` while targets are still being looked at; a stop later on is told in the end
 */
export async function runBenchmark(parts: BenchmarkParts): Promise<BenchmarkEnd> {
  const { plan, local, signal, onProgress } = parts
  const runId = randomUUID()
  const settings = settingsOf({ ...plan, targets: [] })
  const progress = new LiveProgress(onProgress, (targets) => secondsLeft(settings, targets))
  progress.tell({ state: 'preparing', runId, targets: [], secondsLeft: null })
  const { setups, problems } = await resolveTargets(parts)
  const store = new ResultStore(
    parts.resultsDir,
    join(appFolder(parts.resourcesDir), 'benchmark_results', 'documented'),
  )
  const end = await runBackends({
    runId,
    work: setups.map(({ backend, notes }) => ({
      backend,
      notes,
      resume: parts.resumeId === undefined ? null : { id: parts.resumeId },
    })),
    settings,
    machine: await describeMachine(appFolder(parts.resourcesDir)),
    ports: portsOf(parts, local.twinSpec),
    store,
    continueWhenBothUp: plan.continueWhenBothUp ?? false,
    signal,
    onProgress: (run) => progress.take(run),
  })
  const targets = end.results.map(({ label, backend, phases = [] }) => ({ label, backend, phases }))
  const state = end.cancelled ? ('cancelled' as const) : ('finished' as const)
  progress.tell({ state, runId, targets, secondsLeft: null, resultIds: end.ids })
  return { ...end, problems }
}

async function resolveTargets(
  parts: BenchmarkParts,
): Promise<{ setups: { backend: BackendSetup; notes: RunNotes | undefined }[]; problems: TwinlensError[] }> {
  const setups: { backend: BackendSetup; notes: RunNotes | undefined }[] = []
  const problems: TwinlensError[] = []
  for (const [at, target] of parts.targets.entries()) {
    try {
      const backend =
        target.kind === 'local'
          ? await resolveLocal(parts.local, target)
          : await resolveServer(target, parts.local.twinSpec, parts.signal)
      setups.push({ backend, notes: parts.plan.notes?.[at] })
    } catch (error) {
      if (isCancellation(error)) throw error
      problems.push(asTwinlensError(error))
    }
  }
  const [first] = problems
  if (setups.length === 0) throw first ?? new TwinlensError('invalid-request', 'No backend was chosen.')
  return { setups, problems }
}

/** The provider that really runs is what a trial accepted; the benchmark's own sessions are opened on it. */
async function resolveLocal(
  local: LocalBackend,
  { model, provider, threads }: Extract<TargetRequest, { kind: 'local' }>,
): Promise<LocalSetup> {
  const spec = model === null ? local.spec : local.specOf(model)
  if (provider !== null) await local.choose({ model: local.spec.id, provider }, false)
  const installed = await local.installed(spec)
  if (installed === null) {
    throw new TwinlensError('model-missing', `${spec.title} is not on this computer. Fetch or import it first.`)
  }
  const embedder = await local.openFresh(spec)
  try {
    const { description } = embedder
    if (description.kind !== 'local') throw new TwinlensError('internal', 'The local model is not local.')
    const { provider: used, device, fallbackReason } = description
    const { path, sha256 } = installed
    return { kind: 'local', spec, modelPath: path, sha256, provider: used, device, fallbackReason, threads }
  } finally {
    await embedder.close()
  }
}

async function resolveServer(
  target: Extract<TargetRequest, { kind: 'server' }>,
  twin: ModelSpec,
  signal: AbortSignal,
): Promise<ServerSetup> {
  const { access, others, readyMs = null } = target
  const connection = openConnection(access)
  try {
    const report = await connection.inspect(signal)
    if (report.problem !== null) throw new TwinlensError(report.problem.code, report.problem.message)
    const { preprocessing } = twin.input
    const offer = chooseOffer(target, report.offers)
    return { kind: access.kind, access, report, offer, preprocessing, sha256: null, others, readyMs }
  } finally {
    await connection.close()
  }
}

function chooseOffer(
  { access, model, transport, format }: Extract<TargetRequest, { kind: 'server' }>,
  offers: readonly InputOffer[],
): InputOffer {
  const fitting = offers.filter(
    (offer) => (model === null || offer.model === model) && (transport === null || offer.transport === transport),
  )
  const wanted = format === 'auto' ? formatsOf[access.kind] : [format]
  for (const one of wanted) {
    const found = fitting.find((offer) => offer.format === one)
    if (found !== undefined) return found
  }
  const offered = offers.map((offer) => `${offer.model} ${offer.format}`).join(', ')
  throw new TwinlensError(
    'backend-unusable',
    `${access.url} does not offer what was asked for. It offers ${offered === '' ? 'nothing that takes pictures' : offered}.`,
  )
}

function portsOf(parts: BenchmarkParts, spec: ModelSpec): BenchmarkPorts {
  const { photos } = parts
  return {
    checkParity: (backend, signal) => parityOf(backend, parts, spec, signal),
    samplePhotos: photos === null ? null : async (most) => sample(await photos(), most).map(toNativePath),
  }
}

async function parityOf(
  backend: BackendSetup,
  { twin, kv }: BenchmarkParts,
  spec: ModelSpec,
  signal: AbortSignal,
): Promise<ParityNote | null> {
  if (backend.kind === 'local') {
    return { verdict: 'equal', reason: 'This computer’s model is its own reference; its provider agreed with the CPU.' }
  }
  const connection = openConnection(backend.access)
  try {
    const { offer } = backend
    const server = { connection, offer, model: offer.model, transport: offer.transport }
    const report = await checkParity({
      spec,
      twin,
      local: false,
      servers: [server],
      golden: 'quick',
      ownPhotos: [],
      library: null,
      kv,
      signal,
    })
    const found = report.backends.find(({ kind }) => kind === backend.kind)
    if (found === undefined) return null
    const min = (found.asSent ?? found.inference)?.min
    return { verdict: found.verdict, reason: found.reason, ...(min === undefined ? {} : { min_cosine: min }) }
  } finally {
    await connection.close()
  }
}

/** So many, evenly over the list. */
function sample<T>(all: readonly T[], most: number): T[] {
  const step = Math.max(1, all.length / most)
  return Array.from({ length: Math.min(most, all.length) }, (_, k) => all[Math.floor(k * step)]).filter(
    (one) => one !== undefined,
  )
}
