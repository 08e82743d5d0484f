/** Many may share; one may be alone. Who asks to be alone waits for the sharers to leave, and later sharers wait for it. */
export class SoloLock {
  #sharing = 0
  #alone: Promise<void> | null = null
  #allLeft: (() => void) | null = null

  async shared<T>(work: () => Promise<T>): Promise<T> {
    while (this.#alone !== null) await this.#alone
    this.#sharing++
    try {
      return await work()
    } finally {
      this.#sharing--
      if (this.#sharing === 0) this.#allLeft?.()
    }
  }

  async alone<T>(work: () => Promise<T>): Promise<T> {
    while (this.#alone !== null) await this.#alone
    let leave: () => void = () => undefined
    this.#alone = new Promise((resolve) => {
      leave = resolve
    })
    try {
      if (this.#sharing > 0) await new Promise<void>((resolve) => (this.#allLeft = resolve))
      return await work()
    } finally {
      this.#allLeft = null
      this.#alone = null
      leave()
    }
  }
}
