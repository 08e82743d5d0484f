import type { BenchmarkProgress, LivePoint } from '../../shared/contract/benchmark-run.ts'
import type { RunProgress } from './run-parts.ts'

/** No more often than this. */
const everyMs = 200

type Running = Extract<BenchmarkProgress, { state: 'running' }>

/**
 * Turns what a run tells into progress for the screen: at most five a second, and none lost that changes the phase or step. Live
 * points are collected in between.
 */
export class LiveProgress {
  readonly #emit: (progress: BenchmarkProgress) => void
  readonly #secondsLeft: (targets: RunProgress['targets']) => number | null
  #points: LivePoint[] = []
  #present: LivePoint[] = []
  #key = ''
  #sentMs = -Infinity
  #last: BenchmarkProgress | null = null

  constructor(
    emit: (progress: BenchmarkProgress) => void,
    secondsLeft: (targets: RunProgress['targets']) => number | null,
  ) {
    this.#emit = emit
    this.#secondsLeft = secondsLeft
  }

  /** The last progress, with all points of the present phase; null before the first. */
  get state(): BenchmarkProgress | null {
    return this.#last?.state === 'running' ? { ...this.#last, points: this.#present } : this.#last
  }

  take(progress: RunProgress): void {
    const { runId, targets, present } = progress
    if (present === null) return
    const phaseKey = `${present.target} ${present.phase}`
    if (!this.#key.startsWith(`${phaseKey}|`)) {
      this.#points = []
      this.#present = []
    }
    const key = `${phaseKey}|${present.step}`
    const changed = key !== this.#key
    this.#key = key
    const point = pointOf(present.live)
    if (point !== null) {
      this.#points.push(point)
      this.#present.push(point)
    }
    if (!changed && performance.now() - this.#sentMs < everyMs) return
    const { target, phase, step, done, total } = present
    const common = {
      runId,
      targets: targets.map(({ label, backend, phases }) => ({ label, backend, phases })),
      secondsLeft: this.#secondsLeft(targets),
    }
    const running: Running = { state: 'running', ...common, target, phase, step, done, total, points: this.#points }
    this.#points = []
    this.#send(running)
  }

  /** The end of a run, or its preparation. */
  tell(progress: BenchmarkProgress): void {
    this.#send(progress)
  }

  #send(progress: BenchmarkProgress): void {
    this.#sentMs = performance.now()
    this.#last = progress
    this.#emit(progress)
  }
}

function pointOf(live: NonNullable<RunProgress['present']>['live']): LivePoint | null {
  if (live === null) return null
  const { load, atSeconds } = live
  return {
    atSeconds,
    imagesPerSecond: load.imagesPerSecond,
    p50Ms: load.p50Ms,
    p95Ms: load.p95Ms,
    inFlight: load.inFlight,
  }
}
