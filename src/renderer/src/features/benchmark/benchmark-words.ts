import type { BenchmarkPreset } from '../../../../shared/contract/benchmark.ts'
import type { BenchmarkProgress } from '../../../../shared/contract/benchmark-run.ts'
import type { BenchmarkPhase, PhaseOutcome } from '../../../../shared/contract/benchmark-measures.ts'

export const phaseNames: Record<BenchmarkPhase, string> = {
  readiness: 'Readiness',
  parity: 'Same results?',
  'cold-start': 'Cold start',
  single: 'One photo at a time',
  batch: 'Batch sizes',
  concurrent: 'Many at once',
  sweep: 'More and more at once',
  'open-loop': 'Arrivals at a fixed rate',
  protocols: 'Ways into the server',
  serialization: 'Encoding',
  gpu: 'Graphics card',
  'server-metrics': 'Server’s own figures',
  'operator-profile': 'Operators of the local model',
  scaling: 'Several servers',
  pipeline: 'Your own photos',
}

export const presetNames: Record<BenchmarkPreset, string> = {
  quick: 'Quick: under a minute for each backend',
  documented: 'Documented: as in the published benchmarks',
  thorough: 'Thorough: every phase, enough requests for the 99th percentile',
  custom: 'My own numbers',
}

export const stateWords: Record<PhaseOutcome['state'], string> = {
  pending: 'waiting',
  running: 'running',
  done: 'done',
  cancelled: 'stopped',
  failed: 'failed',
  skipped: 'left out',
}

export function isRunning(progress: BenchmarkProgress | null): boolean {
  return progress !== null && (progress.state === 'preparing' || progress.state === 'running')
}

/** What a run does now, for its headline and the job bar. */
export function progressTitle(progress: BenchmarkProgress): string {
  switch (progress.state) {
    case 'preparing':
      return 'Preparing the benchmark'
    case 'running':
      return `${progress.targets[progress.target]?.label ?? ''}: ${phaseNames[progress.phase]}${progress.step === '' ? '' : `, ${progress.step}`}`
    case 'finished':
      return 'Benchmark finished'
    case 'cancelled':
      return 'Benchmark stopped; what was measured is kept'
    case 'failed':
      return 'Benchmark failed; what was measured is kept'
  }
}
