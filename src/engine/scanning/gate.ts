import { throwIfCancelled } from '../../shared/errors.ts'

/** Lets work through while open; holds it while closed. Pausing closes it, resuming and cancelling open it. */
export class Gate {
  #opened: Promise<void> | null = null
  #open: (() => void) | null = null
  #closedAtMs = 0
  #heldMs = 0

  get closed(): boolean {
    return this.#opened !== null
  }

  /** Milliseconds that the gate has been closed in all. */
  heldMs(nowMs: number): number {
    return this.#heldMs + (this.closed ? nowMs - this.#closedAtMs : 0)
  }

  close(nowMs: number): void {
    if (this.#opened !== null) return
    this.#closedAtMs = nowMs
    this.#opened = new Promise((resolve) => {
      this.#open = resolve
    })
  }

  open(nowMs: number): void {
    if (this.#opened === null) return
    this.#heldMs += nowMs - this.#closedAtMs
    this.#opened = null
    this.#open?.()
    this.#open = null
  }

  /** Resolves when the gate is open. Throws `cancelled` when the signal is raised, also while it waits. */
  async pass(signal: AbortSignal): Promise<void> {
    while (this.#opened !== null && !signal.aborted) {
      await Promise.race([this.#opened, aborted(signal)])
    }
    throwIfCancelled(signal)
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
