/**
 * Bounds the bytes of files held in memory at once. A file larger than the whole budget is let through alone, so nothing
 * waits for ever. First come, first served.
 */
export class ByteBudget {
  readonly #limit: number
  #used = 0
  #waiting: { bytes: number; go: () => void }[] = []

  constructor(limitBytes: number) {
    this.#limit = limitBytes
  }

  async take(bytes: number): Promise<void> {
    if (this.#waiting.length === 0 && this.#fits(bytes)) {
      this.#used += bytes
      return
    }
    await new Promise<void>((go) => this.#waiting.push({ bytes, go }))
  }

  give(bytes: number): void {
    this.#used -= bytes
    for (let next = this.#waiting[0]; next !== undefined && this.#fits(next.bytes); next = this.#waiting[0]) {
      this.#used += next.bytes
      this.#waiting.shift()
      next.go()
    }
  }

  #fits(bytes: number): boolean {
    return this.#used === 0 || this.#used + bytes <= this.#limit
  }
}
