import type { OpenLoopMeasure } from '../../../shared/contract/benchmark-measures.ts'
import { throwIfCancelled } from '../../../shared/errors.ts'
import { failureSentence, latencyMeasure, loadLatency, type MeasuredLoad } from '../measures.ts'
import { done, measure, type PhaseContext, type PhaseNote } from '../phase-context.ts'
import { steadyLoad } from './sweep.ts'
import { Troubles } from './troubles.ts'

/** Without chosen rates: these shares of the best throughput that was measured. */
const shares = [0.25, 0.5, 0.7, 0.9]
/** Open at a time; what is due beyond waits, its clock running. */
const mostInFlight = 256
/** Less than this of the rate answered in time: the server can't keep up, and the latency depends on how long one looks. */
const keepsUp = 0.95

/** Poisson arrivals at several rates; latency from the moment each request was due. */
export async function runOpenLoop(context: PhaseContext): Promise<PhaseNote> {
  const { settings, section, signal } = context
  section.open_loop = []
  const rates = settings.openLoopRates ?? (await ratesFromThroughput(context))
  if (rates.length === 0)
    return { state: 'failed', reason: 'No rates were chosen and no throughput could be measured.' }
  const troubles = new Troubles()
  for (const [at, rate] of rates.entries()) {
    context.step(`${rate.toPrecision(3)} requests/s`, at, rates.length)
    const load = await measure(context, {
      label: `${rate.toPrecision(3)} requests/s`,
      batch: 1,
      plan: {
        kind: 'open',
        ratePerSecond: rate,
        durationMs: settings.openLoopMs,
        seed: settings.seed + at,
        maxInFlight: mostInFlight,
      },
      giveUpAfterTimeouts: 16,
    })
    if (load.outcome.requests > 0) section.open_loop.push(openLoopMeasure(load, rate, context))
    throwIfCancelled(signal)
    const error = failureSentence(load.outcome, settings.timeoutMs)
    troubles.add(`${rate.toPrecision(3)} requests/s`, error)
    if (load.outcome.successful === 0) break
  }
  const reason = troubles.text()
  if (reason === null) return done
  const answered = section.open_loop.some(({ successful = 0 }) => successful > 0)
  return { state: answered ? 'done' : 'failed', reason }
}

async function ratesFromThroughput(context: PhaseContext): Promise<number[]> {
  const { section, settings } = context
  const known = [...(section.sweep ?? []), ...(section.concurrent === undefined ? [] : [section.concurrent])]
  let best = Math.max(0, ...known.map(({ throughput_rps = 0 }) => throughput_rps))
  if (best === 0) {
    context.step('looking for the throughput', 0, 1)
    const { outcome } = await steadyLoad(context, 'throughput', settings.concurrency)
    throwIfCancelled(context.signal)
    best = (outcome.successful * 1000) / outcome.wallMs
  }
  return Number.isFinite(best) && best > 0 ? shares.map((share) => Number((share * best).toPrecision(3))) : []
}

function openLoopMeasure(load: MeasuredLoad, rate: number, { settings }: PhaseContext): OpenLoopMeasure {
  const { outcome } = load
  const seconds = outcome.wallMs / 1000
  const achieved = outcome.successful / seconds
  // Requests that wait for one another hang together: blocks of a second.
  const inFlight = Math.max(1, Math.round(achieved))
  // Against those that really arrived: a Poisson process does not keep its rate to the request.
  const due = outcome.requests / (settings.openLoopMs / 1000)
  const behind = !outcome.stopped && achieved < keepsUp * due
  return {
    ...loadLatency(load, { inFlight, seed: settings.seed, timeoutMs: settings.timeoutMs }),
    rate_rps: rate,
    achieved_rps: achieved,
    total_requests: outcome.requests,
    successful: outcome.successful,
    wall_time_s: seconds,
    ...(outcome.service === null ? {} : { service: latencyMeasure(outcome.service, inFlight, settings.seed) }),
    ...(outcome.lateness === null ? {} : { send_lag_ms: outcome.lateness.meanMs }),
    utilisation: load.utilisation,
    ...(behind
      ? {
          unstable: `Only ${Math.round((achieved / due) * 100)} % of the rate was answered in time: latency grows with the run.`,
        }
      : {}),
  }
}
