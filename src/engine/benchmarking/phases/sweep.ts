import { throwIfCancelled } from '../../../shared/errors.ts'
import { concurrentMeasure, failureSentence, type MeasuredLoad } from '../measures.ts'
import { done, measure, type PhaseContext, type PhaseNote } from '../phase-context.ts'
import { Troubles } from './troubles.ts'

/** Load at a constant concurrency until windows agree. */
export function steadyLoad(context: PhaseContext, label: string, concurrency: number): Promise<MeasuredLoad> {
  const { windowMs, maxWindows } = context.settings
  return measure(context, {
    label,
    batch: 1,
    plan: {
      kind: 'steady',
      concurrency,
      windowMs,
      // So few requests that a single slow one would decide a window are no window.
      minPerWindow: Math.max(20, 2 * concurrency),
      maxWindows,
      maxMs: 3 * maxWindows * windowMs,
    },
    warmUp: 0,
  })
}

/** Concurrency 1, 2, 4 … each held until three windows agree within 10 %, or marked unstable. */
export async function runSweep(context: PhaseContext): Promise<PhaseNote> {
  const { settings, section, signal } = context
  section.sweep = []
  const troubles = new Troubles()
  for (const [at, concurrency] of settings.sweepConcurrency.entries()) {
    context.step(`${concurrency} in flight`, at, settings.sweepConcurrency.length)
    const load = await steadyLoad(context, `${concurrency} in flight`, concurrency)
    if (load.outcome.requests > 0) section.sweep.push(concurrentMeasure(load, { concurrency, batch: 1 }, settings))
    throwIfCancelled(signal)
    const error = failureSentence(load.outcome, settings.timeoutMs)
    troubles.add(`${concurrency} in flight`, error)
    // More load will not bring a server back that answers nothing.
    if (load.outcome.successful === 0) break
  }
  const reason = troubles.text()
  if (reason === null) return done
  const answered = section.sweep.some(({ successful = 0 }) => successful > 0)
  return { state: answered ? 'done' : 'failed', reason }
}
