import { join } from 'node:path'
import type { BenchmarkComparison } from '../shared/contract/benchmark-comparison.ts'
import type {
  BenchmarkEstimate,
  BenchmarkPlan,
  BenchmarkProgress,
  BenchmarkTarget,
} from '../shared/contract/benchmark-run.ts'
import type { BenchmarkResult } from '../shared/contract/benchmark.ts'
import { asTwinlensError, isCancellation, TwinlensError } from '../shared/errors.ts'
import type { BenchmarkPhase } from '../shared/contract/benchmark-measures.ts'
import type { FilePath } from '../shared/domain/file-path.ts'
import { compareResults, type Compared } from './benchmarking/compare-results.ts'
import { appFolder } from './benchmarking/environment.ts'
import { estimateRun, type BackendGuess } from './benchmarking/estimate.ts'
import { entryOf } from './benchmarking/results-entry.ts'
import { ResultStore } from './benchmarking/results-store.ts'
import { planOfConfig, settingsOf } from './benchmarking/run-settings.ts'
import { formatsOf } from './embedding/remote/inference-client.ts'
import type { LibrarySession } from './library-session.ts'
import { runBenchmark, type TargetRequest } from './run-benchmark.ts'

/** Photos of the library that the pipeline may draw from; it takes a sample of them. */
const mostPhotos = 100_000

/** The benchmark of an open library: its history, and the one run that may be under way. */
export class BenchmarkDesk {
  readonly history: ResultStore
  readonly #session: LibrarySession
  readonly #resourcesDir: string
  readonly #resultsDir: string
  #last: BenchmarkProgress | null = null
  #running: { controller: AbortController; done: Promise<void> } | null = null

  /** @param dataDir the person's data folder: results are kept in `benchmark_results` there */
  constructor(session: LibrarySession, resourcesDir: string, dataDir: string) {
    this.#session = session
    this.#resourcesDir = resourcesDir
    this.#resultsDir = join(dataDir, 'benchmark_results')
    const documented = join(appFolder(resourcesDir), 'benchmark_results', 'documented')
    this.history = new ResultStore(this.#resultsDir, documented)
  }

  /** The last progress of this session. */
  get state(): BenchmarkProgress | null {
    return this.#last
  }

  /**
   * Starts in the background; progress comes as events of the session.
   *
   * @throws TwinlensError `busy` while a scan, a clean-up or another run is under way; `not-found` for a server that is none
   */
  async start(plan: BenchmarkPlan, resumeId?: string): Promise<string> {
    const targets = await Promise.all(plan.targets.map((target) => this.#request(target)))
    const controller = new AbortController()
    const started = Promise.withResolvers<string>()
    const done = this.#session.exclusively(async () => {
      await this.#session.backends.closeOpen()
      try {
        await runBenchmark({
          plan,
          targets,
          local: this.#session.backends.local,
          twin: await this.#session.backends.twin(),
          kv: this.#session.catalog.kv,
          resourcesDir: this.#resourcesDir,
          resultsDir: this.#resultsDir,
          photos: async () => this.#photos(),
          ...(resumeId === undefined ? {} : { resumeId }),
          signal: controller.signal,
          onProgress: (progress) => {
            started.resolve(progress.runId)
            this.#tell(progress)
          },
        })
      } catch (error) {
        this.#fail(error)
      }
    })
    this.#running = { controller, done }
    void done.then(
      () => started.reject(new TwinlensError('internal', 'The benchmark ended before it began.')),
      (error: unknown) => started.reject(error),
    )
    return started.promise
  }

  /** Goes on with the phases that an interrupted run lacks. Throws like `start`, and `invalid-request` when none is missing. */
  async resume(id: string): Promise<string> {
    const { result } = await this.history.resume(id)
    const plan = planOfConfig(result.config)
    return this.start({ ...plan, targets: [this.#targetOf(result)], continueWhenBothUp: true }, id)
  }

  /** Stops at once and waits until what was measured is kept. */
  async cancel(): Promise<void> {
    this.#running?.controller.abort()
    await this.#running?.done.catch(() => undefined)
  }

  /** What a plan would take, from what is known of its backends. Throws `not-found` for a server that is none. */
  async estimate(plan: BenchmarkPlan): Promise<BenchmarkEstimate & { phases: BenchmarkPhase[] }> {
    const { entries } = await this.history.list()
    const { photos } = this.#session.catalog.photos.counts()
    const status = await this.#session.backends.status()
    const guesses = plan.targets.map((target): BackendGuess => {
      if (target.kind === 'local') {
        const known = entries.find((entry) => entry.origin === 'measured' && entry.backend === 'local')
        const { imagesPerSecond = null, p50Ms = null } = known ?? {}
        return { kind: 'local', format: null, offers: [], maxBatch: 32, imagesPerSecond, p50Ms, servers: 1, photos }
      }
      const state = status.servers.find(({ entry }) => entry.id === target.serverId)
      if (state === undefined) throw new TwinlensError('not-found', 'This server is not in the list any more.')
      const { kind } = state.entry
      const trial = state.trials.find(({ chosen }) => chosen)
      return {
        kind,
        format: trial?.offer.format ?? formatsOf[kind][0] ?? null,
        offers: state.report?.offers.map(({ format }) => format) ?? formatsOf[kind],
        maxBatch: trial?.offer.maxBatch ?? 32,
        imagesPerSecond: trial?.imagesPerSecond ?? null,
        p50Ms: null,
        servers: status.servers.filter(({ entry }) => entry.kind === kind && entry.enabled).length,
        photos,
      }
    })
    const settings = settingsOf(plan)
    return { ...estimateRun(settings, guesses), phases: [...settings.phases] }
  }

  /** @param libraryPhotos null: those of the open library */
  async compare(
    ids: readonly string[],
    libraryPhotos: number | null,
    p95LimitMs: number | null,
  ): Promise<{ comparison: BenchmarkComparison; results: BenchmarkResult[] }> {
    const columns = await Promise.all(ids.map((id) => this.#column(id)))
    const { entries } = await this.history.list()
    const baselines = await Promise.all(entries.filter((entry) => entry.baseline).map(({ id }) => this.#column(id)))
    const { photos } = this.#session.catalog.photos.counts()
    const own = photos === 0 ? null : photos
    const comparison = compareResults(columns, { libraryPhotos: libraryPhotos ?? own, p95LimitMs, baselines })
    return { comparison, results: columns.map(({ result }) => result) }
  }

  async #column(id: string): Promise<Compared> {
    const result = await this.history.read(id)
    const { entries } = await this.history.list()
    return { entry: entries.find((entry) => entry.id === id) ?? entryOf(id, result), result }
  }

  async #request(target: BenchmarkTarget): Promise<TargetRequest> {
    if (target.kind === 'local') {
      return { kind: 'local', model: target.model ?? null, provider: target.provider ?? null }
    }
    const { backends } = this.#session
    const { servers } = await backends.status()
    const chosen = servers.find((state) => state.entry.id === target.serverId)
    if (chosen === undefined) throw new TwinlensError('not-found', 'This server is not in the list any more.')
    const { entry } = chosen
    // What scans would use, where that is known: the way that was measured as the fastest of the equal ones.
    const measured = entry.input === 'auto' ? chosen.trials.find((trial) => trial.chosen)?.offer : undefined
    const others = servers.filter(
      (state) => state.entry.kind === entry.kind && state.entry.id !== entry.id && state.entry.enabled,
    )
    return {
      kind: 'server',
      access: await backends.serverAccess(entry.id),
      others: await Promise.all(others.map((state) => backends.serverAccess(state.entry.id))),
      model: target.model ?? measured?.model ?? entry.model,
      transport: target.transport ?? measured?.transport ?? null,
      format: target.format ?? measured?.format ?? entry.input,
    }
  }

  /** The backend of an older run, found again by its address. */
  #targetOf(result: BenchmarkResult): BenchmarkTarget {
    if (result.backend === 'local') return { kind: 'local', model: result.environment?.model.name }
    const address = result.environment?.address
    const state = this.#session.backends.servers.states().find(({ entry }) => entry.url === address)
    if (state === undefined) {
      throw new TwinlensError(
        'not-found',
        `The server of this run (${address ?? 'not told'}) is not in the list. Add it again.`,
      )
    }
    const { transport, format } = result.config
    return {
      kind: 'server',
      serverId: state.entry.id,
      ...(transport === undefined ? {} : { transport }),
      ...(format === undefined ? {} : { format }),
    }
  }

  #photos(): FilePath[] {
    const paths: FilePath[] = []
    for (const photo of this.#session.catalog.photos.loadPhotos()) {
      if (paths.length >= mostPhotos) break
      paths.push(photo.path)
    }
    return paths
  }

  #tell(progress: BenchmarkProgress): void {
    this.#last = progress
    this.#session.emit({ type: 'benchmark', progress })
  }

  #fail(error: unknown): void {
    const { code, message } = asTwinlensError(error)
    const common = {
      runId: this.#last?.runId ?? '',
      targets: this.#last?.targets ?? [],
      secondsLeft: null,
      resultIds: [],
    }
    this.#tell(
      isCancellation(error) ? { state: 'cancelled', ...common } : { state: 'failed', ...common, code, message },
    )
  }
}
