import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { TwinlensError } from '../../shared/errors.ts'
import { endWorker } from './worker-end.ts'
import type { OnnxReply, OnnxRequest, SessionSetup } from './onnx-messages.ts'

const entry = new URL(import.meta.url.endsWith('.ts') ? './onnx-worker.ts' : './onnx-worker.mjs', import.meta.url)

/** Longest time for one batch of a provider that is not the CPU; a driver that hangs would stop the scan for ever. */
const batchLimitMs = 120_000

type RequestBody =
  | Omit<Extract<OnnxRequest, { kind: 'open' }>, 'id'>
  | Omit<Extract<OnnxRequest, { kind: 'embed' }>, 'id'>
  | Omit<Extract<OnnxRequest, { kind: 'placement' }>, 'id'>

interface Pending {
  resolve(reply: OnnxReply): void
  reject(error: TwinlensError): void
  timer: NodeJS.Timeout | null
}

interface Transport {
  send(message: OnnxRequest, transfer: ArrayBuffer[]): void
  end(): Promise<void>
}

/** What a transport tells of its other end. */
interface Listener {
  reply(message: OnnxReply): void
  gone(reason: string): void
}

/**
 * One ONNX session on a thread or in a process of its own [Note: ONNX Runtime blocks]. Requests are answered in order.
 * Every rejection is a TwinlensError: `provider-unusable` when the provider failed, hung or died, `cancelled` after `close`.
 */
export class OnnxLink {
  readonly #transport: Transport
  readonly #pending = new Map<number, Pending>()
  #nextId = 1
  #ended: TwinlensError | null = null

  private constructor(place: 'thread' | 'process') {
    const listener: Listener = { reply: (message) => this.#settle(message), gone: (reason) => this.#fail(reason) }
    this.#transport = place === 'thread' ? threadTransport(listener) : processTransport(listener)
  }

  /** Starts the other end and opens the session there: the CPU on a thread, any other provider in a process. */
  static async open(setup: SessionSetup, limitMs: number, place?: 'thread' | 'process'): Promise<OnnxLink> {
    const link = new OnnxLink(place ?? (setup.provider === 'cpu' ? 'thread' : 'process'))
    try {
      await link.#request({ kind: 'open', setup }, limitMs)
      return link
    } catch (error) {
      await link.close()
      throw error
    }
  }

  /**
   * @param pixels count pictures one after the other; given away (transferred) when `give` is set
   * @returns count × dimension, unit length, and the milliseconds inside ONNX Runtime
   */
  async embed(
    pixels: Uint8Array<ArrayBuffer>,
    count: number,
    options: { limitMs?: number; give?: boolean } = {},
  ): Promise<{ vectors: Float32Array; computeMs: number }> {
    const reply = await this.#request(
      { kind: 'embed', pixels, count },
      options.limitMs ?? batchLimitMs,
      options.give ? [pixels.buffer] : [],
    )
    if (reply.kind !== 'vectors') throw new TwinlensError('internal', `Unexpected reply ${reply.kind}.`)
    return { vectors: reply.vectors, computeMs: reply.computeMs }
  }

  /** Share of step time on the CPU, 0–1, of what ran so far in a session that watches placement. */
  async placement(): Promise<number> {
    const reply = await this.#request({ kind: 'placement' }, batchLimitMs)
    if (reply.kind !== 'placement') throw new TwinlensError('internal', `Unexpected reply ${reply.kind}.`)
    return reply.cpuShare
  }

  /** Ends the other end, whatever it is doing. */
  async close(): Promise<void> {
    this.#end(new TwinlensError('cancelled', 'The model was closed.'))
    await this.#transport.end()
  }

  #request(body: RequestBody, limitMs: number, transfer: ArrayBuffer[] = []): Promise<OnnxReply> {
    if (this.#ended !== null) return Promise.reject(this.#ended)
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      // The limit runs from sending: at most two batches are under way, so it is generous by one batch.
      const timer = Number.isFinite(limitMs)
        ? setTimeout(() => {
            this.#fail(`It gave no answer within ${Math.round(limitMs)} ms.`)
            void this.#transport.end()
          }, limitMs)
        : null
      this.#pending.set(id, { resolve, reject, timer })
      this.#transport.send({ ...body, id }, transfer)
    })
  }

  #settle(message: OnnxReply): void {
    const entryOf = this.#pending.get(message.id)
    if (entryOf === undefined) return
    this.#pending.delete(message.id)
    if (entryOf.timer !== null) clearTimeout(entryOf.timer)
    if (message.kind === 'failed') entryOf.reject(new TwinlensError('provider-unusable', message.message))
    else entryOf.resolve(message)
  }

  #fail(reason: string): void {
    this.#end(new TwinlensError('provider-unusable', reason))
  }

  #end(error: TwinlensError): void {
    this.#ended ??= error
    for (const waiting of this.#pending.values()) {
      if (waiting.timer !== null) clearTimeout(waiting.timer)
      waiting.reject(this.#ended)
    }
    this.#pending.clear()
  }
}

function threadTransport(listener: Listener): Transport {
  const worker = new Worker(entry)
  worker.unref()
  worker.on('message', (message: OnnxReply) => listener.reply(message))
  worker.on('error', (error: Error) => listener.gone(error.message))
  worker.on('exit', () => listener.gone('Its thread ended.'))
  return {
    send: (message, transfer) => worker.postMessage(message, transfer),
    end: () => endWorker(worker),
  }
}

function processTransport(listener: Listener): Transport {
  const child: ChildProcess = fork(fileURLToPath(entry), [], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: [],
    // Electron's own binary is then a plain Node.
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
  })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.on('message', (message) => listener.reply(message as OnnxReply))
  child.on('error', (error) => listener.gone(error.message))
  child.on('exit', (code, signal) => listener.gone(`Its process ended (${signal ?? `exit code ${code}`}).`))
  return {
    send: (message) => child.send(message, (error) => error && listener.gone(error.message)),
    async end() {
      if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
        child.kill('SIGKILL')
        await exited
      }
    },
  }
}
