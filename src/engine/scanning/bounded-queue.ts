/**
 * Joins two stages: a full queue makes the producer wait, an empty one the consumers. Memory is bounded by `capacity`
 * however far the producer could run ahead. Items leave in the order in which they came.
 */
export class BoundedQueue<T> {
  readonly #capacity: number
  #items: T[] = []
  #head = 0
  #ended = false
  #waitingConsumers: (() => void)[] = []
  #waitingProducers: (() => void)[] = []

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get length(): number {
    return this.#items.length - this.#head
  }

  /** Resolves once the item has a place. After `end` items are dropped. */
  async push(item: T): Promise<void> {
    while (this.length >= this.#capacity && !this.#ended) {
      await new Promise<void>((resolve) => this.#waitingProducers.push(resolve))
    }
    if (this.#ended) return
    this.#items.push(item)
    this.#waitingConsumers.shift()?.()
  }

  /** The next item, or undefined once the queue has ended and is empty. */
  async take(): Promise<T | undefined> {
    while (this.length === 0) {
      if (this.#ended) return undefined
      await new Promise<void>((resolve) => this.#waitingConsumers.push(resolve))
    }
    const item = this.#items[this.#head++]
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    this.#waitingProducers.shift()?.()
    return item
  }

  /** No more items will come; consumers drain what is left. */
  end(): void {
    this.#ended = true
    for (const wake of [...this.#waitingConsumers.splice(0), ...this.#waitingProducers.splice(0)]) wake()
  }
}
