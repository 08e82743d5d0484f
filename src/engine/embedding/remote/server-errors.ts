import { isCancellation, TwinlensError, type ErrorCode } from '../../../shared/errors.ts'
import type { ServerAccess } from './inference-client.ts'
import { readRetryAfter, waitWords } from './retry-delay.ts'
import { serverText } from './server-text.ts'

/** Who failed and what must not be repeated of what it said. */
export interface ErrorContext {
  /** Display text. */
  address: string
  /** See `secretsOf`. */
  secrets: readonly string[]
  /** Whether the environment names a proxy that may lie on the way. */
  proxied?: boolean
}

/** The values that must never show: the token and the values of the custom headers. */
export function secretsOf(access: Pick<ServerAccess, 'token' | 'headers'>): string[] {
  return [access.token ?? '', ...Object.values(access.headers)].filter((secret) => secret.length > 0)
}

/** System and undici codes that say the name is unknown, nobody listens, or the network does not lead there. */
const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there. Check that the server runs and that the port is right',
  ENOTFOUND: 'the name is not known. Check the spelling',
  EAI_AGAIN: 'the name could not be looked up. Check the network',
  ENETUNREACH: 'the network does not lead there. Check the network',
  EHOSTUNREACH: 'the network does not lead there. Check the network',
  ETIMEDOUT: 'no connection came about in time. Check the address and firewalls',
  UND_ERR_CONNECT_TIMEOUT: 'no connection came about in time. Check the address and firewalls',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
}

const notHttpCodes = new Set(['HPE', 'UND_ERR_HEADERS_OVERFLOW', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'])

const certificateCodes =
  /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_CERT_|HOSTNAME_MISMATCH|INVALID_CA|ERR_SSL_TLSV1_ALERT_UNKNOWN_CA)/

/**
 * What went wrong below HTTP, or gRPC's own transport.
 *
 * @returns `server-unreachable`, `server-timeout` (the server was there and did not answer in time), `server-nonsense` (what came
 *   is not HTTP), `cancelled`
 */
export function fromNetworkError(error: unknown, context: ErrorContext): TwinlensError {
  if (error instanceof TwinlensError) return error
  if (isCancellation(error)) return new TwinlensError('cancelled', 'Stopped on request.', { cause: error })
  const code = networkCodeOf(error)
  const cause = { cause: error }
  const { address } = context
  if (code === 'UND_ERR_DESTROYED' || code === 'UND_ERR_CLOSED')
    return new TwinlensError('cancelled', `The connection to ${address} was closed.`, cause)
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') return timeoutError(context, error)
  if (notHttpCodes.has(code)) {
    // Without the error itself: it holds what was received, and that may repeat what was sent.
    return new TwinlensError(
      'server-nonsense',
      `${address} does not answer as an HTTP server does. Check the port.`,
      error instanceof Error ? { cause: new Error(error.message) } : {},
    )
  }
  if (certificateCodes.test(code)) {
    return new TwinlensError(
      'server-unreachable',
      `${address} can't be trusted (${code}): its certificate is not from an authority that is known here, or not for this name. ` +
        'Add the certificate of its authority, or check the address.',
      cause,
    )
  }
  if (/^ERR_SSL|^EPROTO/.test(code)) {
    return new TwinlensError(
      'server-unreachable',
      `${address} does not speak TLS as expected. Try http, or another port.`,
      cause,
    )
  }
  return new TwinlensError('server-unreachable', unreachable(code, context), cause)
}

function unreachable(code: string, { address, proxied = false }: ErrorContext): string {
  const why = reasons[code] ?? `the connection failed (${code === '' ? 'reason unknown' : code})`
  const advice = proxied
    ? ' A proxy is named in HTTP_PROXY or HTTPS_PROXY and may be what fails; NO_PROXY names servers to reach without it.'
    : ''
  return `${address} can't be reached: ${why}.${advice}`
}

/** The server was reached and did not answer within the time it was given. */
export function timeoutError({ address }: ErrorContext, cause?: unknown): TwinlensError {
  return new TwinlensError(
    'server-timeout',
    `${address} did not answer in time. It may be overloaded or stuck.`,
    cause === undefined ? {} : { cause },
  )
}

/** The first code in a chain of causes; the one of the first attempt where several addresses were tried. */
function networkCodeOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  if (error instanceof AggregateError && error.errors.length > 0) return networkCodeOf(error.errors[0])
  // Its code is not always set (undici 8).
  if (error.name === 'HTTPParserError') return 'HPE'
  const own = 'code' in error && typeof error.code === 'string' ? error.code : ''
  // undici wraps what the system said in "other side closed" and the like.
  const inner = own === '' || own === 'UND_ERR_SOCKET' || own === 'UND_ERR_PRX_CONN' ? networkCodeOf(error.cause) : ''
  return inner === '' ? own : inner
}

/**
 * [Note: Triton's misleading codes]
 * Triton answers 500 where the request could not be read, which is our fault and no reason to try again. It answers 404 with "has
 * no available versions" while a model is being loaded, which will pass. Both seen on 2.51.0 (24.10).
 */
const unreadableRequest = /^(failed to parse the request JSON|Unable to parse ['"])/
const modelBeingLoaded = /has no available versions/

/** Kept as the cause of an error that says: too many bytes in one request. */
class TooLarge extends Error {}

/** Whether a smaller request may pass where this one did not. */
export function isTooLarge(error: Error): boolean {
  return error.cause instanceof TooLarge
}

/**
 * What a reply with an error status means. The cause tells of a request that was too large (`isTooLarge`), or when to come back
 * (`retryAfterMsOf`).
 *
 * @param body what was read of it, capped by the caller; FastAPI repeats the whole input in a 422
 * @param retryAfter the header of that name
 */
export function fromHttpStatus(
  status: number,
  body: Uint8Array,
  context: ErrorContext,
  retryAfter?: string,
): TwinlensError {
  const text = serverText(body, context.secrets)
  const code = httpCode(status, text)
  const wait = code === 'server-busy' ? readRetryAfter(retryAfter) : null
  const words = wait && waitWords(wait)
  const advice = words === null ? httpAdvice(status) : `It asks to come back in ${words}.`
  const error = describe(code, `HTTP ${status}`, text, context, advice)
  if (status === 413) error.cause = new TooLarge()
  else if (wait !== null) error.cause = wait
  return error
}

/** What to do where the status says more than its code does. */
function httpAdvice(status: number): string | undefined {
  if (status === 413)
    return 'It, or a proxy before it, takes no request of this size. Raise that limit, or choose a smaller format (uint8, jpeg).'
  if (status >= 300 && status <= 399)
    return 'It sends us on to another address, and photos are not sent to where it points. Enter that address itself, perhaps with https or a path.'
  return undefined
}

function httpCode(status: number, text: string): ErrorCode {
  if (status === 401 || status === 403) return 'not-authorised'
  if (status === 407) return 'server-unreachable'
  if (status === 408) return 'server-timeout'
  if (status === 429 || status === 502 || status === 503 || status === 504) return 'server-busy'
  if (status === 404 && modelBeingLoaded.test(text)) return 'server-busy'
  if (status >= 500) return unreadableRequest.test(text) ? 'server-refused' : 'server-failed'
  return 'server-refused'
}

/** gRPC's status codes by number (grpc/grpc doc/statuscodes.md). */
const grpcCodes: Readonly<Record<number, readonly [name: string, code: ErrorCode]>> = {
  1: ['CANCELLED', 'server-unreachable'],
  2: ['UNKNOWN', 'server-failed'],
  3: ['INVALID_ARGUMENT', 'server-refused'],
  4: ['DEADLINE_EXCEEDED', 'server-timeout'],
  5: ['NOT_FOUND', 'server-refused'],
  6: ['ALREADY_EXISTS', 'server-refused'],
  7: ['PERMISSION_DENIED', 'not-authorised'],
  8: ['RESOURCE_EXHAUSTED', 'server-busy'],
  9: ['FAILED_PRECONDITION', 'server-refused'],
  10: ['ABORTED', 'server-failed'],
  11: ['OUT_OF_RANGE', 'server-refused'],
  12: ['UNIMPLEMENTED', 'server-refused'],
  13: ['INTERNAL', 'server-failed'],
  14: ['UNAVAILABLE', 'server-busy'],
  15: ['DATA_LOSS', 'server-failed'],
  16: ['UNAUTHENTICATED', 'not-authorised'],
}

/** grpc-js reports its own transport's trouble as UNAVAILABLE, INTERNAL or UNKNOWN; the text tells it from the server's word. */
const grpcTransport =
  /ECONNREFUSED|ECONNRESET|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EPIPE|No connection established|Name resolution failed|Connection dropped|Received RST_STREAM|unable to verify|self-signed certificate|certificate|socket hang up|GOAWAY/i
const grpcTooLarge = /larger than max/i

/**
 * What a gRPC status means.
 *
 * @param grpcStatus the number; `cancelled` by the caller's own signal is not asked here
 */
export function fromGrpcStatus(grpcStatus: number, details: string, context: ErrorContext): TwinlensError {
  const text = serverText(new TextEncoder().encode(details), context.secrets)
  const [name, code] = grpcCodes[grpcStatus] ?? ['status ' + String(grpcStatus), 'server-failed']
  const isTransport = [2, 13, 14].includes(grpcStatus) && grpcTransport.test(details)
  if (isTransport)
    return fromGrpcTransport(details, describe('server-unreachable', `gRPC ${name}`, text, context), context)
  if (grpcStatus === 8 && grpcTooLarge.test(details)) {
    const error = describe('server-refused', `gRPC ${name}`, text, context, httpAdvice(413))
    error.cause = new TooLarge()
    return error
  }
  if (grpcStatus === 5 && modelBeingLoaded.test(details)) return describe('server-busy', `gRPC ${name}`, text, context)
  if (grpcStatus === 4) return timeoutError(context)
  return describe(code, `gRPC ${name}`, text, context)
}

/** grpc-js puts what the system said into its text; it is told as for HTTP where it is known. */
function fromGrpcTransport(details: string, unknown: TwinlensError, context: ErrorContext): TwinlensError {
  const { address } = context
  const code = Object.keys(reasons).find((known) => details.includes(known))
  if (code !== undefined) return new TwinlensError('server-unreachable', unreachable(code, context))
  if (/SSL routines|wrong version number/.test(details))
    return new TwinlensError(
      'server-unreachable',
      `${address} does not speak TLS as expected. Try grpc, or another port.`,
    )
  if (/Failed to connect|No connection established/.test(details) && !/certificate/i.test(details))
    return new TwinlensError(
      'server-unreachable',
      `${address} can't be reached, or does not speak gRPC. Check that the server runs and that the port is right (8004 is usual).`,
    )
  return unknown
}

const phrases: Readonly<Partial<Record<ErrorCode, readonly [what: string, advice: string]>>> = {
  'not-authorised': ['does not let us in', 'Check the token.'],
  'server-unreachable': ["can't be reached", 'Check that the server runs, the address, and the proxy.'],
  'server-timeout': ['did not answer in time', 'It may be overloaded or stuck.'],
  'server-busy': ['has no room for more work just now', 'It is worth trying again.'],
  'server-failed': ['failed at its work', 'Look into its log.'],
  'server-refused': ['refused the request', 'Check that it serves the model that was chosen.'],
}

function describe(
  code: ErrorCode,
  status: string,
  text: string,
  { address }: ErrorContext,
  ownAdvice?: string,
): TwinlensError {
  const [what, usualAdvice] = phrases[code] ?? ['failed', '']
  const advice = ownAdvice ?? usualAdvice
  const said = text === '' ? '' : ` It says: “${text}”`
  return new TwinlensError(code, `${address} ${what} (${status}).${said} ${advice}`.trim())
}
