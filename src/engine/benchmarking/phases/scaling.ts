import type { ScalingMeasure } from '../../../shared/contract/benchmark-measures.ts'
import { throwIfCancelled } from '../../../shared/errors.ts'
import { targetOf } from '../backend-setup.ts'
import { concurrentMeasure, failureSentence } from '../measures.ts'
import { done, reopen, type PhaseContext, type PhaseNote } from '../phase-context.ts'
import { steadyLoad } from './sweep.ts'
import { Troubles } from './troubles.ts'

/**
 * The same load (the same number of requests under way, in turns) on the first 1, 2 … n servers. Factor and efficiency are against one
 * server under the very same load, at each concurrency; published figures that compare different loads are not followed in that.
 */
export async function runScaling(context: PhaseContext): Promise<PhaseNote> {
  const { backend, section, settings, signal } = context
  if (backend.kind === 'local' || backend.others.length === 0) {
    return { state: 'skipped', reason: 'Scaling takes two or more servers that offer the same model.' }
  }
  const servers = [backend.access, ...backend.others]
  const levels = [...new Set([settings.concurrency, settings.concurrency * servers.length])]
  const rows: ScalingMeasure[] = []
  section.scaling = rows
  const troubles = new Troubles()
  try {
    for (let count = 1; count <= servers.length; count++) {
      await context.load.open(targetOf(backend, { servers: servers.slice(0, count) }), settings.seed, signal)
      for (const [at, concurrency] of levels.entries()) {
        const label = `${count} servers, ${concurrency} in flight`
        context.step(label, (count - 1) * levels.length + at, servers.length * levels.length)
        const load = await steadyLoad(context, label, concurrency)
        const error = failureSentence(load.outcome, settings.timeoutMs)
        troubles.add(label, error)
        const figures = concurrentMeasure(load, { concurrency, batch: 1 }, settings)
        if (figures.images_per_s !== undefined) rows.push(scalingRow(count, concurrency, figures, rows))
        throwIfCancelled(signal)
      }
    }
  } finally {
    if (!signal.aborted) await reopen(context).catch(() => undefined)
  }
  const reason = troubles.text()
  if (reason === null) return done
  return { state: rows.length === 0 ? 'failed' : 'done', reason }
}

function scalingRow(
  endpoints: number,
  concurrency: number,
  figures: ReturnType<typeof concurrentMeasure>,
  earlier: readonly ScalingMeasure[],
): ScalingMeasure {
  const rate = figures.images_per_s ?? 0
  const alone = earlier.find((row) => row.endpoints === 1 && row.concurrency === concurrency)?.images_per_s
  const factor = endpoints === 1 ? 1 : alone === undefined ? undefined : rate / alone
  const interval = figures.intervals?.['images_per_s']
  return {
    endpoints,
    images_per_s: rate,
    concurrency,
    batch_size: 1,
    ...(interval === undefined ? {} : { interval }),
    ...(factor === undefined ? {} : { factor, efficiency: factor / endpoints }),
    ...(figures.unstable === undefined ? {} : { note: figures.unstable }),
  }
}
