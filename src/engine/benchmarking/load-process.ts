import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { TwinlensError } from '../../shared/errors.ts'
import type { EncodeFigures, EncodeTask } from './encode-task.ts'
import type { LoadReply, LoadRequest, TargetSetup } from './load-messages.ts'
import type { LoadOptions, LoadPlan, LoadProgress } from './load-plan.ts'
import type { LoadOutcome } from './load-tally.ts'
import type { PipelineFigures, PipelineTask } from './pipeline-run.ts'

const entry = new URL(import.meta.url.endsWith('.ts') ? './load-worker.ts' : './load-worker.mjs', import.meta.url)

/** A stopped run answers at the next turn of its event loop; one that does not is stuck in native code and is ended. */
const stopPatienceMs = 2000

type Body =
  Exclude<LoadRequest, { kind: 'stop' }> extends infer R ? (R extends { id: number } ? Omit<R, 'id'> : never) : never

interface Pending {
  resolve(reply: LoadReply): void
  reject(error: TwinlensError): void
  progress: ((progress: LoadProgress) => void) | undefined
  photos: ((done: number) => void) | undefined
}

/** The load generator, in a process of its own ([Note: The load process]). One thing at a time. */
export class LoadProcess {
  readonly #child: ChildProcess
  readonly #pending = new Map<number, Pending>()
  readonly #exited: Promise<void>
  #nextId = 1
  #gone: TwinlensError | null = null

  constructor() {
    this.#child = fork(fileURLToPath(entry), [], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      execArgv: [],
      // Electron's own binary is then a plain Node. More threads than its four serve encoding and DNS only.
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    })
    this.#exited = new Promise((resolve) => this.#child.once('exit', () => resolve()))
    this.#child.on('message', (message) => this.#receive(message as LoadReply))
    this.#child.on('error', (error) => this.#lose(error.message))
    this.#child.on('exit', (code, signal) => this.#lose(`it ended (${signal ?? `exit code ${code}`})`))
  }

  /**
   * Connects, or opens the local session; what was open before is closed.
   * @returns milliseconds that opening took, and what identifies the pictures that will be sent
   */
  async open(
    target: TargetSetup,
    seed: number,
    signal?: AbortSignal,
  ): Promise<{ openMs: number; imageSet: { hash: string; count: number } }> {
    const reply = await this.#ask({ kind: 'open', target, seed }, signal)
    if (reply.kind !== 'opened') throw unexpected(reply)
    return { openMs: reply.openMs, imageSet: reply.imageSet }
  }

  /** Puts on load. A raised signal ends it at once; the outcome then holds what was measured, with `stopped` set. */
  async load(
    batch: number,
    plan: LoadPlan,
    options: LoadOptions,
    signal?: AbortSignal,
    progress?: (progress: LoadProgress) => void,
  ): Promise<LoadOutcome> {
    const reply = await this.#ask({ kind: 'load', batch, plan, options }, signal, { progress })
    if (reply.kind !== 'loaded') throw unexpected(reply)
    return reply.outcome
  }

  /** Encodes without sending. @throws TwinlensError `cancelled` */
  async encode(task: EncodeTask, seed: number, signal?: AbortSignal): Promise<EncodeFigures> {
    const reply = await this.#ask({ kind: 'encode', task, seed }, signal)
    if (reply.kind !== 'encoded') throw unexpected(reply)
    return reply.figures
  }

  async pipeline(task: PipelineTask, signal?: AbortSignal, photos?: (done: number) => void): Promise<PipelineFigures> {
    const reply = await this.#ask({ kind: 'pipeline', task }, signal, { photos })
    if (reply.kind !== 'piped') throw unexpected(reply)
    return reply.figures
  }

  async close(): Promise<void> {
    this.#lose('it was closed')
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL')
    await this.#exited
  }

  #ask(
    body: Body,
    signal: AbortSignal | undefined,
    listeners: { progress?: Pending['progress']; photos?: Pending['photos'] } = {},
  ): Promise<LoadReply> {
    if (this.#gone !== null) return Promise.reject(this.#gone)
    if (signal?.aborted === true) return Promise.reject(new TwinlensError('cancelled', 'Stopped on request.'))
    const id = this.#nextId++
    let patience: NodeJS.Timeout | undefined
    const stop = (): void => {
      this.#child.send({ kind: 'stop' } satisfies LoadRequest)
      patience = setTimeout(() => void this.close(), stopPatienceMs)
    }
    signal?.addEventListener('abort', stop, { once: true })
    return new Promise<LoadReply>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject, progress: listeners.progress, photos: listeners.photos })
      this.#child.send({ ...body, id })
    }).finally(() => {
      signal?.removeEventListener('abort', stop)
      clearTimeout(patience)
    })
  }

  #receive(reply: LoadReply): void {
    const pending = this.#pending.get(reply.id)
    if (pending === undefined) return
    if (reply.kind === 'progress') return pending.progress?.(reply.progress)
    if (reply.kind === 'photos') return pending.photos?.(reply.done)
    this.#pending.delete(reply.id)
    if (reply.kind === 'failed') pending.reject(new TwinlensError(reply.code, reply.message))
    else pending.resolve(reply)
  }

  #lose(why: string): void {
    this.#gone ??= new TwinlensError(
      'engine-lost',
      `The process that measures was lost: ${why}. What was measured before is kept; run the benchmark again or resume it.`,
    )
    for (const pending of this.#pending.values()) pending.reject(this.#gone)
    this.#pending.clear()
  }
}

function unexpected(reply: LoadReply): TwinlensError {
  return new TwinlensError('internal', `The load process answered ${reply.kind}, which was not asked for.`)
}
