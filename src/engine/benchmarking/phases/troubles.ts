/** What went wrong in the steps of a phase, the same reason said once: `batch 8, batch 16: timeout after 120 s.` */
export class Troubles {
  readonly #steps = new Map<string, string[]>()

  add(step: string, reason: string | null): void {
    if (reason === null) return
    const steps = this.#steps.get(reason)
    if (steps === undefined) this.#steps.set(reason, [step])
    else steps.push(step)
  }

  /** Null when nothing went wrong. */
  text(): string | null {
    if (this.#steps.size === 0) return null
    return [...this.#steps].map(([reason, steps]) => `${steps.join(', ')}: ${reason}`).join(' ')
  }
}
