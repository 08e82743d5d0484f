import type { BenchmarkPhase } from '../../shared/contract/benchmark-measures.ts'
import { BackendRun } from './backend-run.ts'
import type { RunEnd, RunParts, RunProgress } from './run-parts.ts'

/** The first request comes before the parity check, which would warm the server up. */
const order = (phases: readonly BenchmarkPhase[]): BenchmarkPhase[] => {
  const first: BenchmarkPhase[] = ['readiness', 'cold-start', 'parity']
  return [...first.filter((phase) => phases.includes(phase)), ...phases.filter((phase) => !first.includes(phase))]
}

/**
 * Runs the phases on every backend and keeps each result whole after each phase. Several backends are interleaved: each phase goes
 * through all of them, another one first each time, with a pause in between, so that warming up, throttling and other load on the machine
 * do not fall on one alone. A phase that fails is a result; the next one is tried all the same, unless the backend was not ready.
 * A raised signal ends it at once, and what was measured is kept.
 *
 * @throws TwinlensError when results can't be written, or a backend can't be opened at all and it is the only one
 */
export async function runBackends(parts: RunParts): Promise<RunEnd> {
  const { work, settings, signal, runId } = parts
  const runs: BackendRun[] = []
  const tell = (present: RunProgress['present']): void =>
    parts.onProgress({ runId, targets: runs.map((run) => run.standing), present })
  try {
    for (const one of work) runs.push(await BackendRun.begin(one, parts))
    tell(null)
    for (const [at, phase] of order(settings.phases).entries()) {
      const turn = runs.map((_, k) => (k + at) % runs.length)
      for (const [k, index] of turn.entries()) {
        const run = runs[index]
        if (run === undefined || signal.aborted || !run.wants(phase)) continue
        if (k > 0) await pause(settings.cooldownMs, signal)
        if (signal.aborted) break
        await run.carryOut(phase, (step) => tell({ target: index, phase, ...step }))
        tell(null)
      }
    }
    for (const run of runs) await run.conclude()
    tell(null)
    return {
      runId,
      ids: runs.map((run) => run.id),
      results: runs.map((run) => run.result),
      cancelled: signal.aborted,
    }
  } finally {
    await Promise.all(runs.map((run) => run.close()))
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end, { once: true })
  })
}
