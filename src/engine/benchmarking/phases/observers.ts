import { serverMetricsBetween } from '../server-counters.ts'
import { done, type PhaseContext, type PhaseNote } from '../phase-context.ts'

/** The GPUs are watched while the other phases run; this says what came of it. */
export async function concludeGpu({ gpu, section, settings }: PhaseContext): Promise<PhaseNote> {
  await Promise.resolve()
  if (gpu.specs.count === 0) {
    return { state: 'skipped', reason: `No GPU could be watched. ${gpu.specs.note ?? ''}`.trim() }
  }
  if (settings.phases.includes('gpu')) section.gpu_series = gpu.series
  return done
}

/** Triton's counters are read around every load; this adds their difference over the whole run so far. */
export async function concludeServerMetrics({ counters, facts, section, signal }: PhaseContext): Promise<PhaseNote> {
  if (facts.firstCounters === null) {
    return { state: 'skipped', reason: counters.problem ?? 'The server told no counters.' }
  }
  const now = await counters.read(signal)
  const metrics = now === null ? null : serverMetricsBetween(facts.firstCounters, now)
  if (metrics === null) {
    const why = counters.problem ?? 'They fell or did not move: the server was started again, or did nothing.'
    return { state: 'failed', reason: `The counters of the whole run could not be told. ${why}` }
  }
  section.server_metrics = metrics
  const hits = now === null ? 0 : now.cacheHits - facts.firstCounters.cacheHits
  if (hits > 0) return { state: 'done', reason: `${hits} requests were answered from the server’s response cache.` }
  return done
}
