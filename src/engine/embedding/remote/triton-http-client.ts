import type { InputOffer } from '../../../shared/contract/servers.ts'
import { TwinlensError } from '../../../shared/errors.ts'
import type { HttpChannel } from './http-channel.ts'
import type { EncodedRequest, InferenceClient, InferenceReply, InputRecipe, SendOptions } from './inference-client.ts'
import { binaryBody, jsonBody, readInferReply, type InferBody } from './kserve-infer.ts'
import type { KserveModel } from './kserve-model.ts'
import { OfferedModel } from './offered-model.ts'
import { checkedVectors } from './reply-check.ts'
import { checkCount, replyLimit, sendTimeoutMs } from './send-limits.ts'

/** The body of this client's requests, with the headers that go with it. */
class TritonRequest {
  readonly bytes: Buffer
  readonly headers: Readonly<Record<string, string>>

  constructor(bytes: Buffer, headers: Readonly<Record<string, string>>) {
    this.bytes = bytes
    this.headers = headers
  }
}

/** Speaks KServe v2 over HTTP: JSON, or the binary tensor extension in both directions. */
export class TritonHttpClient implements InferenceClient {
  readonly kind = 'triton'
  readonly address: string
  readonly offer: InputOffer
  private readonly channel: HttpChannel
  private readonly recipe: InputRecipe
  private readonly model: OfferedModel
  private readonly path: string

  /** @param askModel what the server says of the offered model; asked once, when it is first needed */
  constructor(channel: HttpChannel, offer: InputOffer, recipe: InputRecipe, askModel: () => Promise<KserveModel>) {
    this.channel = channel
    this.address = channel.errors.address
    this.offer = offer
    this.recipe = recipe
    this.model = new OfferedModel(offer, this.address, askModel)
    this.path = `${modelPath(offer.model, offer.version)}/infer`
  }

  async encode(pictures: readonly Uint8Array[]): Promise<EncodedRequest> {
    checkCount(pictures.length, this.offer)
    const model = await this.model.get()
    const started = performance.now()
    const made =
      this.offer.format === 'json-fp32'
        ? jsonBody(model, pictures, this.recipe.preprocessing)
        : await binaryBody(model, pictures, this.recipe)
    return {
      count: pictures.length,
      bodyBytes: made.bytes.length,
      encodeMs: performance.now() - started,
      body: new TritonRequest(made.bytes, inferHeaders(this.channel, made)),
    }
  }

  async send(
    request: EncodedRequest,
    { signal, timeoutMs = sendTimeoutMs }: SendOptions = {},
  ): Promise<InferenceReply> {
    const { body } = request
    if (!(body instanceof TritonRequest)) throw new TwinlensError('internal', 'The request was made by another client.')
    const model = await this.model.get()
    const reply = await this.channel.ask({
      method: 'POST',
      path: this.path,
      headers: body.headers,
      body: body.bytes,
      signal,
      timeoutMs,
      maxBytes: replyLimit(request.count, this.offer),
    })
    const parsing = performance.now()
    const length = headerLengthOf(reply.headers)
    const { raw, dimension } = readInferReply(reply.body, length, model, request.count, this.address)
    const checked = checkedVectors(raw, request.count, this.offer.dimension ?? dimension, this.address)
    return {
      ...checked,
      requestBytes: request.bodyBytes,
      responseBytes: reply.body.length,
      roundTripMs: reply.roundTripMs,
      firstByteMs: reply.firstByteMs,
      parseMs: performance.now() - parsing,
      server: {},
    }
  }
}

/** `/v2/models/NAME[/versions/V]`. */
export function modelPath(name: string, version: string | null): string {
  const model = `/v2/models/${encodeURIComponent(name)}`
  return version === null ? model : `${model}/versions/${encodeURIComponent(version)}`
}

/** The headers of an `infer` request. */
export function inferHeaders(channel: HttpChannel, { headerBytes }: InferBody): Readonly<Record<string, string>> {
  return headerBytes === null
    ? channel.headers({ 'content-type': 'application/json' })
    : channel.headers({
        'content-type': 'application/octet-stream',
        'inference-header-content-length': String(headerBytes),
      })
}

/** Bytes of a reply's JSON header as told; undefined where all of it is JSON. */
export function headerLengthOf(headers: Readonly<Record<string, string | string[] | undefined>>): string | undefined {
  const told = headers['inference-header-content-length']
  return Array.isArray(told) ? told[0] : told
}
