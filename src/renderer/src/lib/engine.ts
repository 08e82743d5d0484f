import { pageCalls } from '../../../shared/contract/calls.ts'
import type { Client } from '../../../shared/rpc/client.ts'
import { connectPeer } from '../../../shared/rpc/peer.ts'
import type { Port } from '../../../shared/rpc/frames.ts'
import { isCancellation, TwinlensError } from '../../../shared/errors.ts'
import { bridge } from './bridge.ts'
import { onEnginePort, pagePort } from './page-port.ts'
import { describeProblem } from './problem.ts'
import { createReducerStore } from './reducer-store.ts'
import { initialSession, reduceSession, type Session } from './session.ts'

type Engine = Client<typeof pageCalls>

const useSessionStore = createReducerStore(reduceSession, initialSession)
let current: { engine: Engine; port: Port } | null = null

export function useSession<T>(select: (session: Session) => T): T {
  return useSessionStore((store) => select(store.state))
}

export function readSession(): Session {
  return useSessionStore.getState().state
}

export const sendToSession = useSessionStore.getState().send

/** Calls the engine in use at this moment; see `Client.call`. Rejects with `engine-lost` while there is none. */
export const callEngine: Engine['call'] = (name, params, options) => {
  if (current === null) return Promise.reject(new TwinlensError('engine-lost', 'The engine has not started yet.'))
  return current.engine.call(name, params, options)
}

/**
 * Runs a task for the person; what goes wrong becomes a notice, except what was cancelled on purpose.
 * @param action what is being done, as the end of "Could not …"
 * @returns whether it went well
 */
export async function attempt(
  action: string,
  task: () => Promise<unknown>,
  unharmed: string | null = null,
): Promise<boolean> {
  try {
    await task()
    return true
  } catch (error) {
    if (!isCancellation(error)) sendToSession({ type: 'problem', problem: describeProblem(action, error, unharmed) })
    return false
  }
}

export async function readLibrary(): Promise<void> {
  sendToSession({ type: 'library-read', library: await callEngine('library.read', null) })
}

function follow(engine: Engine): void {
  void engine
    .call('events.watch', null, {
      onProgress: (event) => {
        sendToSession({ type: 'engine-event', event })
        if (event.type === 'library-changed') void attempt('read the library', readLibrary)
      },
    })
    .catch((error: unknown) => {
      // A lost engine is said once, by the notice that its successor brings.
      if (error instanceof TwinlensError && error.code === 'engine-lost') return
      sendToSession({ type: 'problem', problem: describeProblem('follow the engine', error) })
    })
  const read = async (): Promise<void> => {
    const [settings, library, summary, status, benchmark] = await Promise.all([
      engine.call('settings.read', null),
      engine.call('library.read', null),
      engine.call('review.summary', null),
      engine.call('backend.status', null),
      engine.call('benchmark.state', null),
    ])
    sendToSession({ type: 'settings-read', settings })
    sendToSession({ type: 'library-read', library })
    sendToSession({ type: 'summary-read', summary })
    sendToSession({ type: 'backend-read', status })
    if (benchmark !== null) sendToSession({ type: 'engine-event', event: { type: 'benchmark', progress: benchmark } })
  }
  void attempt('read the library', read, 'No photo was changed.')
}

/** Joins the page to the engine, and to each one that takes its place. Call once. */
export function connectEngine(): void {
  onEnginePort((channel) => {
    const port = pagePort(channel)
    current?.port.close()
    current = { port, engine: connectPeer(port, pageCalls) }
    sendToSession({ type: 'connected' })
    follow(current.engine)
  })
  bridge.requestEnginePort()
}
