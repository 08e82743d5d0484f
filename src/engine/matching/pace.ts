import { throwIfCancelled } from '../../shared/errors.ts'

/** Lets the event loop breathe within a long computation. */
export interface Pace {
  /** True once the present slice of time is used up. Cheap enough for every few thousand operations. */
  due(): boolean
  /** Gives the event loop a turn and starts a new slice. Throws `cancelled` once the signal is raised. */
  rest(): Promise<void>
}

/** @param sliceMs longest stretch without a turn of the event loop, as far as the caller asks often enough */
export function createPace(signal: AbortSignal | undefined, sliceMs = 15): Pace {
  let since = performance.now()
  throwIfCancelled(signal)
  return {
    due: () => performance.now() - since >= sliceMs,
    async rest() {
      await new Promise<void>((resolve) => {
        setTimeout(resolve, 0)
      })
      throwIfCancelled(signal)
      since = performance.now()
    },
  }
}
