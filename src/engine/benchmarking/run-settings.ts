import { BenchmarkPhase } from '../../shared/contract/benchmark-measures.ts'
import { BenchmarkPlan } from '../../shared/contract/benchmark-run.ts'
import { type BenchmarkConfig, type BenchmarkPreset } from '../../shared/contract/benchmark.ts'

/** Everything that a run's numbers depend on, filled in from the plan and its preset. */
export interface RunSettings {
  preset: BenchmarkPreset
  phases: readonly BenchmarkPhase[]
  iterations: number
  batchSizes: readonly number[]
  concurrency: number
  concurrentRequests: number
  warmUp: number
  sweepConcurrency: readonly number[]
  /** Requests per second; null: shares of the best throughput that was measured. */
  openLoopRates: readonly number[] | null
  openLoopMs: number
  timeoutMs: number
  seed: number
  /** No measurement by number of requests begins another request after it. */
  stepLimitMs: number
  windowMs: number
  maxWindows: number
  cooldownMs: number
  /** Photos of the person's own in the pipeline at most. */
  pipelinePhotos: number
}

const everyPhase = BenchmarkPhase.options

const documented: Omit<RunSettings, 'preset' | 'phases'> = {
  iterations: 50,
  batchSizes: [1, 4, 8, 16, 32],
  concurrency: 16,
  concurrentRequests: 200,
  warmUp: 3,
  sweepConcurrency: [1, 2, 4, 8, 16, 32, 64, 128],
  openLoopRates: null,
  openLoopMs: 10_000,
  timeoutMs: 120_000,
  seed: 1,
  stepLimitMs: 600_000,
  windowMs: 1000,
  maxWindows: 10,
  cooldownMs: 2000,
  pipelinePhotos: 200,
}

/** What each preset changes of the documented settings; 700 iterations are enough for a 99th percentile. */
const presets: Record<BenchmarkPreset, Partial<RunSettings> & { phases: readonly BenchmarkPhase[] }> = {
  quick: {
    phases: ['readiness', 'parity', 'cold-start', 'single', 'batch', 'concurrent', 'gpu', 'server-metrics'],
    iterations: 20,
    batchSizes: [1, 8, 32],
    // Enough for a 95th percentile.
    concurrentRequests: 130,
    sweepConcurrency: [1, 4, 16],
    openLoopMs: 4000,
    timeoutMs: 30_000,
    stepLimitMs: 5000,
    windowMs: 500,
    maxWindows: 6,
    cooldownMs: 500,
    pipelinePhotos: 40,
  },
  documented: {
    phases: everyPhase.filter((phase) => !['open-loop', 'protocols', 'scaling', 'pipeline'].includes(phase)),
  },
  thorough: {
    phases: everyPhase,
    iterations: 700,
    concurrentRequests: 2000,
    openLoopMs: 20_000,
    windowMs: 2000,
    cooldownMs: 5000,
    pipelinePhotos: 500,
  },
  custom: { phases: everyPhase },
}

/** The settings of a plan: its own numbers over its preset's over the documented ones. */
export function settingsOf(plan: BenchmarkPlan): RunSettings {
  const preset = { ...documented, ...presets[plan.preset] }
  const asked = new Set(plan.phases ?? preset.phases)
  return {
    ...preset,
    preset: plan.preset,
    phases: everyPhase.filter((phase) => asked.has(phase)),
    iterations: plan.iterations ?? preset.iterations,
    batchSizes: plan.batchSizes ?? preset.batchSizes,
    concurrency: plan.concurrency ?? preset.concurrency,
    concurrentRequests: plan.concurrentRequests ?? preset.concurrentRequests,
    warmUp: plan.warmupIterations ?? preset.warmUp,
    sweepConcurrency: plan.sweepConcurrency ?? preset.sweepConcurrency,
    openLoopRates: plan.openLoopRates ?? preset.openLoopRates,
    timeoutMs: plan.timeoutSeconds === undefined ? preset.timeoutMs : plan.timeoutSeconds * 1000,
    seed: plan.seed ?? preset.seed,
  }
}

/** What a result says of the settings. */
export function configOf(settings: RunSettings): BenchmarkConfig {
  return {
    iterations: settings.iterations,
    batch_sizes: [...settings.batchSizes],
    concurrency: settings.concurrency,
    concurrent_requests: settings.concurrentRequests,
    warmup_iterations: settings.warmUp,
    timeout_s: settings.timeoutMs / 1000,
    seed: settings.seed,
    preset: settings.preset,
    phases: [...settings.phases],
    sweep_concurrency: [...settings.sweepConcurrency],
    ...(settings.openLoopRates === null ? {} : { open_loop_rates: [...settings.openLoopRates] }),
    cooldown_s: settings.cooldownMs / 1000,
  }
}

/** The plan that an interrupted run goes on with: its own numbers. */
export function planOfConfig(config: BenchmarkConfig): Omit<BenchmarkPlan, 'targets'> {
  const given = {
    preset: config.preset ?? 'custom',
    phases: config.phases,
    iterations: config.iterations,
    batchSizes: config.batch_sizes,
    concurrency: config.concurrency,
    concurrentRequests: config.concurrent_requests,
    warmupIterations: config.warmup_iterations,
    sweepConcurrency: config.sweep_concurrency,
    openLoopRates: config.open_loop_rates,
    timeoutSeconds: config.timeout_s,
    seed: config.seed,
    continueWhenBothUp: true,
  }
  return BenchmarkPlan.omit({ targets: true }).parse(
    Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  )
}
