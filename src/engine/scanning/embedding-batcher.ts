import type { TwinlensError } from '../../shared/errors.ts'
import type { Embedder } from '../embedding/embedder.ts'
import { PicturesRefused } from '../embedding/pictures-refused.ts'
import { releasePixels } from '../imaging/release-pixels.ts'

interface Waiting {
  pixels: Uint8Array
  resolve(vector: Float32Array | TwinlensError): void
  reject(error: unknown): void
}

/**
 * [Note: Embedding batches]
 * Photos arrive one by one from the decoders and leave in batches of the embedder's size. As many batches are with the
 * embedder at a time as it has use for, which changes while a server's answers are learnt; the caller keeps the number of
 * waiting photos bounded. `flush` sends a batch that is not full, at the end of a scan or when it pauses.
 */
export class EmbeddingBatcher {
  readonly #embedder: Embedder
  readonly #signal: AbortSignal
  #waiting: Waiting[] = []
  #running = 0
  #flushing = false

  constructor(embedder: Embedder, signal: AbortSignal) {
    this.#embedder = embedder
    this.#signal = signal
  }

  /**
   * Resolves to the unit-length vector of one photo, or to why the backend, which takes others, did not take it. The pixels
   * are the batcher's from now on, and gone afterwards. Rejects with what ends the scan.
   */
  add(pixels: Uint8Array): Promise<Float32Array | TwinlensError> {
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
      this.#running < this.#embedder.concurrency &&
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
      batch.forEach((photo, index) => {
        const found = error instanceof PicturesRefused ? error.vectors[index] : undefined
        if (found === undefined) photo.reject(error)
        else photo.resolve(found)
      })
    } finally {
      for (const photo of batch) releasePixels(photo.pixels)
      this.#running--
      this.#pump()
    }
  }
}
