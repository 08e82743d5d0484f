import {
  connect,
  constants,
  type ClientHttp2Session,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2'
import { isIPv6 } from 'node:net'
import { asTwinlensError, throwIfCancelled, TwinlensError } from '../../../shared/errors.ts'
import { isLoopback } from './exposure.ts'
import { contextFor, usesProxy } from './http-dispatcher.ts'
import { fromNetworkError, timeoutError } from './server-errors.ts'
import type { GrpcChannel, Lane } from './triton-grpc-channel.ts'
import { GrpcReply, prefixBytes } from './triton-grpc-reply.ts'
import { grpcCalls } from './triton-grpc-schema.ts'

/** A connection is read by one thread of the server at a time; more than this brought nothing more. */
const mostLanes = 4
const connectTimeoutMs = 5000
/** A connection without any work is given up: what lies between may have forgotten it. */
const idleMs = 30_000
/** Room for an answer before the server has to wait for our word. */
const replyWindowBytes = 1024 * 1024
/**
 * Node gives up streams of a connection that holds more than 10 MB, unsent bodies counted; a batch of 32 has 19 MB. How much is under
 * way is the caller's to bound.
 */
const maxSessionMemory = Number.MAX_SAFE_INTEGER

interface Http2Lane extends Lane {
  readonly session: ClientHttp2Session
  /** Why it broke. */
  trouble: Error | null
}

/**
 * [Note: Pictures go over HTTP/2 without the gRPC library]
 * The library copies every message into new memory before it sends it; with 600 KB a picture this and the collection of that memory
 * took four fifths of the client's processor time (1.3 ms a request against 0.3, Triton 24.10 on the same machine), and kept the
 * throughput below half of what a client in C++ reaches. What a request with one message and one answer needs of gRPC is
 * little: five bytes ahead of the message and a status behind the answer (grpc/grpc doc/PROTOCOL-HTTP2.md). The library still asks the
 * questions, and carries everything where a proxy named in the environment may be in between. Streams (`ModelStreamInfer`) are not
 * used: they measured no faster than this, and their errors come without a status.
 */
export class GrpcInference {
  private readonly channel: GrpcChannel
  private readonly certificate: string | null
  private readonly headers: OutgoingHttpHeaders
  private lanes: Http2Lane[] = []
  private closed = false

  /** @param certificate PEM of an additional authority */
  constructor(channel: GrpcChannel, certificate: string | null) {
    this.channel = channel
    this.certificate = certificate
    this.headers = {
      ...channel.metadata.toHttp2Headers(),
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_PATH]: grpcCalls().ModelInfer.path,
      [constants.HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc',
      [constants.HTTP2_HEADER_TE]: 'trailers',
      [constants.HTTP2_HEADER_USER_AGENT]: 'twinlens',
    }
  }

  /**
   * One ModelInfer.
   *
   * @param framed a prefix (`writePrefix`) and a ModelInferRequest; may be sent any number of times
   * @returns the ModelInferResponse
   * @throws TwinlensError as `GrpcChannel.exchange`
   */
  async exchange(framed: Buffer, signal: AbortSignal | undefined, timeoutMs: number): Promise<Buffer> {
    throwIfCancelled(signal)
    const { address } = this.channel
    if (usesProxy(address) || (process.env['grpc_proxy'] !== undefined && !isLoopback(address.host)))
      return this.channel.exchange('ModelInfer', framed.subarray(prefixBytes), { signal, timeoutMs })
    const lane = this.lane()
    try {
      return await this.exchangeOn(lane, framed, signal, timeoutMs)
    } catch (error) {
      throw fromNetworkError(error, this.channel.errors)
    }
  }

  private exchangeOn(
    lane: Http2Lane,
    framed: Buffer,
    signal: AbortSignal | undefined,
    timeoutMs: number,
  ): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      // It throws where the connection has just ended.
      const stream = lane.session.request(this.headers, { endStream: false })
      const reply = new GrpcReply(this.channel.errors)
      const wait = this.channel.attend({
        signal,
        timeoutMs,
        lane,
        reject,
        cancel: () => stream.close(constants.NGHTTP2_CANCEL),
        retire: () => this.retire(lane),
      })
      let failure: Error | null = null
      stream.on('response', (headers) => reply.begin(headers))
      stream.on('data', (chunk: Buffer) => {
        if (!reply.take(chunk)) stream.close(constants.NGHTTP2_CANCEL)
      })
      stream.on('trailers', (trailers: IncomingHttpHeaders) => reply.finish(trailers))
      stream.on('error', (error: Error) => {
        failure = error
      })
      // The end of the answer comes a turn before that of the stream; a stream that is cut has the latter only.
      stream.on('end', () => {
        if (!reply.isWhole) return
        wait.end()
        settle(resolve, reject, reply)
      })
      stream.on('close', () => {
        wait.end()
        if (reply.isWhole || reply.isTooLong) settle(resolve, reject, reply)
        else reject(lane.trouble ?? reasonOf(failure) ?? cutError())
      })
      stream.end(framed)
    })
  }

  /**
   * The connection with the fewest requests.
   *
   * @throws TwinlensError `cancelled` after `close`
   */
  private lane(): Http2Lane {
    if (this.closed) throw new TwinlensError('cancelled', 'The connection was closed.')
    let least: Http2Lane | undefined
    for (const lane of this.lanes) if (least === undefined || lane.busy < least.busy) least = lane
    if (least !== undefined && (least.busy === 0 || this.lanes.length >= mostLanes)) return least
    const lane: Http2Lane = { session: this.connect(), busy: 0, trouble: null }
    this.lanes.push(lane)
    lane.session.on('error', (error: Error) => {
      lane.trouble = error
      this.drop(lane)
    })
    for (const end of ['goaway', 'close']) lane.session.on(end, () => this.drop(lane))
    lane.session.setTimeout(idleMs, () => {
      if (lane.busy === 0) this.retire(lane)
    })
    return lane
  }

  private connect(): ClientHttp2Session {
    const { host, port, secure } = this.channel.address
    const authority = `${secure ? 'https' : 'http'}://${isIPv6(host) ? `[${host}]` : host}:${port}`
    const settings = { enablePush: false, initialWindowSize: replyWindowBytes }
    const tls = secure ? { secureContext: contextFor(this.certificate) } : {}
    const session = connect(authority, { settings, maxSessionMemory, ...tls })
    const late = setTimeout(() => {
      session.destroy(timeoutError(this.channel.errors))
    }, connectTimeoutMs)
    for (const event of ['connect', 'close']) session.once(event, () => clearTimeout(late))
    return session
  }

  private drop(lane: Http2Lane): void {
    this.lanes = this.lanes.filter((other) => other !== lane)
  }

  /** Takes no new requests there; those under way are ended by themselves. */
  private retire(lane: Http2Lane): void {
    this.drop(lane)
    lane.session.close()
  }

  /** Cuts all connections; what is under way is the channel's to reject. */
  close(): void {
    this.closed = true
    for (const { session } of this.lanes) session.destroy()
    this.lanes = []
  }
}

function settle(resolve: (message: Buffer) => void, reject: (error: Error) => void, reply: GrpcReply): void {
  try {
    resolve(reply.message())
  } catch (error) {
    reject(asTwinlensError(error))
  }
}

/** Streams that had not begun when their connection broke are ended with an error that only says so. */
function reasonOf(failure: Error | null): Error | null {
  const isEcho = failure !== null && 'code' in failure && failure.code === 'ERR_HTTP2_STREAM_CANCEL'
  return isEcho && failure.cause instanceof Error ? failure.cause : failure
}

function cutError(): Error {
  return Object.assign(new Error('The connection was cut.'), { code: 'ECONNRESET' })
}
