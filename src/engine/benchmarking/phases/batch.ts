import type { BatchMeasure } from '../../../shared/contract/benchmark-measures.ts'
import { throwIfCancelled } from '../../../shared/errors.ts'
import { mostPictures } from '../backend-setup.ts'
import { batchMeasure, failureSentence } from '../measures.ts'
import { done, measure, type PhaseContext, type PhaseNote } from '../phase-context.ts'
import { Troubles } from './troubles.ts'

/** Requests of 1, 4, 8 … pictures, one after the other. A time-out is a result of that size, and the next is tried. */
export async function runBatches(context: PhaseContext): Promise<PhaseNote> {
  const { settings, section, signal, backend } = context
  const troubles = new Troubles()
  let measured = 0
  for (const [at, size] of settings.batchSizes.entries()) {
    context.step(`batch ${size}`, at, settings.batchSizes.length)
    const keep = (result: BatchMeasure): void => void Object.assign(section, { [`batch_${size}`]: result })
    if (size > mostPictures(backend)) {
      const error = `The server takes at most ${mostPictures(backend)} pictures in a request.`
      keep({ error })
      troubles.add(`batch ${size}`, error)
      continue
    }
    const load = await measure(context, {
      label: `batch ${size}`,
      batch: size,
      plan: { kind: 'closed', concurrency: 1, requests: settings.iterations, limitMs: settings.stepLimitMs },
      warmUp: Math.min(1, settings.warmUp),
      giveUpAfterTimeouts: 1,
    })
    if (load.outcome.requests > 0 || !signal.aborted) keep(batchMeasure(load, size, settings))
    throwIfCancelled(signal)
    measured += load.outcome.successful
    const error = failureSentence(load.outcome, settings.timeoutMs)
    troubles.add(`batch ${size}`, error)
  }
  const reason = troubles.text()
  if (reason === null) return done
  return { state: measured === 0 ? 'failed' : 'done', reason }
}
