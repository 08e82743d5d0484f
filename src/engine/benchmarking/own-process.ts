import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A process that measures something alone. */
export interface OwnProcess {
  readonly child: ChildProcess
  /** Ends it, whatever it does, and waits until it is gone. */
  end(): Promise<void>
}

/** Starts an entry of the engine in a process of its own, which dies when the signal is raised. */
export function startOwnProcess(entry: URL, signal: AbortSignal): OwnProcess {
  const child = fork(fileURLToPath(entry), [], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: [],
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
  })
  const kill = (): void => void child.kill('SIGKILL')
  signal.addEventListener('abort', kill, { once: true })
  const exited = once(child, 'exit')
  return {
    child,
    async end() {
      signal.removeEventListener('abort', kill)
      kill()
      await exited
    },
  }
}
