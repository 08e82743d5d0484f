import { throwIfCancelled } from '../../../shared/errors.ts'
import { concurrentMeasure, failureSentence } from '../measures.ts'
import { done, measure, type PhaseContext, type PhaseNote } from '../phase-context.ts'

/** The documented closed loop: so many workers, so many requests of one picture. */
export async function runConcurrent(context: PhaseContext): Promise<PhaseNote> {
  const { settings, section, signal } = context
  const { concurrency, concurrentRequests } = settings
  context.step(`${concurrency} in flight`, 0, concurrentRequests)
  const load = await measure(context, {
    label: 'concurrent',
    batch: 1,
    plan: { kind: 'closed', concurrency, requests: concurrentRequests, limitMs: settings.stepLimitMs },
    warmUp: Math.min(1, settings.warmUp),
  })
  section.concurrent = concurrentMeasure(load, { concurrency, batch: 1 }, settings)
  throwIfCancelled(signal)
  const reason = failureSentence(load.outcome, settings.timeoutMs)
  if (reason === null) return done
  return { state: load.outcome.successful === 0 ? 'failed' : 'done', reason }
}
