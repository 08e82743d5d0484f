import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { endWorker } from './worker-end.ts'
import type { BlockPairs, BlockProduct } from '../../shared/domain/block-product.ts'
import { TwinlensError } from '../../shared/errors.ts'
import type { BlockReply, BlockRequest } from './block-product-messages.ts'

const entry = new URL(
  import.meta.url.endsWith('.ts') ? './block-product-worker.ts' : './block-product-worker.mjs',
  import.meta.url,
)

export interface ClosableBlockProduct extends BlockProduct {
  close(): Promise<void>
}

interface Pending {
  resolve(pairs: BlockPairs): void
  reject(error: TwinlensError): void
}

/**
 * The block product on ONNX Runtime's CPU kernels, on a thread of its own that starts with the first call: Gemm, compare,
 * NonZero and Gather in one graph, so that only the pairs found leave it. Exact float32.
 *
 * Fastest with blocks of 1,024 rows × 4,096 columns (16 MB of products at a time); larger ones leave the cache.
 *
 * @param options.resourcesDir holds models/block-product.onnx
 * @param options.threads by default one for each core
 */
export function createBlockProduct(options: { resourcesDir: string; threads?: number }): ClosableBlockProduct {
  return new WorkerBlockProduct(
    join(options.resourcesDir, 'models', 'block-product.onnx'),
    options.threads ?? availableParallelism(),
  )
}

class WorkerBlockProduct implements ClosableBlockProduct {
  readonly #modelPath: string
  readonly #threads: number
  readonly #pending = new Map<number, Pending>()
  #worker: Worker | null = null
  #nextId = 1

  constructor(modelPath: string, threads: number) {
    this.#modelPath = modelPath
    this.#threads = threads
  }

  above(
    rows: Float32Array,
    rowCount: number,
    columns: Float32Array,
    columnCount: number,
    dimension: number,
    floor: number,
  ): Promise<BlockPairs> {
    if (rows.length !== rowCount * dimension || columns.length !== columnCount * dimension) {
      const message = `${rows.length} and ${columns.length} numbers are not ${rowCount} and ${columnCount} vectors of ${dimension}.`
      return Promise.reject(new TwinlensError('internal', message))
    }
    if (rowCount === 0 || columnCount === 0) return Promise.resolve(noPairs())
    const worker = (this.#worker ??= this.#start())
    const id = this.#nextId++
    const given = { rows: portable(rows), columns: portable(columns) }
    const request: BlockRequest = {
      id,
      modelPath: this.#modelPath,
      threads: this.#threads,
      ...given,
      rowCount,
      columnCount,
      dimension,
      floor,
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
    else entryOf?.resolve({ rows: reply.rows, columns: reply.columns, scores: reply.scores })
  }

  #failAll(error: TwinlensError): void {
    for (const waiting of this.#pending.values()) waiting.reject(error)
    this.#pending.clear()
  }
}

/** Shared memory goes as it is; of anything else a copy goes, and only the part in view. */
function portable(values: Float32Array): Float32Array {
  return values.buffer instanceof SharedArrayBuffer ? values : values.slice()
}

function noPairs(): BlockPairs {
  return { rows: new Int32Array(0), columns: new Int32Array(0), scores: new Float32Array(0) }
}
