import { cannotStartExitCode } from '../../shared/engine-exit.ts'
import { TwinlensError } from '../../shared/errors.ts'
import type { Port } from '../../shared/rpc/frames.ts'
import type { PortRole } from '../../shared/rpc/multiplexer.ts'
import { parseEngineOptions, type HostedEngine, type StartEngine } from './engine-options.ts'

/** Longest time that closing may take before the process ends anyway; the catalog survives that too. */
const closeLimitMs = 4_000

export interface EngineHost {
  /** Hands a port to the engine, as soon as it has started. */
  connect(role: PortRole, port: Port): void
  /** Closes the engine and ends the process with code 0. Only the first call counts. */
  shutDown(): void
}

/** Starts the engine from the command line's options; ends the process with the reason on stderr when it cannot start. */
export function hostEngine(startEngine: StartEngine): EngineHost {
  const starting: Promise<HostedEngine> = (async () => startEngine(parseEngineOptions(process.argv.slice(2))))()
  starting.catch((error: unknown) => {
    const known = error instanceof TwinlensError
    console.error(known ? error.message : error)
    process.exit(known ? cannotStartExitCode : 1)
  })
  let ending = false
  const shutDown = (): void => {
    if (ending) return
    ending = true
    setTimeout(() => process.exit(0), closeLimitMs).unref()
    void starting.then((engine) => engine.close()).finally(() => process.exit(0))
  }
  process.on('SIGTERM', shutDown)
  // Ctrl-C in the terminal reaches every process of the group: the main process decides when to end.
  process.on('SIGINT', () => undefined)
  return {
    connect(role, port) {
      starting.then(
        (engine) => (role === 'page' ? engine.connectPage(port) : engine.connectHost(port)),
        () => undefined,
      )
    },
    shutDown,
  }
}
