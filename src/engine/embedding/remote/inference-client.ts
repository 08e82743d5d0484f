import type { InputFormat, InputOffer, ServerKind, ServerReport } from '../../../shared/contract/servers.ts'
import type { Preprocessing } from '../../../shared/contract/photo.ts'

/**
 * [Note: Layers of a remote backend]
 * `ServerConnection` knows one address: what it offers, and its sockets. `InferenceClient` speaks one offer of it: it encodes
 * pictures and sends exactly one request for each `send`, no retry, no waiting. `remote-embedder.ts` makes an Embedder of several
 * such clients: retries, circuit breakers, how many are under way, splitting a batch that fails. The benchmark drives the
 * clients themselves, so what it measures is what a scan uses.
 */

/** Everything needed to speak to one address. Secrets are in here: never log or show it. */
export interface ServerAccess {
  kind: ServerKind
  /** `http(s)://host:port[/path]` or `grpc(s)://host:port`. */
  url: string
  token: string | null
  headers: Readonly<Record<string, string>>
  /** PEM of an additional certificate authority; null: the system's only. */
  certificate: string | null
  metricsUrl: string | null
  /** Model to ask for where the server does not list its own; it is offered first. */
  model?: string | null
}

/** Encoders lent by imaging. Pixels are height × width × 3 bytes RGB. */
export interface PictureCodec {
  /** Quality 95, 4:4:4: the loss that parity allows for. */
  jpeg(pixels: Uint8Array, width: number, height: number): Promise<Uint8Array>
  png(pixels: Uint8Array, width: number, height: number): Promise<Uint8Array>
}

/** What a client needs to turn the model's pixels into its format. */
export interface InputRecipe {
  preprocessing: Preprocessing
  codec: PictureCodec
}

/** A request ready to be sent, any number of times. */
export interface EncodedRequest {
  count: number
  /** Bytes of the body as it goes out. */
  bodyBytes: number
  /** Milliseconds spent on making it. */
  encodeMs: number
  /** For the client that made it only. */
  readonly body: unknown
}

/** What the server says of its own time, milliseconds; absent where it does not say. */
export interface ServerTiming {
  decodeMs?: number
  preprocessMs?: number
  queueMs?: number
  inferenceMs?: number
}

export interface InferenceReply {
  /** count × dimension, unit length (normalised here when the server did not: `rawNorms` tells). */
  vectors: Float32Array
  dimension: number
  /** Length of each vector as the server sent it. */
  rawNorms: Float32Array
  requestBytes: number
  responseBytes: number
  /** From handing over the request to the last byte of the reply. */
  roundTripMs: number
  /** From handing over to the first byte of the reply; null where the transport does not tell. */
  firstByteMs: number | null
  parseMs: number
  server: ServerTiming
}

export interface SendOptions {
  signal?: AbortSignal | undefined
  /** Whole exchange; `server-timeout` after it. */
  timeoutMs?: number
}

export interface InferenceClient {
  /** Without secrets, for display: `http://10.0.0.5:8003`. */
  readonly address: string
  readonly kind: ServerKind
  readonly offer: InputOffer
  /**
   * @param pictures each height × width × 3 bytes RGB at the model's input size
   * @throws TwinlensError `invalid-request` for more than `offer.maxBatch` pictures or a picture of the wrong size
   */
  encode(pictures: readonly Uint8Array[]): Promise<EncodedRequest>
  /**
   * Sends one request and checks its reply: count, dimension, finite numbers, length above zero.
   * @throws TwinlensError `server-unreachable` (refused, reset, name unknown), `server-timeout`, `server-busy` (429, 503, 502, 504,
   *   UNAVAILABLE: worth trying again), `server-failed` (the server's fault, 500), `server-refused` (our fault: 400, 404, 413, 422 …),
   *   `not-authorised` (401, 403), `server-nonsense` (an answer that is no answer), `cancelled`
   */
  send(request: EncodedRequest, options?: SendOptions): Promise<InferenceReply>
}

export interface ServerConnection {
  readonly address: string
  readonly kind: ServerKind
  /** Asks everything; never throws for what the server does: `problem` tells. Throws `cancelled` only. */
  inspect(signal?: AbortSignal): Promise<ServerReport>
  /** Whether it would take work now; quick, no retry. */
  isReady(signal?: AbortSignal): Promise<boolean>
  client(offer: InputOffer, recipe: InputRecipe): InferenceClient
  /** One untouched encoded picture, preprocessed by the server itself; null where it takes tensors only. */
  embedEncoded(
    picture: Uint8Array,
    type: 'image/jpeg' | 'image/png',
    signal?: AbortSignal,
  ): Promise<Float32Array | null>
  close(): Promise<void>
}

/** Formats that a kind of server may offer, the smallest payload first. */
export const formatsOf: Readonly<Record<ServerKind, readonly InputFormat[]>> = {
  pytorch: ['multipart-jpeg', 'base64-jpeg', 'multipart-png', 'base64-png'],
  triton: ['jpeg', 'uint8', 'fp16', 'fp32', 'json-fp32'],
}
