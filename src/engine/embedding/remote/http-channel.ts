import type { IncomingHttpHeaders } from 'node:http'
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib'
import type { Dispatcher } from 'undici'
import { TwinlensError } from '../../../shared/errors.ts'
import { headersOf, openDispatcher, originOf, usesProxy } from './http-dispatcher.ts'
import type { ServerAccess } from './inference-client.ts'
import { nonsense } from './reply-check.ts'
import { parseServerAddress, type ServerAddress } from './server-address.ts'
import { fromHttpStatus, fromNetworkError, secretsOf, timeoutError, type ErrorContext } from './server-errors.ts'
import { errorBodyLimit } from './server-text.ts'

export interface HttpCall {
  method: 'GET' | 'HEAD' | 'POST'
  /** Below the address's own path; begins with a slash. */
  path: string
  /** All headers of the request, made with `HttpChannel.headers` so that it can be done once. */
  headers?: Readonly<Record<string, string>>
  body?: Uint8Array
  signal?: AbortSignal | undefined
  /** For the whole exchange. */
  timeoutMs: number
  /** Most bytes of a good answer. */
  maxBytes: number
}

export interface HttpReply {
  status: number
  headers: IncomingHttpHeaders
  /** Of an error status at most its first 16 KB. */
  body: Buffer
  firstByteMs: number
  roundTripMs: number
}

/** Sockets, secrets and errors of one address. Calls may overlap without limit. */
export class HttpChannel {
  readonly address: ServerAddress
  readonly errors: ErrorContext
  readonly dispatcher: Dispatcher
  private readonly base: Readonly<Record<string, string>>
  private readonly origin: string

  /** @throws TwinlensError `invalid-request`: the address, a header, the certificate or the proxy setting can't be used */
  constructor(access: ServerAccess) {
    this.address = parseServerAddress(access.url, access.kind)
    if (this.address.transport !== 'http')
      throw new TwinlensError('invalid-request', `${this.address.url} is a gRPC address.`)
    this.errors = { address: this.address.url, secrets: secretsOf(access), proxied: usesProxy(this.address) }
    this.base = headersOf(access)
    this.origin = originOf(this.address)
    this.dispatcher = openDispatcher(this.address, access.certificate)
  }

  /** The headers of a request: those of every request and its own. */
  headers(own: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    return { ...this.base, ...own }
  }

  /**
   * One exchange, whatever its status.
   *
   * @throws TwinlensError `server-unreachable`, `server-timeout`, `server-nonsense` (not HTTP, or longer than `maxBytes`), `cancelled`
   */
  async exchange(call: HttpCall): Promise<HttpReply> {
    return new Promise<HttpReply>((resolve, reject) => {
      const running = new Exchange(call, this.errors, resolve, reject)
      if (!running.begin()) return
      try {
        this.dispatcher.dispatch(
          {
            origin: this.origin,
            path: this.address.path + call.path,
            method: call.method,
            headers: call.headers ?? this.base,
            body: call.body ?? null,
          },
          running,
        )
      } catch (error) {
        running.fail(error)
      }
    })
  }

  /**
   * One exchange that must go well.
   *
   * @throws TwinlensError as `exchange`, and what an error status means (`fromHttpStatus`)
   */
  async ask(call: HttpCall): Promise<HttpReply> {
    const reply = await this.exchange(call)
    if (reply.status >= 200 && reply.status <= 299) return reply
    throw this.errorOf(reply)
  }

  /** What a reply with an error status means (`fromHttpStatus`). */
  errorOf({ status, body, headers }: HttpReply): TwinlensError {
    return fromHttpStatus(status, body, this.errors, headers['retry-after'])
  }

  /** Cuts all connections; what is under way is rejected with `cancelled`. */
  async close(): Promise<void> {
    await this.dispatcher.destroy(new TwinlensError('cancelled', 'The connection was closed.'))
  }
}

/** undici's handler for one exchange. It settles once; what comes later is dropped with its socket. */
class Exchange implements Dispatcher.DispatchHandler {
  private readonly call: HttpCall
  private readonly errors: ErrorContext
  private readonly resolve: (reply: HttpReply) => void
  private readonly reject: (error: unknown) => void
  private readonly started = performance.now()
  private controller: Dispatcher.DispatchController | null = null
  private timer: NodeJS.Timeout | undefined
  private settled = false
  private status = 0
  private replyHeaders: IncomingHttpHeaders = {}
  private firstByteMs = 0
  private chunks: Buffer[] = []
  private received = 0

  constructor(
    call: HttpCall,
    errors: ErrorContext,
    resolve: (reply: HttpReply) => void,
    reject: (error: unknown) => void,
  ) {
    this.call = call
    this.errors = errors
    this.resolve = resolve
    this.reject = reject
  }

  /** Starts the clock; false when the signal was raised before. */
  begin(): boolean {
    const { signal, timeoutMs } = this.call
    if (signal?.aborted === true) {
      this.onAbort()
      return false
    }
    signal?.addEventListener('abort', this.onAbort, { once: true })
    this.timer = setTimeout(() => this.fail(timeoutError(this.errors)), timeoutMs)
    return true
  }

  private readonly onAbort = (): void => {
    this.fail(new TwinlensError('cancelled', 'Stopped on request.', { cause: this.call.signal?.reason }))
  }

  fail(error: unknown): void {
    if (!this.settle()) return
    const told = fromNetworkError(error, this.errors)
    this.controller?.abort(told)
    this.reject(told)
  }

  private settle(): boolean {
    if (this.settled) return false
    this.settled = true
    clearTimeout(this.timer)
    this.call.signal?.removeEventListener('abort', this.onAbort)
    return true
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller
    if (this.settled) controller.abort(new Error('No longer wanted.'))
  }

  onResponseStart(_controller: unknown, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return
    this.status = status
    this.replyHeaders = headers
    this.firstByteMs = performance.now() - this.started
    const announced = Number(headers['content-length'] ?? 0)
    if (status < 300 && announced > this.call.maxBytes && this.call.method !== 'HEAD') this.failTooLong()
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    if (this.settled) return
    this.chunks.push(chunk)
    this.received += chunk.length
    if (this.status >= 300) {
      if (this.received >= errorBodyLimit) this.finishEarly()
    } else if (this.received > this.call.maxBytes) this.failTooLong()
  }

  onResponseEnd(): void {
    this.finish()
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.fail(error)
  }

  private failTooLong(): void {
    this.fail(nonsense(this.errors.address, `it is longer than the ${this.call.maxBytes} bytes that it may have`))
  }

  /** Enough of an error is known; the rest is not waited for. */
  private finishEarly(): void {
    this.finish()
    this.controller?.abort(new Error('Enough was read.'))
  }

  private finish(): void {
    if (!this.settle()) return
    const [only] = this.chunks
    const raw = this.chunks.length === 1 && only !== undefined ? only : Buffer.concat(this.chunks, this.received)
    try {
      const body = uncompressed(raw, this.replyHeaders['content-encoding'], this.call.maxBytes)
      const { status, replyHeaders: headers, firstByteMs } = this
      this.resolve({ status, headers, body, firstByteMs, roundTripMs: performance.now() - this.started })
    } catch (error) {
      if (this.status >= 300) this.resolve({ ...this.failedReply(), body: Buffer.alloc(0) })
      else this.reject(nonsense(this.errors.address, 'its compression is damaged', error))
    }
  }

  private failedReply(): Omit<HttpReply, 'body'> {
    const { status, replyHeaders: headers, firstByteMs } = this
    return { status, headers, firstByteMs, roundTripMs: performance.now() - this.started }
  }
}

/** Proxies compress even where they are asked not to. */
function uncompressed(body: Buffer, encoding: string | string[] | undefined, maxBytes: number): Buffer {
  const named = String(encoding ?? 'identity').toLowerCase()
  if (named === 'identity' || body.length === 0) return body
  const limit = { maxOutputLength: Math.max(maxBytes, errorBodyLimit) }
  if (named === 'gzip' || named === 'x-gzip') return gunzipSync(body, limit)
  if (named === 'deflate') return inflateSync(body, limit)
  if (named === 'br') return brotliDecompressSync(body, limit)
  throw new RangeError(`Unknown encoding.`)
}
