import type { ProtocolMeasure } from '../../../shared/contract/benchmark-measures.ts'
import type { InputOffer } from '../../../shared/contract/servers.ts'
import { asTwinlensError, isCancellation, throwIfCancelled } from '../../../shared/errors.ts'
import type { ServerAccess } from '../../embedding/remote/inference-client.ts'
import { openConnection } from '../../embedding/remote/open-connection.ts'
import { targetOf, type ServerSetup } from '../backend-setup.ts'
import { breakdownOf, concurrentMeasure, failureSentence, loadLatency, type MeasuredLoad } from '../measures.ts'
import { done, measure, reopen, type PhaseContext, type PhaseNote } from '../phase-context.ts'
import { Troubles } from './troubles.ts'

interface Way {
  access: ServerAccess
  offer: InputOffer
}

/** The same server over every transport and format that it offers, serial and concurrent. */
export async function runProtocols(context: PhaseContext): Promise<PhaseNote> {
  const { backend, section, signal } = context
  if (backend.kind === 'local') return { state: 'skipped', reason: 'The local model is reached without a protocol.' }
  const ways = await waysInto(backend, signal)
  section.protocols = []
  const troubles = new Troubles()
  try {
    for (const [at, way] of ways.entries()) {
      context.step(`${way.offer.transport} ${way.offer.format}`, at, ways.length)
      const result = await measureWay(context, backend, way)
      if (result !== null) section.protocols.push(result)
      throwIfCancelled(signal)
      if (result?.error !== undefined) troubles.add(`${way.offer.transport} ${way.offer.format}`, result.error)
    }
  } finally {
    if (!signal.aborted) await reopen(context).catch(() => undefined)
  }
  const reason = troubles.text()
  if (reason === null) return done
  const worked = section.protocols.some(({ serial }) => (serial?.count ?? 0) > 0)
  return { state: worked ? 'done' : 'failed', reason }
}

async function measureWay(context: PhaseContext, backend: ServerSetup, way: Way): Promise<ProtocolMeasure | null> {
  const { settings, signal } = context
  const { model, transport, format } = way.offer
  const name = `${transport} ${format}`
  try {
    const target = targetOf(backend, { offer: way.offer, servers: [way.access] })
    await context.load.open(target, settings.seed, signal)
    const limitMs = settings.stepLimitMs
    const serial = await measure(context, {
      label: `${name}, serial`,
      batch: 1,
      plan: { kind: 'closed', concurrency: 1, requests: settings.iterations, limitMs },
      warmUp: settings.warmUp,
    })
    if (serial.outcome.requests === 0 && signal.aborted) return null
    const result: ProtocolMeasure = { model, transport, format, ...serialFigures(serial, context) }
    if (signal.aborted || serial.outcome.successful === 0) return result
    const { concurrency, concurrentRequests: requests } = settings
    const concurrent = await measure(context, {
      label: `${name}, concurrent`,
      batch: 1,
      plan: { kind: 'closed', concurrency, requests, limitMs },
    })
    if (concurrent.outcome.requests === 0) return result
    return { ...result, concurrent: concurrentMeasure(concurrent, { concurrency, batch: 1 }, settings) }
  } catch (error) {
    if (isCancellation(error)) throw error
    return { model, transport, format, error: asTwinlensError(error).message }
  }
}

function serialFigures(load: MeasuredLoad, { settings }: PhaseContext): Partial<ProtocolMeasure> {
  const { outcome } = load
  const error = failureSentence(outcome, settings.timeoutMs)
  const serial = loadLatency(load, { inFlight: 1, seed: settings.seed, timeoutMs: settings.timeoutMs })
  if (outcome.successful === 0) return { serial, ...(error === null ? {} : { error }) }
  const breakdown = breakdownOf(load)
  const compute = [breakdown.compute_input, breakdown.compute_infer, breakdown.compute_output]
  const known = compute.flatMap((ms) => ms ?? [])
  return {
    serial: { ...serial, breakdown, utilisation: load.utilisation },
    request_bytes: outcome.requestBytes / outcome.successful,
    response_bytes: outcome.responseBytes / outcome.successful,
    ...(known.length === 0 ? {} : { server_compute_ms: known.reduce((sum, ms) => sum + ms, 0) }),
    // Encoding is one thread's work, so its time stands for its CPU time.
    ...(outcome.cpuMsPerRequest === null
      ? {}
      : { client_cpu_ms: outcome.cpuMsPerRequest + outcome.encodeMsPerRequest }),
    ...(error === null ? {} : { error }),
  }
}

/** What the address offers; for Triton over HTTP also its gRPC port, which by custom is the next one. */
async function waysInto(backend: ServerSetup, signal: AbortSignal): Promise<Way[]> {
  const own = backend.report.offers.map((offer) => ({ access: backend.access, offer }))
  const grpc = grpcBeside(backend.access)
  if (grpc === null) return own
  const connection = openConnection(grpc)
  try {
    const { offers } = await connection.inspect(signal)
    const same = offers.filter((offer) => own.some((way) => way.offer.model === offer.model))
    return [...own, ...same.map((offer) => ({ access: grpc, offer }))]
  } catch (error) {
    if (isCancellation(error)) throw error
    return own
  } finally {
    await connection.close()
  }
}

function grpcBeside(access: ServerAccess): ServerAccess | null {
  const found = /^(https?):\/\/(.+):(\d+)$/.exec(access.url)
  if (access.kind !== 'triton' || found === null) return null
  const [, scheme = '', host = '', port = ''] = found
  return { ...access, url: `${scheme === 'https' ? 'grpcs' : 'grpc'}://${host}:${Number(port) + 1}` }
}
