import type { BackendDescription } from '../../shared/contract/models.ts'
import { asTwinlensError, isCancellation, type ErrorCode } from '../../shared/errors.ts'
import type { Embedder } from '../embedding/embedder.ts'
import { PicturesRefused } from '../embedding/pictures-refused.ts'

export interface StandIn {
  /** Opens this computer's model of the same space. */
  open(): Promise<Embedder>
  /** After this long without a server it takes over by itself; null: only when asked. */
  afterMs: number | null
}

/**
 * [Note: Local stand-in]
 * Servers with this computer's own copy of their network behind them. Both give the same vectors, so one may take over from
 * the other in mid-scan: what the servers had not answered and confirmed yet is computed here, and nothing is lost. It takes
 * over when asked (`useLocal`), or by itself after an outage of the stated length or when the servers refuse for good. It
 * stays until the end of the scan: the next one asks the servers again.
 */
export class StandInEmbedder implements Embedder {
  readonly spaceKey: string
  readonly dimension: number
  readonly #remote: Embedder
  readonly #standIn: StandIn
  readonly #leaving = new AbortController()
  readonly #listeners: ((description: BackendDescription) => void)[] = []
  #local: Embedder | null = null
  #opening: Promise<void> | null = null
  #reason = ''
  #timer: NodeJS.Timeout | null = null
  #closed = false

  constructor(remote: Embedder, standIn: StandIn) {
    this.#remote = remote
    this.#standIn = standIn
    this.spaceKey = remote.spaceKey
    this.dimension = remote.dimension
    remote.onChange(() => {
      this.#watchOutage()
      if (this.#local === null) this.#tell()
    })
  }

  get description(): BackendDescription {
    if (this.#local === null) return this.#remote.description
    const { description } = this.#local
    const reasons = [this.#reason, description.fallbackReason].filter((reason) => reason !== null && reason !== '')
    return { ...description, fallbackReason: reasons.join(' ') }
  }

  get batchSize(): number {
    return (this.#local ?? this.#remote).batchSize
  }

  get concurrency(): number {
    return (this.#local ?? this.#remote).concurrency
  }

  get outage(): Embedder['outage'] {
    return this.#local === null ? this.#remote.outage : null
  }

  onChange(callback: (description: BackendDescription) => void): void {
    this.#listeners.push(callback)
  }

  async embed(pixels: Uint8Array[], signal?: AbortSignal): Promise<Float32Array[]> {
    if (this.#local === null) {
      const leaving = this.#leaving.signal
      try {
        return await this.#remote.embed(pixels, signal === undefined ? leaving : AbortSignal.any([signal, leaving]))
      } catch (error) {
        if (signal?.aborted || this.#closed) throw error
        if (!leaving.aborted) {
          if (isCancellation(error) || this.#standIn.afterMs === null || !endsRemote(error)) throw error
          await this.useLocal(asTwinlensError(error).message)
        }
      }
      await this.#opening
    }
    if (this.#local === null) throw new Error('The local stand-in is not open.')
    return this.#local.embed(pixels, signal)
  }

  /**
   * From now on this computer computes.
   *
   * @param why a sentence for the description
   * @throws TwinlensError what opening the local model throws; the servers then stay in charge
   */
  useLocal(why: string): Promise<void> {
    this.#opening ??= this.#open(why).catch((error: unknown) => {
      this.#opening = null
      throw error
    })
    return this.#opening
  }

  async close(): Promise<void> {
    this.#closed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    await this.#opening?.catch(() => undefined)
    await Promise.all([this.#remote.close(), this.#local?.close()])
  }

  async #open(why: string): Promise<void> {
    const local = await this.#standIn.open()
    if (this.#closed) return local.close()
    this.#reason = `${why} This computer goes on with the same model.`
    this.#local = local
    local.onChange(() => this.#tell())
    this.#leaving.abort()
    this.#tell()
  }

  #watchOutage(): void {
    const { afterMs } = this.#standIn
    const { outage } = this.#remote
    if (outage === null || afterMs === null || this.#local !== null) {
      if (this.#timer !== null) clearTimeout(this.#timer)
      this.#timer = null
      return
    }
    this.#timer ??= setTimeout(() => {
      this.#timer = null
      const seconds = Math.round(afterMs / 1000)
      void this.useLocal(`No server answered for ${seconds} seconds: ${outage.reason}`).catch((error: unknown) => {
        console.error(asTwinlensError(error).message)
      })
    }, afterMs)
  }

  #tell(): void {
    for (const listener of this.#listeners) listener(this.description)
  }
}

const goneCodes: ReadonlySet<ErrorCode> = new Set([
  'not-authorised',
  'server-refused',
  'server-nonsense',
  'server-failed',
  'parity-failed',
  'backend-unusable',
  'server-unreachable',
])

/** Whether the servers will not do any work, as against a refusal of one picture. */
function endsRemote(error: unknown): boolean {
  if (error instanceof PicturesRefused) return false
  return goneCodes.has(asTwinlensError(error).code)
}
