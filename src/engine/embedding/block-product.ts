import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { endWorker } from './worker-end.ts'
import type { BlockPairs, BlockProduct } from '../../shared/domain/block-product.ts'
import type { BlockNearest, NearestProduct, NearestQuestion } from '../../shared/domain/nearest-product.ts'
import { TwinlensError } from '../../shared/errors.ts'
import type { BlockAnswer, BlockQuestion, BlockReply, BlockRequest, BlockVectors } from './block-product-messages.ts'

const entry = new URL(
  import.meta.url.endsWith('.ts') ? './block-product-worker.ts' : './block-product-worker.mjs',
  import.meta.url,
)

export interface ClosableBlockProduct extends BlockProduct, NearestProduct {
  close(): Promise<void>
}

interface Pending {
  resolve(answer: BlockAnswer): void
  reject(error: TwinlensError): void
}

/**
 * The block product on ONNX Runtime's CPU kernels, on a thread of its own that starts with the first call. Product and choice
 * are one graph each, so that only what is found leaves it: `above` is Gemm, compare, NonZero and Gather in exact float32,
 * `nearest` a product of whole numbers and TopK.
 *
 * Fastest with blocks of 1,024 rows × 4,096 columns (16 MB of products at a time); larger ones leave the cache.
 *
 * @param options.resourcesDir holds models/block-product.onnx and models/block-nearest.onnx
 * @param options.threads by default one for each core
 */
export function createBlockProduct(options: { resourcesDir: string; threads?: number }): ClosableBlockProduct {
  return new WorkerBlockProduct(join(options.resourcesDir, 'models'), options.threads ?? availableParallelism())
}

class WorkerBlockProduct implements ClosableBlockProduct {
  readonly #modelsDir: string
  readonly #threads: number
  readonly #pending = new Map<number, Pending>()
  #worker: Worker | null = null
  #nextId = 1

  constructor(modelsDir: string, threads: number) {
    this.#modelsDir = modelsDir
    this.#threads = threads
  }

  async above(
    rows: Float32Array,
    rowCount: number,
    columns: Float32Array,
    columnCount: number,
    dimension: number,
    floor: number,
  ): Promise<BlockPairs> {
    const vectors = { rows, rowCount, columns, columnCount, dimension }
    checkVectors(vectors)
    if (rowCount === 0 || columnCount === 0) return noPairs()
    const answer = await this.#ask(vectors, { kind: 'above', floor })
    if (answer.kind !== 'above') throw strayAnswer()
    return answer
  }

  async nearest(
    rows: Float32Array,
    rowCount: number,
    columns: Float32Array,
    columnCount: number,
    dimension: number,
    question: NearestQuestion,
  ): Promise<BlockNearest> {
    const vectors = { rows, rowCount, columns, columnCount, dimension }
    checkVectors(vectors)
    if (rowCount === 0 || columnCount === 0) return nobody()
    const answer = await this.#ask(vectors, { kind: 'nearest', ...question })
    if (answer.kind !== 'nearest') throw strayAnswer()
    return answer
  }

  #ask(vectors: BlockVectors, question: BlockQuestion): Promise<BlockAnswer> {
    const worker = (this.#worker ??= this.#start())
    const id = this.#nextId++
    const given = { rows: portable(vectors.rows), columns: portable(vectors.columns) }
    const request: BlockRequest = {
      id,
      modelsDir: this.#modelsDir,
      threads: this.#threads,
      vectors: { ...vectors, ...given },
      question,
    }
    const transfer = [given.rows.buffer, given.columns.buffer].filter((buffer) => buffer instanceof ArrayBuffer)
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject })
      worker.postMessage(request, transfer)
    })
  }

  async close(): Promise<void> {
    const worker = this.#worker
    this.#worker = null
    this.#failAll(new TwinlensError('cancelled', 'The search was closed.'))
    if (worker !== null) await endWorker(worker)
  }

  #start(): Worker {
    const worker = new Worker(entry)
    worker.unref()
    worker.on('message', (reply: BlockReply) => this.#settle(reply))
    worker.on('error', (error: Error) => {
      this.#worker = null
      this.#failAll(new TwinlensError('internal', `The search failed: ${error.message}`, { cause: error }))
    })
    return worker
  }

  #settle(reply: BlockReply): void {
    const entryOf = this.#pending.get(reply.id)
    this.#pending.delete(reply.id)
    if (reply.kind === 'failed') entryOf?.reject(new TwinlensError('internal', `The search failed: ${reply.message}`))
    else entryOf?.resolve(reply.answer)
  }

  #failAll(error: TwinlensError): void {
    for (const waiting of this.#pending.values()) waiting.reject(error)
    this.#pending.clear()
  }
}

/** Throws `internal` where the arrays are not the vectors they are said to be. */
function checkVectors({ rows, rowCount, columns, columnCount, dimension }: BlockVectors): void {
  if (rows.length === rowCount * dimension && columns.length === columnCount * dimension) return
  const message = `${rows.length} and ${columns.length} numbers are not ${rowCount} and ${columnCount} vectors of ${dimension}.`
  throw new TwinlensError('internal', message)
}

function strayAnswer(): TwinlensError {
  return new TwinlensError('internal', 'The search was given the answer to another question.')
}

/** Shared memory goes as it is; of anything else a copy goes, and only the part in view. */
function portable(values: Float32Array): Float32Array {
  return values.buffer instanceof SharedArrayBuffer ? values : values.slice()
}

function noPairs(): BlockPairs {
  return { rows: new Int32Array(0), columns: new Int32Array(0), scores: new Float32Array(0) }
}

function nobody(): BlockNearest {
  const nothing = { whole: new Int32Array(0), scores: new Float32Array(0) }
  return {
    perRow: 0,
    perColumn: 0,
    rowPartners: nothing.whole,
    rowScores: nothing.scores,
    columnPartners: nothing.whole,
    columnScores: nothing.scores,
  }
}
