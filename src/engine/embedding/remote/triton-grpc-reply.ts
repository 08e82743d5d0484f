import type { IncomingHttpHeaders, IncomingHttpStatusHeader } from 'node:http2'
import type { TwinlensError } from '../../../shared/errors.ts'
import { nonsense } from './reply-check.ts'
import { fromGrpcStatus, fromHttpStatus, type ErrorContext } from './server-errors.ts'

/** Ahead of each message: one byte, 0 where it is not compressed, and its length (grpc/grpc doc/PROTOCOL-HTTP2.md). */
export const prefixBytes = 5

/** Most bytes of an answer; one vector of 16,384 numbers takes 64 KB. */
const mostBytes = 64 * 1024 * 1024

/** Writes what goes ahead of a message that begins at `prefixBytes` of `framed` and goes to its end. */
export function writePrefix(framed: Buffer): void {
  framed[0] = 0
  framed.writeUInt32BE(framed.length - prefixBytes, 1)
}

/** The answer to one call, as its pieces come in. */
export class GrpcReply {
  private readonly errors: ErrorContext
  private readonly chunks: Buffer[] = []
  private received = 0
  private headers: IncomingHttpHeaders & IncomingHttpStatusHeader = {}
  private trailers: IncomingHttpHeaders = {}
  private begun = false

  constructor(errors: ErrorContext) {
    this.errors = errors
  }

  begin(headers: IncomingHttpHeaders & IncomingHttpStatusHeader): void {
    this.headers = headers
    this.begun = true
  }

  /** @returns false once it is longer than an answer may be */
  take(chunk: Buffer): boolean {
    this.chunks.push(chunk)
    this.received += chunk.length
    return !this.isTooLong
  }

  finish(trailers: IncomingHttpHeaders): void {
    this.trailers = trailers
  }

  get isTooLong(): boolean {
    return this.received > mostBytes
  }

  /** Whether the server has said all that it has to say: how the call went, or, not being gRPC, another status. */
  get isWhole(): boolean {
    return this.status !== undefined || (this.begun && this.headers[':status'] !== 200)
  }

  /** Behind the answer, or ahead of it where there is none. */
  private get status(): string | undefined {
    const told = this.trailers['grpc-status'] ?? this.headers['grpc-status']
    return Array.isArray(told) ? told[0] : told
  }

  /**
   * The message.
   *
   * @throws TwinlensError what its status means; `server-nonsense`
   */
  message(): Buffer {
    if (this.isTooLong) throw this.nonsense(`it is longer than the ${mostBytes} bytes that it may have`)
    const { status } = this
    const body = this.chunks.length === 1 && this.chunks[0] ? this.chunks[0] : Buffer.concat(this.chunks)
    const httpStatus = this.headers[':status'] ?? 0
    if (status === undefined && httpStatus !== 200) throw fromHttpStatus(httpStatus, body, this.errors)
    if (status !== '0') throw fromGrpcStatus(Number(status), this.details, this.errors)
    if (body.length < prefixBytes) throw this.nonsense('it is empty')
    const length = body.readUInt32BE(1)
    if (body[0] !== 0 || body.length !== prefixBytes + length)
      throw this.nonsense(`its message is said to have ${length} bytes and ${body.length - prefixBytes} came`)
    return body.subarray(prefixBytes)
  }

  private nonsense(what: string): TwinlensError {
    return nonsense(this.errors.address, what)
  }

  /** Percent-encoded UTF-8. */
  private get details(): string {
    const told = this.trailers['grpc-message'] ?? this.headers['grpc-message'] ?? ''
    const text = Array.isArray(told) ? told.join(', ') : told
    try {
      return decodeURIComponent(text)
    } catch {
      return text
    }
  }
}
