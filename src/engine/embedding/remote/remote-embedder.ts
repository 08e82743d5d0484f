import type { BackendDescription, RemoteDescription } from '../../../shared/contract/models.ts'
import type { Preprocessing } from '../../../shared/contract/photo.ts'
import { asTwinlensError, throwIfCancelled, TwinlensError } from '../../../shared/errors.ts'
import type { Embedder } from '../embedder.ts'
import { checkPicture, pictureBytes } from '../normalise.ts'
import { EmbedCall, halvesOf, partsOf, type Job } from './embed-call.ts'
import { picturesToCheck, type HeldReply } from './held-replies.ts'
import type { EncodedRequest, InferenceReply } from './inference-client.ts'
import { RemoteAddress, type RemoteServer } from './remote-address.ts'
import { nonsense } from './reply-check.ts'
import { longRetryAfterMs, patienceWith, requestBackOff, retryAfterMsOf, retryDelayMs } from './retry-delay.ts'
import { sendTimeoutMs } from './send-limits.ts'
import { isTooLarge } from './server-errors.ts'

/** What may be on its way at the same time, over all addresses. */
const mostRequests = 64
const mostBytes = 64 * 1024 * 1024
const usualBatch = 8

export interface RemoteEmbedderOptions {
  /** One or more addresses that compute the same: same kind, transport and format. Their connections stay the caller's to close. */
  servers: readonly [RemoteServer, ...RemoteServer[]]
  spaceKey: string
  dimension: number
  preprocessing: Preprocessing
  /** Pictures in a request; never more than the smallest maximum of the servers. Default: 8. */
  batchSize?: number
  /** What is known of the servers from their inspection and parity check. */
  facts: Pick<RemoteDescription, 'provider' | 'device' | 'verdict' | 'fallbackReason'>
  /** Longest that one request may take. Default 60,000 ms. */
  timeoutMs?: number
}

/**
 * Makes an Embedder of servers.
 *
 * Batches are cut to `batchSize` and sent concurrently, as many as the servers' answers show to pay ([Note: How many requests are under
 * way]), to the address where the wait is expected to be shortest. What can pass is tried again: connection errors, timeouts, "no
 * room", failures of the server, nonsense. A batch that fails at a server which embeds other pictures is halved until the picture
 * is found that it can't take: the call then rejects with `PicturesRefused`, which holds the vectors of the others. Vectors are
 * handed on when a later check has shown that the server still computes the same ([Note: Vectors wait for a check]). While no
 * address is up, `outage` tells so, calls wait, and go on by themselves.
 *
 * `embed` rejects otherwise with `cancelled`, and with `not-authorised`, `server-refused` or `server-nonsense` when no address is left
 * that could ever answer.
 */
export function openRemoteEmbedder(options: RemoteEmbedderOptions): Embedder {
  return new RemoteEmbedder(options)
}

class RemoteEmbedder implements Embedder {
  readonly spaceKey: string
  readonly dimension: number
  readonly batchSize: number
  private readonly options: RemoteEmbedderOptions
  private readonly addresses: readonly RemoteAddress[]
  private readonly listeners: ((description: BackendDescription) => void)[] = []
  private readonly calls = new Set<EmbedCall>()
  private readonly timers = new Set<NodeJS.Timeout>()
  private queue: Job[] = []
  private bytes = 0
  private toldLimit = 0
  private closed = false
  outage: { sinceMs: number; reason: string } | null = null

  constructor(options: RemoteEmbedderOptions) {
    const { servers, spaceKey, dimension, preprocessing, batchSize = usualBatch, timeoutMs = sendTimeoutMs } = options
    this.options = options
    this.spaceKey = spaceKey
    this.dimension = dimension
    this.batchSize = Math.max(1, Math.min(batchSize, ...servers.map(({ client }) => client.offer.maxBatch)))
    const blank = new Uint8Array(pictureBytes(preprocessing)).fill(128)
    const listeners = {
      onChange: () => this.onAddressChange(),
      onConfirmed: (replies: readonly HeldReply[]) => replies.forEach((reply) => this.deliver(reply)),
      onDoubted: (replies: readonly HeldReply[]) => this.embedAgain(replies),
    }
    this.addresses = servers.map(
      (server) => new RemoteAddress({ server, blank, mostInFlight: mostRequests, timeoutMs, ...listeners }),
    )
  }

  get description(): BackendDescription {
    const { facts, servers } = this.options
    const up = this.up().toSorted((a, b) => a.cost - b.cost)
    // Addresses of a pool may differ in their way in: what is told is that of the one that is asked first.
    const { kind, offer } = (up[0]?.server ?? servers[0]).client
    const lost = this.addresses.flatMap(({ problem }) => problem?.message ?? [])
    const reasons = [facts.fallbackReason, ...lost].filter((reason) => reason !== null)
    return {
      kind,
      model: offer.model,
      provider: facts.provider,
      device: facts.device,
      fallbackReason: reasons.length === 0 ? null : reasons.join(' '),
      addresses: up.map(({ server }) => server.client.address),
      transport: offer.transport,
      format: offer.format,
      verdict: facts.verdict,
      inFlight: this.mostUnderWay,
    }
  }

  /** Requests under way, and what waits for a check and the answer to it. */
  get concurrency(): number {
    const isHeld = this.addresses.some(({ server }) => server.sample !== undefined)
    return this.mostUnderWay + (isHeld ? Math.ceil((2 * picturesToCheck) / this.batchSize) : 0)
  }

  private get mostUnderWay(): number {
    const limits = this.up().reduce((sum, { limit }) => sum + limit.limit, 0)
    const perBatch = Math.max(...this.addresses.map(({ bytesPerPicture }) => bytesPerPicture)) * this.batchSize
    return Math.max(1, Math.min(mostRequests, limits, Math.floor(mostBytes / perBatch)))
  }

  onChange(callback: (description: BackendDescription) => void): void {
    this.listeners.push(callback)
  }

  async embed(pixels: Uint8Array[], signal?: AbortSignal): Promise<Float32Array[]> {
    throwIfCancelled(signal)
    if (this.closed) throw closedError()
    const hopeless = this.hopeless()
    if (hopeless !== null) throw hopeless
    for (const picture of pixels) checkPicture(picture, this.options.preprocessing)
    const call = new EmbedCall(pixels.length, signal, () => this.forgetFinished())
    this.calls.add(call)
    for (let at = 0; at < pixels.length; at += this.batchSize) {
      const pictures = pixels.slice(at, at + this.batchSize).map((picture) => picture.slice())
      this.queue.push({ call, at, pictures, attempts: 0, faults: 0, avoid: null, encoded: null })
    }
    this.pump()
    return call.promise.finally(() => this.calls.delete(call))
  }

  async close(): Promise<void> {
    this.closed = true
    for (const address of this.addresses) address.close()
    for (const timer of this.timers) clearTimeout(timer)
    for (const call of [...this.calls]) call.reject(closedError())
    this.queue = []
    await Promise.resolve()
  }

  private up(): RemoteAddress[] {
    return this.addresses.filter(({ state }) => state === 'up')
  }

  /** The last reason, when no address will ever answer. */
  private hopeless(): TwinlensError | null {
    return this.addresses.every(({ state }) => state === 'out') ? (this.addresses.at(-1)?.problem ?? null) : null
  }

  private forgetFinished(): void {
    this.queue = this.queue.filter(({ call }) => !call.isOver)
  }

  private pump(): void {
    for (;;) {
      const job = this.queue[0]
      if (job === undefined) return
      const address = this.pick(job)
      if (address === null) return
      this.queue.shift()
      if (job.call.isOver) continue
      const [first = job, ...rest] = partsOf(job, address.mostPictures)
      this.queue.unshift(...rest)
      void this.run(first, address)
    }
  }

  private pick(job: Job): RemoteAddress | null {
    let best: RemoteAddress | null = null
    const isAvoided = (address: RemoteAddress): boolean => address.server.client === job.avoid
    for (const address of this.up()) {
      const bytes = address.bytesPerPicture * job.pictures.length
      if (!address.limit.hasRoom || (this.bytes > 0 && this.bytes + bytes > mostBytes)) continue
      if (best === null || isAvoided(best) || (address.cost < best.cost && !isAvoided(address))) best = address
    }
    return best
  }

  private async run(job: Job, address: RemoteAddress): Promise<void> {
    const ticket = address.limit.begin(performance.now())
    const bytes = address.bytesPerPicture * job.pictures.length
    this.bytes += bytes
    try {
      const request = await this.encoded(job, address)
      address.bytesPerPicture = request.bodyBytes / request.count
      const { client } = address.server
      const reply = await client.send(request, { signal: job.call.signal, timeoutMs: address.timeoutMs })
      this.checkDimension(reply, address)
      // It may wait for a check; its body is 5 MB.
      job.encoded = null
      address.succeeded(ticket, { job, vectors: reply.vectors }, performance.now())
    } catch (thrown) {
      const error = asTwinlensError(thrown)
      address.failed(ticket, error, performance.now())
      if (!job.call.isOver && !this.closed) await this.decide(job, address, error)
    } finally {
      this.bytes -= bytes
      this.tellLimit()
      this.pump()
    }
  }

  private async encoded(job: Job, { server: { client } }: RemoteAddress): Promise<EncodedRequest> {
    if (job.encoded?.client !== client) job.encoded = { client, request: await client.encode(job.pictures) }
    return job.encoded.request
  }

  private checkDimension({ dimension }: InferenceReply, { server }: RemoteAddress): void {
    if (dimension !== this.dimension)
      throw nonsense(server.client.address, `its vectors have ${dimension} numbers instead of ${this.dimension}`)
  }

  private deliver({ job: { call, at, pictures }, vectors }: HeldReply): void {
    for (let index = 0; index < pictures.length; index++)
      call.put(at + index, vectors.slice(index * this.dimension, (index + 1) * this.dimension))
  }

  private embedAgain(replies: readonly HeldReply[]): void {
    this.queue.unshift(...replies.map(({ job }) => job).filter(({ call }) => !call.isOver))
    this.pump()
  }

  /** What becomes of a batch that failed. */
  private async decide(job: Job, address: RemoteAddress, error: TwinlensError): Promise<void> {
    job.avoid = address.server.client
    const patience = patienceWith(error)
    if (patience === 'none') return job.call.reject(error)
    if (isTooLarge(error) && job.pictures.length > 1) {
      address.mostPictures = Math.min(address.mostPictures, job.pictures.length >> 1)
      return void this.queue.unshift(job)
    }
    if (error.code === 'not-authorised') address.leave(error)
    // Where the address itself was given up, nothing speaks against the pictures.
    else if (address.state === 'up' && patience !== 'endless' && ++job.faults >= patience) {
      if (await address.isSound()) return this.blame(job, error)
      job.faults = 0
    }
    this.tryAgain(job, error)
  }

  /** The server embeds other pictures: one of these is the reason. */
  private blame(job: Job, error: TwinlensError): void {
    if (job.pictures.length === 1) return job.call.put(job.at, error)
    this.queue.unshift(...halvesOf(job))
  }

  private tryAgain(job: Job, error: TwinlensError): void {
    const hopeless = this.hopeless()
    if (hopeless !== null) return job.call.reject(hopeless)
    const others = this.up().some(({ server }) => server.client !== job.avoid)
    const attempt = others ? job.attempts - 1 : job.attempts
    job.attempts++
    const delayMs = attempt < 0 ? 0 : retryDelayMs(requestBackOff, attempt)
    const askedMs = retryAfterMsOf(error)
    // After a long one its address is down: the job then waits for whichever address is up first.
    const waitMs = Math.max(delayMs, others || askedMs > longRetryAfterMs ? 0 : askedMs)
    const timer = setTimeout(() => {
      this.timers.delete(timer)
      if (job.call.isOver) return
      this.queue.unshift(job)
      this.pump()
    }, waitMs)
    this.timers.add(timer)
  }

  private onAddressChange(): void {
    const hopeless = this.hopeless()
    if (hopeless !== null) for (const call of [...this.calls]) call.reject(hopeless)
    const away =
      this.up().length > 0 ? null : (hopeless ?? this.addresses.find(({ state }) => state === 'down')?.problem)
    this.outage = away ? { sinceMs: this.outage?.sinceMs ?? Date.now(), reason: away.message } : null
    this.tell()
    this.pump()
  }

  private tellLimit(): void {
    if (this.mostUnderWay !== this.toldLimit && !this.closed) this.tell()
  }

  private tell(): void {
    this.toldLimit = this.mostUnderWay
    const { description } = this
    for (const listener of this.listeners) listener(description)
  }
}

function closedError(): TwinlensError {
  return new TwinlensError('cancelled', 'The connection to the servers was closed.')
}
