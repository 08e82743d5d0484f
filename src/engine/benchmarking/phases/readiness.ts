import { z } from 'zod'
import type { Readiness } from '../../../shared/contract/benchmark-measures.ts'
import { asTwinlensError, isCancellation, TwinlensError } from '../../../shared/errors.ts'
import { openConnection } from '../../embedding/remote/open-connection.ts'
import type { ServerSetup } from '../backend-setup.ts'
import { done, type PhaseContext, type PhaseNote } from '../phase-context.ts'
import { askServer, hostOf, parseAnswer } from '../server-questions.ts'

type Check = Readiness['checks'][number]

/**
 * Whether the backend would take work, and whether it has its host to itself. Two that are up at once disturb each other's figures:
 * unless that was asked for, the run stops here.
 *
 * @throws TwinlensError `server-not-ready`; `busy` when another backend is up and the person has not chosen to go on
 */
export async function checkReadiness(context: PhaseContext): Promise<PhaseNote> {
  const { backend, section, signal, facts } = context
  if (backend.kind === 'local') {
    const { spec, provider, device, fallbackReason } = backend
    const detail = `${spec.title} on ${provider}, ${device}`
    const warnings = fallbackReason === null ? [] : [fallbackReason]
    section.readiness = { ready: true, checks: [{ name: 'session', ok: true, detail }], warnings }
    return done
  }
  const checks = await serverChecks(backend, signal)
  const required = checks.filter(({ name }) => name !== '/gpu-info')
  const ready = required.every(({ ok }) => ok)
  const other = await otherBackend(backend, signal)
  const isCompanion = other !== null && facts.companions.some((address) => portOf(address) === portOf(other))
  const warnings = [
    ...backend.report.notes,
    ...(other === null ? [] : [`${other} answers on the same host: each backend's figures may suffer from the other.`]),
  ]
  section.readiness = { ready, checks, warnings, ...(other === null ? {} : { other_backend: other }) }
  if (!ready) {
    const failed = required.find(({ ok }) => !ok)
    throw new TwinlensError(
      'server-not-ready',
      `${backend.access.url} is not ready: ${failed?.name ?? ''} ${failed?.detail ?? ''}. Nothing more was sent to it.`,
    )
  }
  if (other !== null && !isCompanion && !facts.continueWhenBothUp) {
    throw new TwinlensError(
      'busy',
      `${other} answers on the same host as ${backend.access.url}. Stop it, or choose to measure all the same.`,
    )
  }
  return other === null ? done : { state: 'done', reason: warnings.at(-1) ?? '' }
}

/** Asks what the documented checklist asks, through the same connection that the load uses. */
async function serverChecks(backend: ServerSetup, signal: AbortSignal): Promise<Check[]> {
  const questions = askServer(backend.access)
  if (questions === null) return [await connectionCheck(backend, signal)]
  const ask = async (path: string): Promise<Check> => {
    try {
      const body = await questions.get(path, signal)
      return { name: path, ok: true, detail: body === '' ? 'ready' : body.slice(0, 200) }
    } catch (error) {
      if (isCancellation(error)) throw error
      return { name: path, ok: false, detail: asTwinlensError(error).message }
    }
  }
  const { model } = backend.offer
  const paths =
    backend.kind === 'pytorch'
      ? ['/health', '/model-info', '/gpu-info']
      : ['/v2/health/live', '/v2/health/ready', `/v2/models/${encodeURIComponent(model)}/ready`]
  try {
    const checks = await Promise.all(paths.map(ask))
    // Some PyTorch servers answer under /healthz only, and Triton calls itself not ready for one failed model among others.
    const own = checks.find(({ name, ok }) => !ok && (name === '/health' || name === '/v2/health/ready'))
    if (own === undefined) return checks
    const instead = backend.kind === 'pytorch' ? await ask('/healthz') : await connectionCheck(backend, signal)
    return instead.ok ? [...checks.filter((check) => check !== own), instead] : checks
  } finally {
    await questions.close()
  }
}

async function connectionCheck(backend: ServerSetup, signal: AbortSignal): Promise<Check> {
  const connection = openConnection(backend.access)
  try {
    const ok = await connection.isReady(signal)
    return { name: 'ready', ok, detail: ok ? 'takes work' : 'takes no work now' }
  } finally {
    await connection.close()
  }
}

/** The usual port of the other kind of server on this one's host, when it answers there. */
async function otherBackend(backend: ServerSetup, signal: AbortSignal): Promise<string | null> {
  const host = hostOf(backend.access.url)
  const url = backend.kind === 'pytorch' ? `http://${host}:8003` : `http://${host}:8002`
  const kind = backend.kind === 'pytorch' ? 'triton' : 'pytorch'
  if (portOf(url) === portOf(backend.access.url)) return null
  // Without this server's secrets: they are not meant for the other.
  const access = {
    kind,
    url,
    token: null,
    headers: {},
    certificate: backend.access.certificate,
    metricsUrl: null,
  } as const
  const questions = askServer(access)
  try {
    const answer = await questions?.get(kind === 'triton' ? '/v2/health/ready' : '/health', signal)
    if (answer === undefined) return null
    if (kind === 'pytorch' && !z.looseObject({ status: z.string() }).safeParse(parseAnswer(answer, 'health')).success) {
      return null
    }
    return url
  } catch (error) {
    if (isCancellation(error)) throw error
    return null
  } finally {
    await questions?.close()
  }
}

function portOf(url: string): string {
  return `${hostOf(url)}:${/:(\d+)(?:\/|$)/.exec(url)?.[1] ?? ''}`
}
