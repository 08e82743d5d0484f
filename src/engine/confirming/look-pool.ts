import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { TwinlensError, throwIfCancelled } from '../../shared/errors.ts'
import { endWorker } from '../embedding/worker-end.ts'
import type { FoundCorners, LookColumns, LookPhoto, LookReply, LookRequest } from './look-messages.ts'

const entry = new URL(import.meta.url.endsWith('.ts') ? './look-worker.ts' : './look-worker.mjs', import.meta.url)

/** Pairs in one request: some tenths of a second, so that stopping is quick. */
const pairsInRequest = 48

/** Photos in one request for corners. */
const photosInRequest = 32

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
  /** Finds the corners of contents, a part at a time; those whose thumbnail can't be had are left out. Throws as `look` does. */
  corners(contentIds: readonly number[], source: LookSource, signal: AbortSignal): AsyncGenerator<FoundCorners[]>
  close(): Promise<void>
}

type Answer = Exclude<LookReply, { failed: string }>

interface Pending {
  resolve(answer: Answer): void
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
      if ('failed' in reply) waiting?.reject(new TwinlensError('internal', `Looking at photos failed: ${reply.failed}`))
      else waiting?.resolve(reply)
    })
    this.#worker.on('error', (error: Error) => {
      this.#broken = new TwinlensError('internal', `Looking at photos failed: ${error.message}`, { cause: error })
      for (const waiting of this.#pending.values()) waiting.reject(this.#broken)
      this.#pending.clear()
    })
  }

  ask(photos: LookPhoto[], pairs: Int32Array | null): Promise<Answer> {
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

async function photosOf(contentIds: Iterable<number>, source: LookSource): Promise<LookPhoto[]> {
  const photos: LookPhoto[] = []
  for (const contentId of contentIds) {
    const photo = await source(contentId)
    if (photo !== null) photos.push(photo)
  }
  return photos
}

/** Threads start with the first request. @param options.threads by default one for each core, four at most */
export function createLookPool(options: { threads?: number } = {}): LookPool {
  const size = options.threads ?? Math.max(1, Math.min(4, availableParallelism()))
  const threads: LookThread[] = []
  let turn = 0

  /** Answers to requests in their order; one at work and one waiting for each thread. */
  async function* inTurn<T>(
    requests: Iterable<T>,
    send: (request: T, thread: LookThread) => Promise<Answer>,
    signal: AbortSignal,
  ): AsyncGenerator<{ request: T; answer: Answer }> {
    while (threads.length < size) threads.push(new LookThread())
    const underWay: { request: T; answer: Promise<Answer> }[] = []
    for (const request of requests) {
      throwIfCancelled(signal)
      const answer = send(request, threads[turn++ % size]!)
      answer.catch(() => undefined)
      underWay.push({ request, answer })
      if (underWay.length < 2 * size) continue
      const first = underWay.shift()!
      yield { request: first.request, answer: await first.answer }
    }
    for (const { request, answer } of underWay) {
      throwIfCancelled(signal)
      yield { request, answer: await answer }
    }
  }

  return {
    async *look(pairs, source, signal) {
      const firsts = Array.from({ length: Math.ceil(pairs.length / 2 / pairsInRequest) }, (_, k) => k * pairsInRequest)
      const send = async (first: number, thread: LookThread): Promise<Answer> => {
        const part = pairs.slice(2 * first, 2 * (first + pairsInRequest))
        return thread.ask(await photosOf(new Set(part), source), part)
      }
      for await (const { request: first, answer } of inTurn(firsts, send, signal)) {
        if ('looks' in answer) yield { first, looks: answer.looks }
      }
    },
    async *corners(contentIds, source, signal) {
      const parts = Array.from({ length: Math.ceil(contentIds.length / photosInRequest) }, (_, k) =>
        contentIds.slice(k * photosInRequest, (k + 1) * photosInRequest),
      )
      const send = async (part: readonly number[], thread: LookThread): Promise<Answer> =>
        thread.ask(await photosOf(part, source), null)
      for await (const { answer } of inTurn(parts, send, signal)) if ('corners' in answer) yield answer.corners
    },
    async close() {
      await Promise.all(threads.splice(0).map((thread) => thread.close()))
    },
  }
}
