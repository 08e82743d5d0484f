import type { MessagePortMain } from 'electron'
import { hostCalls, hostServices } from '../shared/contract/host-calls.ts'
import { cannotStartExitCode } from '../shared/engine-exit.ts'
import { TwinlensError } from '../shared/errors.ts'
import type { Client } from '../shared/rpc/client.ts'
import { connectPeer } from '../shared/rpc/peer.ts'
import type { Handlers } from '../shared/rpc/server.ts'
import type { EngineEnd, EngineOptions, EngineProcess, LaunchEngine } from './engine-process.ts'
import { pauseBeforeRestart } from './restart-policy.ts'

export interface EngineSupervisor {
  /** Calls the engine that runs now; waits while one is being restarted. Rejects with `engine-lost` after giving up. */
  readonly call: Client<typeof hostCalls>['call']
  /** A channel end to the engine that runs now, for the page; null between engines and after giving up. */
  openPagePort(): MessagePortMain | null
  /** Starts again after giving up. */
  startAgain(): void
  stop(): Promise<void>
}

export interface SupervisorEvents {
  /** A new engine runs: whoever held a port to the last one needs another. */
  restarted(): void
  /** It is not started again: it ended three times within a minute, or said that it cannot start. */
  gaveUp(reason: 'keeps-ending' | 'cannot-start', lastWords: string): void
}

interface Running {
  process: EngineProcess
  client: Client<typeof hostCalls>
}

/** Keeps one engine running until `stop`. */
export function superviseEngine(
  launch: LaunchEngine,
  options: EngineOptions,
  services: Handlers<typeof hostServices>,
  events: SupervisorEvents,
): EngineSupervisor {
  let endsMs: number[] = []
  let stopping = false
  let running: Running | null = null
  let waiting: ((engine: Running | null) => void)[] = []
  let gaveUp = false

  const start = (): void => {
    const engine = launch(options)
    const client = connectPeer(engine.connectHost(), hostCalls, { calls: hostServices, handlers: services })
    running = { process: engine, client }
    for (const resolve of waiting.splice(0)) resolve(running)
    engine.onEnd(ended)
  }

  const ended = ({ code, lastWords }: EngineEnd): void => {
    running = null
    if (stopping) return
    endsMs.push(Date.now())
    const cannotStart = code === cannotStartExitCode
    const pauseMs = cannotStart ? null : pauseBeforeRestart(endsMs)
    if (pauseMs === null) {
      gaveUp = true
      for (const resolve of waiting.splice(0)) resolve(null)
      events.gaveUp(cannotStart ? 'cannot-start' : 'keeps-ending', lastWords)
      return
    }
    setTimeout(() => {
      if (stopping) return
      start()
      events.restarted()
    }, pauseMs)
  }

  const current = async (): Promise<Running> => {
    const engine =
      running ?? (gaveUp || stopping ? null : await new Promise<Running | null>((resolve) => waiting.push(resolve)))
    if (engine === null) throw new TwinlensError('engine-lost', 'The engine has ended and was not started again.')
    return engine
  }

  start()
  return {
    call: async (name, params, callOptions) => (await current()).client.call(name, params, callOptions),
    openPagePort: () => running?.process.connectPage() ?? null,
    startAgain() {
      if (!gaveUp || stopping) return
      gaveUp = false
      endsMs = []
      start()
      events.restarted()
    },
    async stop() {
      stopping = true
      const resolvers = waiting
      waiting = []
      for (const resolve of resolvers) resolve(null)
      await running?.process.stop()
    },
  }
}
