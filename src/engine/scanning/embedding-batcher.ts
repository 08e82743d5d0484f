import type { Embedder } from '../embedding/embedder.ts'

interface Waiting {
  pixels: Uint8Array
  resolve(vector: Float32Array): void
  reject(error: unknown): void
}

/**
 * [Note: Embedding batches]
 * Photos arrive one by one from the decoders and leave in batches of the embedder's size. At most `runsInFlight` batches
 * are with the embedder at a time, so its own queue never runs dry; the caller keeps the number of waiting photos bounded
 * by the number of its workers. `flush` sends a batch that is not full, at the end of a scan or when it pauses.
 */
export class EmbeddingBatcher {
  readonly #embedder: Embedder
  readonly #signal: AbortSignal
  readonly #runsInFlight: number
  #waiting: Waiting[] = []
  #running = 0
  #flushing = false

  constructor(embedder: Embedder, signal: AbortSignal, runsInFlight = 2) {
    this.#embedder = embedder
    this.#signal = signal
    this.#runsInFlight = runsInFlight
  }

  /** Resolves to the unit-length vector of one photo. */
  add(pixels: Uint8Array): Promise<Float32Array> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ pixels, resolve, reject })
      this.#pump()
    })
  }

  /** From now on batches need not be full, until the waiting photos are gone. */
  flush(): void {
    this.#flushing = true
    this.#pump()
  }

  #pump(): void {
    while (
      this.#running < this.#runsInFlight &&
      (this.#waiting.length >= this.#embedder.batchSize || (this.#flushing && this.#waiting.length > 0))
    ) {
      void this.#run(this.#waiting.splice(0, this.#embedder.batchSize))
    }
    if (this.#waiting.length === 0) this.#flushing = false
  }

  async #run(batch: Waiting[]): Promise<void> {
    this.#running++
    try {
      const vectors = await this.#embedder.embed(
        batch.map((photo) => photo.pixels),
        this.#signal,
      )
      batch.forEach((photo, index) => {
        const vector = vectors[index]
        if (vector === undefined) photo.reject(new Error('The embedder answered fewer vectors than photos.'))
        else photo.resolve(vector)
      })
    } catch (error) {
      for (const photo of batch) photo.reject(error)
    } finally {
      this.#running--
      this.#pump()
    }
  }
}
