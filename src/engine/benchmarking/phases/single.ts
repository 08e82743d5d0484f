import { throwIfCancelled } from '../../../shared/errors.ts'
import { breakdownOf, failureSentence, loadLatency } from '../measures.ts'
import { done, measure, type PhaseContext, type PhaseNote } from '../phase-context.ts'

/** One picture at a time, warm-up apart. */
export async function runSingle(context: PhaseContext): Promise<PhaseNote> {
  const { settings, section, signal } = context
  context.step('', 0, settings.iterations)
  const load = await measure(context, {
    label: 'single',
    batch: 1,
    plan: { kind: 'closed', concurrency: 1, requests: settings.iterations, limitMs: settings.stepLimitMs },
    warmUp: settings.warmUp,
  })
  section.single = {
    ...loadLatency(load, { inFlight: 1, seed: settings.seed, timeoutMs: settings.timeoutMs }),
    ...(load.outcome.successful === 0 ? {} : { breakdown: breakdownOf(load), utilisation: load.utilisation }),
  }
  throwIfCancelled(signal)
  const reason = failureSentence(load.outcome, settings.timeoutMs)
  if (reason === null) return done
  return { state: load.outcome.successful === 0 ? 'failed' : 'done', reason }
}
