import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { TwinlensError, throwIfCancelled } from '../../shared/errors.ts'
import { endWorker } from '../embedding/worker-end.ts'
import type { LookColumns, LookPhoto, LookReply, LookRequest } from './look-messages.ts'

const entry = new URL(import.meta.url.endsWith('.ts') ? './look-worker.ts' : './look-worker.mjs', import.meta.url)

/** Pairs in one request: some tenths of a second, so that stopping is quick. */
const pairsInRequest = 48

/** What looking at a photo needs, or null where its thumbnail can't be had. */
export type LookSource = (contentId: number) => Promise<LookPhoto | null>

export interface LookPool {
  /**
   * Looks at pairs of contents, neighbours in the list preferably sharing photos. Yields what came of them in their order, a part
   * at a time, with the index of the part's first pair. Throws `cancelled` within a part, `internal` where a thread dies.
   *
   * @param pairs content ids, two a pair
   */
  look(
    pairs: Int32Array,
    source: LookSource,
    signal: AbortSignal,
  ): AsyncGenerator<{ first: number; looks: LookColumns }>
  close(): Promise<void>
}

interface Pending {
  resolve(looks: LookColumns): void
  reject(error: TwinlensError): void
}

class LookThread {
  readonly #worker: Worker
  readonly #pending = new Map<number, Pending>()
  #nextId = 1
  #broken: TwinlensError | null = null

  constructor() {
    // Two or three nurseries of the usual size would be a tenth of all memory that a scan may take.
    this.#worker = new Worker(entry, { resourceLimits: { maxYoungGenerationSizeMb: 12 } })
    this.#worker.unref()
    this.#worker.on('message', (reply: LookReply) => {
      const waiting = this.#pending.get(reply.id)
      this.#pending.delete(reply.id)
      if ('looks' in reply) waiting?.resolve(reply.looks)
      else waiting?.reject(new TwinlensError('internal', `Looking at two photos failed: ${reply.failed}`))
    })
    this.#worker.on('error', (error: Error) => {
      this.#broken = new TwinlensError('internal', `Looking at photos failed: ${error.message}`, { cause: error })
      for (const waiting of this.#pending.values()) waiting.reject(this.#broken)
      this.#pending.clear()
    })
  }

  ask(photos: LookPhoto[], pairs: Int32Array): Promise<LookColumns> {
    if (this.#broken !== null) return Promise.reject(this.#broken)
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject })
      this.#worker.postMessage({ id, photos, pairs } satisfies LookRequest)
    })
  }

  close(): Promise<void> {
    return this.#broken === null ? endWorker(this.#worker) : Promise.resolve()
  }
}

async function photosOf(pairs: Int32Array, source: LookSource): Promise<LookPhoto[]> {
  const photos: LookPhoto[] = []
  for (const contentId of new Set(pairs)) {
    const photo = await source(contentId)
    if (photo !== null) photos.push(photo)
  }
  return photos
}

/** Threads start with the first request. @param options.threads by default one for each core, four at most */
export function createLookPool(options: { threads?: number } = {}): LookPool {
  const size = options.threads ?? Math.max(1, Math.min(4, availableParallelism()))
  const threads: LookThread[] = []
  return {
    async *look(pairs, source, signal) {
      while (threads.length < size) threads.push(new LookThread())
      const underWay: { first: number; looks: Promise<LookColumns> }[] = []
      const total = pairs.length / 2
      for (let next = 0, turn = 0; next < total || underWay.length > 0;) {
        throwIfCancelled(signal)
        // One request at work and one waiting for each thread.
        while (next < total && underWay.length < 2 * size) {
          const part = pairs.slice(2 * next, 2 * (next + pairsInRequest))
          const looks = threads[turn++ % size]!.ask(await photosOf(part, source), part)
          looks.catch(() => undefined)
          underWay.push({ first: next, looks })
          next += pairsInRequest
        }
        const { first, looks } = underWay.shift()!
        yield { first, looks: await looks }
      }
    },
    async close() {
      await Promise.all(threads.splice(0).map((thread) => thread.close()))
    },
  }
}
