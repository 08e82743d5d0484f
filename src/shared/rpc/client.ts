import type { CallMap, Params, Progress, Result } from '../contract/call-map.ts'
import { TwinlensError } from '../errors.ts'
import type { Frame, Port } from './frames.ts'

export interface CallOptions<P> {
  signal?: AbortSignal
  /** Raising the signal asks the other end to stop, and its answer is still awaited: a report of what was done until then. */
  awaitAnswer?: boolean
  onProgress?: (value: P) => void
}

export interface Client<M extends CallMap> {
  /**
   * Calls the other end. Rejects with a TwinlensError: the other end's own code, `cancelled` when the signal is raised,
   * `engine-lost` when the port closes, `internal` when a reply does not fit the contract.
   */
  call<K extends keyof M & string>(
    name: K,
    params: Params<M, K>,
    options?: CallOptions<Progress<M, K>>,
  ): Promise<Result<M, K>>
  /** Feeds a message that came in on a port shared with a server. Returns false when it was not for this client. */
  receive(frame: Frame): boolean
}

interface Pending {
  name: string
  resolve(value: unknown): void
  reject(error: TwinlensError): void
  onProgress: ((value: never) => void) | undefined
  detach(): void
}

/** A typed caller over a port; every reply and progress value is parsed by the call's schema before it is handed on. */
export function createClient<M extends CallMap>(port: Port, calls: M): Client<M> {
  const pending = new Map<number, Pending>()
  let nextId = 1
  let closed = false

  const settle = (id: number): Pending | undefined => {
    const entry = pending.get(id)
    pending.delete(id)
    entry?.detach()
    return entry
  }

  port.onClose(() => {
    closed = true
    for (const id of [...pending.keys()]) {
      settle(id)?.reject(new TwinlensError('engine-lost', 'The other process ended before it answered.'))
    }
  })

  const receive = (frame: Frame): boolean => {
    if (frame.kind === 'call' || frame.kind === 'cancel') return false
    const entry = pending.get(frame.id)
    if (entry === undefined) return true
    const signature = calls[entry.name]
    if (frame.kind === 'progress') {
      const value = signature?.progress?.safeParse(frame.value)
      if (value?.success) entry.onProgress?.(value.data as never)
    } else if (frame.kind === 'result') {
      const value = signature?.result.safeParse(frame.value)
      if (value?.success) settle(frame.id)?.resolve(value.data)
      else
        settle(frame.id)?.reject(
          new TwinlensError('internal', `The reply to ${entry.name} does not fit the contract.`, {
            cause: value?.error,
          }),
        )
    } else {
      settle(frame.id)?.reject(new TwinlensError(frame.code, frame.message))
    }
    return true
  }

  return {
    receive,
    call(name, params, options = {}) {
      return new Promise((resolve, reject) => {
        if (closed) return reject(new TwinlensError('engine-lost', 'The other process has ended.'))
        if (options.signal?.aborted) return reject(new TwinlensError('cancelled', 'Stopped on request.'))
        const id = nextId++
        const onAbort = (): void => {
          port.post({ kind: 'cancel', id })
          if (options.awaitAnswer !== true) settle(id)?.reject(new TwinlensError('cancelled', 'Stopped on request.'))
        }
        options.signal?.addEventListener('abort', onAbort, { once: true })
        pending.set(id, {
          name,
          resolve,
          reject,
          onProgress: options.onProgress,
          detach: () => options.signal?.removeEventListener('abort', onAbort),
        })
        port.post({ kind: 'call', id, name, params })
      })
    },
  }
}
