import type { BenchmarkPhase, PhaseOutcome } from '../../shared/contract/benchmark-measures.ts'
import type { BenchmarkResult, RunNotes } from '../../shared/contract/benchmark.ts'
import type { BackendSetup } from './backend-setup.ts'
import type { MachineFacts } from './environment.ts'
import type { LoadProgress } from './load-plan.ts'
import type { BenchmarkPorts } from './phase-context.ts'
import type { ResultStore } from './results-store.ts'
import type { RunSettings } from './run-settings.ts'

/** One backend of a run, and the interrupted result it goes on with. */
export interface BackendWork {
  backend: BackendSetup
  notes: RunNotes | undefined
  resume: { id: string } | null
}

export interface RunParts {
  runId: string
  work: readonly BackendWork[]
  settings: RunSettings
  machine: MachineFacts
  ports: BenchmarkPorts
  store: ResultStore
  continueWhenBothUp: boolean
  signal: AbortSignal
  onProgress: (progress: RunProgress) => void
}

/** Where a run stands. */
export interface RunProgress {
  runId: string
  targets: {
    label: string
    backend: BackendSetup['kind']
    phases: PhaseOutcome[]
    /** What was measured so far, for guessing how long the rest takes; null before anything was. */
    pace: { imagesPerSecond: number; p50Ms: number | null } | null
  }[]
  /** Null between phases. */
  present: {
    target: number
    phase: BenchmarkPhase
    step: string
    done: number
    total: number
    /** Seconds since the phase began, and the live figures, when load is on. */
    live: { atSeconds: number; load: LoadProgress } | null
  } | null
}

export interface RunEnd {
  runId: string
  /** Ids in the store, one a backend, in the order of the work. */
  ids: string[]
  results: BenchmarkResult[]
  cancelled: boolean
}
