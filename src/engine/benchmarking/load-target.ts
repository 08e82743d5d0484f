import type {
  EncodedRequest,
  InferenceClient,
  SendOptions,
  ServerTiming,
} from '../embedding/remote/inference-client.ts'
import { OnnxLink } from '../embedding/onnx-link.ts'
import type { SessionSetup } from '../embedding/onnx-messages.ts'
import { throwIfCancelled, TwinlensError } from '../../shared/errors.ts'

/** What one answered request tells besides how long it took. */
export interface LoadReply {
  requestBytes: number
  responseBytes: number
  /** Null where the transport does not tell. */
  firstByteMs: number | null
  parseMs: number
  server: ServerTiming
}

/** What load is put on. A request is prepared ahead of the clock and sent any number of times. */
export interface LoadTarget {
  /** How many answer; a pool should hold a request for each. */
  readonly servers: number
  prepare(pictures: readonly Uint8Array[]): Promise<EncodedRequest>
  /** Exactly one request; rejects with the codes of `InferenceClient.send`. */
  send(request: EncodedRequest, options: SendOptions): Promise<LoadReply>
  close(): Promise<void>
}

/** Which server a request was made for: its headers may hold that server's token. */
const madeFor = new WeakMap<EncodedRequest, InferenceClient>()

/** One server, or several taken in turns: the k-th request that is made is for server k mod n. */
export function remoteTarget(clients: readonly InferenceClient[], close: () => Promise<void>): LoadTarget {
  const [first] = clients
  if (first === undefined) throw new TwinlensError('invalid-request', 'There is no server to put load on.')
  let turn = 0
  return {
    servers: clients.length,
    async prepare(pictures) {
      const client = clients[turn++ % clients.length] ?? first
      const request = await client.encode(pictures)
      madeFor.set(request, client)
      return request
    },
    async send(request, options) {
      const client = madeFor.get(request) ?? first
      const { requestBytes, responseBytes, firstByteMs, parseMs, server } = await client.send(request, options)
      return { requestBytes, responseBytes, firstByteMs, parseMs, server }
    },
    close,
  }
}

/** Opening may have to build a TensorRT engine. */
const openLimitMs = 300_000

/** The session that a scan would use, in a thread or process of its own. It answers one batch after the other. */
export async function localTarget(setup: SessionSetup): Promise<LoadTarget> {
  const link = await OnnxLink.open(setup, openLimitMs)
  return {
    servers: 1,
    prepare(pictures) {
      const begun = performance.now()
      const body = Buffer.concat(pictures)
      const encodeMs = performance.now() - begun
      return Promise.resolve({ count: pictures.length, bodyBytes: body.length, encodeMs, body })
    },
    async send(request, { signal, timeoutMs }) {
      throwIfCancelled(signal)
      const pixels = request.body
      if (!(pixels instanceof Uint8Array)) throw new TwinlensError('internal', 'Not a request of the local model.')
      const computing = link.embed(Uint8Array.from(pixels), request.count, { give: true, limitMs: Infinity })
      const { computeMs } = await bounded(computing, signal, timeoutMs)
      return {
        requestBytes: request.bodyBytes,
        responseBytes: 0,
        firstByteMs: null,
        parseMs: 0,
        server: { inferenceMs: computeMs },
      }
    },
    close: () => link.close(),
  }
}

/** Leaves what computes to its end, but stops waiting for it. */
async function bounded<T>(work: Promise<T>, signal: AbortSignal | undefined, timeoutMs = Infinity): Promise<T> {
  work.catch(() => undefined)
  return new Promise<T>((resolve, reject) => {
    const stop = (): void => reject(new TwinlensError('cancelled', 'Stopped on request.'))
    const late = (): void =>
      reject(new TwinlensError('server-timeout', `The local model gave no answer within ${timeoutMs / 1000} s.`))
    const timer = Number.isFinite(timeoutMs) ? setTimeout(late, timeoutMs) : undefined
    signal?.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
    })
  })
}
