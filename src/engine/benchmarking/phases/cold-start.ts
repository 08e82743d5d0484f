import { startOwnProcess } from '../own-process.ts'
import { throwIfCancelled, TwinlensError } from '../../../shared/errors.ts'
import { sessionSetup } from '../../embedding/session-setup.ts'
import type { LocalSetup } from '../backend-setup.ts'
import type { ColdStartReply } from '../cold-start-worker.ts'
import { failureSentence } from '../measures.ts'
import { done, measure, type PhaseContext, type PhaseNote } from '../phase-context.ts'

const entry = new URL(
  import.meta.url.endsWith('.ts') ? '../cold-start-worker.ts' : './cold-start-worker.mjs',
  import.meta.url,
)

/** Fresh processes for the local session; the quick preset makes do with fewer. */
const processes = { quick: 2, documented: 5, thorough: 10, custom: 5 } as const
/** A session with TensorRT behind it builds its engine first. */
const limitMs = 300_000

/** The first request to a server, and the time to ready of one that was started for the run; for the local model, session creation in fresh processes, apart from the first inference. */
export async function runColdStart(context: PhaseContext): Promise<PhaseNote> {
  const { backend } = context
  return backend.kind === 'local' ? localColdStart(context, backend) : firstRequest(context, backend.readyMs)
}

async function firstRequest(context: PhaseContext, readyMs: number | null): Promise<PhaseNote> {
  const { section, settings, signal, facts } = context
  context.step('', 0, 1)
  const load = await measure(context, {
    label: 'first request',
    batch: 1,
    plan: { kind: 'closed', concurrency: 1, requests: 1, limitMs: Infinity },
  })
  throwIfCancelled(signal)
  const [first] = load.outcome.latency.samples
  const started = readyMs !== null
  const unused = facts.firstCounters !== null && facts.firstCounters.requests + facts.firstCounters.failures === 0
  const error = failureSentence(load.outcome, settings.timeoutMs)
  section.cold_start = {
    ...(first === undefined ? {} : { first_request_ms: first }),
    ...(started ? { time_to_ready_ms: readyMs } : {}),
    fresh_process: started || unused,
    note: started
      ? 'The server was started for this run.'
      : unused
        ? 'The server had not computed anything before.'
        : 'First request of this run; the server was already running and may have been warm.',
    ...(error === null ? {} : { error }),
  }
  return error === null ? done : { state: 'failed', reason: error }
}

async function localColdStart(context: PhaseContext, backend: LocalSetup): Promise<PhaseNote> {
  const { section, settings, signal } = context
  const count = processes[settings.preset]
  const creations: number[] = []
  let firstMs: number | null = null
  for (let k = 0; k < count; k++) {
    context.step(`process ${k + 1}`, k, count)
    const { createMs, firstMs: first } = await inFreshProcess(backend, signal)
    creations.push(createMs)
    firstMs ??= first
    section.cold_start = {
      first_request_ms: firstMs,
      session_creation_ms: {
        mean: creations.reduce((sum, ms) => sum + ms, 0) / creations.length,
        min: Math.min(...creations),
        max: Math.max(...creations),
        count: creations.length,
      },
      fresh_process: true,
      note: 'The first request is the first inference of a fresh process; creating its session is apart.',
    }
  }
  return done
}

async function inFreshProcess(
  { spec, modelPath, provider, threads }: LocalSetup,
  signal: AbortSignal,
): Promise<{ createMs: number; firstMs: number }> {
  throwIfCancelled(signal)
  const { child, end } = startOwnProcess(entry, signal)
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMs)
  try {
    child.send(sessionSetup(spec, modelPath, provider, { threads }))
    const reply = await new Promise<ColdStartReply | null>((resolve) => {
      child.once('message', (message) => resolve(message as ColdStartReply))
      child.once('exit', () => resolve(null))
    })
    throwIfCancelled(signal)
    if (reply?.ok === true) return reply
    throw new TwinlensError(
      'provider-unusable',
      `${spec.title} could not be started in a process of its own: ${reply?.message ?? 'the process ended'}.`,
    )
  } finally {
    clearTimeout(timer)
    await end()
  }
}
