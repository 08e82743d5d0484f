import type { CallMap, ParsedParams, Progress, Result } from '../contract/call-map.ts'
import { asTwinlensError } from '../errors.ts'
import type { Frame, Port } from './frames.ts'

export interface CallContext<P> {
  signal: AbortSignal
  report(value: P): void
}

export type Handlers<M extends CallMap> = {
  [K in keyof M]: (
    params: ParsedParams<M, K>,
    context: CallContext<Progress<M, K>>,
  ) => Promise<Result<M, K>> | Result<M, K>
}

export interface Server {
  /** Feeds a message; returns false when it was not for a server. */
  receive(frame: Frame): boolean
}

/**
 * Answers calls on a port. An unknown name or parameters that do not parse are answered with `invalid-request`, never run.
 * When the port closes, every running call's signal is raised.
 */
export function createServer<M extends CallMap>(port: Port, calls: M, handlers: Handlers<M>): Server {
  const running = new Map<number, AbortController>()
  port.onClose(() => {
    for (const controller of running.values()) controller.abort()
    running.clear()
  })

  const answer = async (id: number, name: string, params: unknown): Promise<void> => {
    if (!Object.hasOwn(calls, name)) {
      port.post({
        kind: 'error',
        id,
        code: 'invalid-request',
        message: `There is no call named ${JSON.stringify(name)}.`,
      })
      return
    }
    const parsed = calls[name as keyof M]!.params.safeParse(params)
    if (!parsed.success) {
      port.post({
        kind: 'error',
        id,
        code: 'invalid-request',
        message: `Parameters of ${name}: ${parsed.error.message}`,
      })
      return
    }
    const controller = new AbortController()
    running.set(id, controller)
    try {
      const value = await handlers[name as keyof M](parsed.data as ParsedParams<M, keyof M>, {
        signal: controller.signal,
        report: (progress) => {
          if (running.has(id)) port.post({ kind: 'progress', id, value: progress })
        },
      })
      if (running.has(id)) port.post({ kind: 'result', id, value })
    } catch (error) {
      const { code, message } = asTwinlensError(error)
      if (running.has(id)) port.post({ kind: 'error', id, code, message })
    } finally {
      running.delete(id)
    }
  }

  return {
    receive(frame) {
      if (frame.kind === 'call') void answer(frame.id, frame.name, frame.params)
      else if (frame.kind === 'cancel') running.get(frame.id)?.abort()
      else return false
      return true
    },
  }
}
