import type { ChannelCredentials, ChannelOptions, Client, Metadata } from '@grpc/grpc-js'
import { throwIfCancelled, TwinlensError } from '../../../shared/errors.ts'
import { grpc } from '../late-packages.ts'
import { isLoopback } from './exposure.ts'
import { contextFor, headersOf } from './http-dispatcher.ts'
import type { ServerAccess } from './inference-client.ts'
import { nonsense } from './reply-check.ts'
import { askTimeoutMs } from './send-limits.ts'
import { parseServerAddress, type ServerAddress } from './server-address.ts'
import { fromGrpcStatus, secretsOf, timeoutError, type ErrorContext } from './server-errors.ts'
import { grpcCalls, type GrpcCall } from './triton-grpc-schema.ts'

/** One HTTP/2 connection. */
export interface Lane {
  /** Calls on it. */
  busy: number
}

interface ClientLane extends Lane {
  readonly client: Client
}

/** One exchange on a lane. */
interface Attended {
  signal: AbortSignal | undefined
  timeoutMs: number
  lane: Lane
  reject(error: TwinlensError): void
  /** Ends what is left of it. */
  cancel(): void
  /** Takes the lane out of use. */
  retire(): void
}

/** HTTP/2 shares one connection's window among its streams; beyond this many another connection is opened. */
const callsPerLane = 8
const mostLanes = 4

/**
 * [Note: Triton and cancelled gRPC calls]
 * A call that is cancelled at the moment when its answer is being made can end the whole server with a segmentation fault (up to
 * 24.12; triton-inference-server/server issues 7368 and 8034). So a call that is no longer wanted is left alone for this long, its
 * answer is dropped, and only what is still open then is cancelled. Whoever waits for it is told at once.
 */
export const cancelGraceMs = 2000

const options: ChannelOptions = {
  'grpc.max_send_message_length': -1,
  'grpc.max_receive_message_length': 64 * 1024 * 1024,
  // Without it all lanes to one address would share one connection.
  'grpc.use_local_subchannel_pool': 1,
  // The embedder retries, with all addresses in view; the library would keep a copy of each request for it.
  'grpc.enable_retries': 0,
  'grpc.enable_channelz': 0,
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
  // By default the wait grows to two minutes: a server that is back must be found sooner.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.min_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2000,
  'grpc.dns_min_time_between_resolutions_ms': 5000,
}

interface CallOptions {
  signal?: AbortSignal | undefined
  timeoutMs?: number
}

/** Connections, secrets and errors of one gRPC address. Calls may overlap without limit. */
export class GrpcChannel {
  readonly address: ServerAddress
  readonly errors: ErrorContext
  readonly metadata: Metadata
  private readonly trust: ChannelCredentials
  private lanes: ClientLane[] = []
  private readonly open = new Set<() => void>()
  private closed = false

  /** @throws TwinlensError `invalid-request`: the address, a header or the certificate can't be used */
  constructor(access: ServerAccess) {
    this.address = parseServerAddress(access.url, access.kind)
    if (this.address.transport !== 'grpc')
      throw new TwinlensError('invalid-request', `${this.address.url} is not a gRPC address.`)
    this.errors = { address: this.address.url, secrets: secretsOf(access) }
    this.metadata = metadataOf(access)
    this.trust = this.address.secure
      ? grpc().credentials.createFromSecureContext(contextFor(access.certificate))
      : grpc().credentials.createInsecure()
  }

  /**
   * One small question.
   *
   * @throws TwinlensError what the status means (`fromGrpcStatus`), `server-timeout`, `server-nonsense`, `cancelled`
   */
  async ask(name: GrpcCall, message: object = {}, call: CallOptions = {}): Promise<unknown> {
    const { requestSerialize, responseDeserialize } = grpcCalls()[name]
    const reply = await this.exchange(name, requestSerialize(message), { timeoutMs: askTimeoutMs, ...call })
    return this.decode(responseDeserialize, reply)
  }

  /** @throws TwinlensError `server-nonsense` */
  decode<Reply>(deserialize: (bytes: Buffer) => Reply, bytes: Buffer): Reply {
    try {
      return deserialize(bytes)
    } catch (error) {
      throw nonsense(this.errors.address, 'it is no message of the protocol', error)
    }
  }

  /**
   * One call with a message as it goes out, and the answer as it came.
   *
   * @throws TwinlensError as `ask`
   */
  async exchange(name: GrpcCall, message: Buffer, { signal, timeoutMs = askTimeoutMs }: CallOptions): Promise<Buffer> {
    throwIfCancelled(signal)
    const lane = this.lane()
    return new Promise<Buffer>((resolve, reject) => {
      const wait = this.attend({
        signal,
        timeoutMs,
        lane,
        reject,
        cancel: () => call.cancel(),
        retire: () => this.retire(lane),
      })
      const call = lane.client.makeUnaryRequest(
        grpcCalls()[name].path,
        untouched,
        untouched,
        message,
        this.metadata,
        (error, reply) => {
          wait.end()
          if (error !== null) reject(fromGrpcStatus(error.code, error.details, this.errors))
          else if (reply === undefined) reject(nonsense(this.errors.address, 'it is empty'))
          else resolve(reply)
        },
      )
    })
  }

  /**
   * Watches over one exchange on a lane: rejects at the signal and after the time limit, and cancels what is left of it then. See
   * [Note: Triton and cancelled gRPC calls]. A lane that let a request time out is given up: its connection may be dead
   * without anyone having been told.
   */
  attend({ signal, timeoutMs, lane, reject, cancel, retire }: Attended): { end(): void } {
    let grace: NodeJS.Timeout | undefined
    lane.busy++
    const onAbort = (): void => {
      reject(new TwinlensError('cancelled', 'Stopped on request.', { cause: signal?.reason }))
      clearTimeout(timer)
      grace = setTimeout(cancel, cancelGraceMs).unref()
    }
    const onTimeout = (): void => {
      reject(timeoutError(this.errors))
      retire()
      cancel()
    }
    const onClose = (): void => {
      reject(new TwinlensError('cancelled', 'The connection was closed.'))
      cancel()
    }
    const timer = setTimeout(onTimeout, timeoutMs)
    signal?.addEventListener('abort', onAbort, { once: true })
    this.open.add(onClose)
    return {
      end: () => {
        if (!this.open.delete(onClose)) return
        lane.busy--
        clearTimeout(timer)
        clearTimeout(grace)
        signal?.removeEventListener('abort', onAbort)
      },
    }
  }

  /**
   * The connection with the fewest calls.
   *
   * @throws TwinlensError `cancelled` after `close`
   */
  private lane(): ClientLane {
    if (this.closed) throw new TwinlensError('cancelled', 'The connection was closed.')
    let least = this.lanes[0]
    for (const lane of this.lanes) if (least === undefined || lane.busy < least.busy) least = lane
    if (least !== undefined && (least.busy < callsPerLane || this.lanes.length >= mostLanes)) return least
    const { host, port } = this.address
    const target = `dns:///${host.includes(':') ? `[${host}]` : host}:${port}`
    // Proxies named in the environment are followed, never for this machine's own addresses.
    const proxy = { 'grpc.enable_http_proxy': isLoopback(host) ? 0 : 1 }
    const lane = { client: new (grpc().Client)(target, this.trust, { ...options, ...proxy }), busy: 0 }
    this.lanes.push(lane)
    return lane
  }

  /** Takes no new calls there; those under way are ended by themselves. */
  private retire(lane: ClientLane): void {
    if (!this.lanes.includes(lane)) return
    this.lanes = this.lanes.filter((other) => other !== lane)
    lane.client.close()
  }

  /** Cuts all connections; what is under way is rejected with `cancelled`. */
  close(): void {
    this.closed = true
    for (const end of [...this.open]) end()
    for (const lane of this.lanes) lane.client.close()
    this.lanes = []
  }
}

function untouched(bytes: Buffer): Buffer {
  return bytes
}

/** What gRPC sets itself. */
const transportHeaders = new Set(['user-agent', 'accept-encoding'])

function metadataOf(access: ServerAccess): Metadata {
  const metadata = new (grpc().Metadata)()
  for (const [name, value] of Object.entries(headersOf(access))) {
    if (transportHeaders.has(name)) continue
    try {
      metadata.set(name, value)
    } catch {
      throw new TwinlensError(
        'invalid-request',
        `The header “${name.slice(0, 40)}” can't be sent over gRPC: it takes plain ASCII, and no name that ends in “-bin”.`,
      )
    }
  }
  return metadata
}
