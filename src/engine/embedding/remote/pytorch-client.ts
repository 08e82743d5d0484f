import type { InputOffer } from '../../../shared/contract/servers.ts'
import { TwinlensError } from '../../../shared/errors.ts'
import { encodeFor, isTensorFormat, type PictureFormat } from './encode-pictures.ts'
import type { HttpChannel } from './http-channel.ts'
import type { EncodedRequest, InferenceClient, InferenceReply, InputRecipe, SendOptions } from './inference-client.ts'
import { base64Body, headerText, multipartBody, readEmbedReply, type PictureBody } from './pytorch-body.ts'
import { checkedVectors } from './reply-check.ts'
import { checkCount, replyLimit, sendTimeoutMs } from './send-limits.ts'

/** The body of this client's requests, with the headers that go with it. */
class PytorchRequest {
  readonly path: string
  readonly bytes: Buffer
  readonly headers: Readonly<Record<string, string>>

  constructor({ path, bytes, contentType }: PictureBody, channel: HttpChannel) {
    this.path = path
    this.bytes = bytes
    this.headers = channel.headers({ 'content-type': contentType })
  }
}

/** Speaks to a PyTorch embedding server: pictures as JPEG or PNG, in JSON or in a form. */
export class PytorchClient implements InferenceClient {
  readonly kind = 'pytorch'
  readonly address: string
  readonly offer: InputOffer
  private readonly channel: HttpChannel
  private readonly recipe: InputRecipe
  private readonly format: PictureFormat

  /** @throws TwinlensError `invalid-request` for a format that such a server does not take */
  constructor(channel: HttpChannel, offer: InputOffer, recipe: InputRecipe) {
    if (isTensorFormat(offer.format) || offer.format === 'jpeg')
      throw new TwinlensError('invalid-request', `A PyTorch server does not take ${offer.format}.`)
    this.channel = channel
    this.address = channel.errors.address
    this.offer = offer
    this.recipe = recipe
    this.format = offer.format
  }

  async encode(pictures: readonly Uint8Array[]): Promise<EncodedRequest> {
    checkCount(pictures.length, this.offer)
    const started = performance.now()
    const { parts } = await encodeFor(this.format, pictures, this.recipe)
    const body = this.format.startsWith('base64')
      ? base64Body(parts)
      : multipartBody(parts, this.format.endsWith('png') ? 'image/png' : 'image/jpeg')
    return {
      count: pictures.length,
      bodyBytes: body.bytes.length,
      encodeMs: performance.now() - started,
      body: new PytorchRequest(body, this.channel),
    }
  }

  async send(request: EncodedRequest, options: SendOptions = {}): Promise<InferenceReply> {
    if (!(request.body instanceof PytorchRequest))
      throw new TwinlensError('internal', 'The request was made by another client.')
    return sendPictures(this.channel, request.body, request.count, this.offer, options)
  }
}

/** One untouched picture in a form, or as base64 where the server takes no forms. */
export async function sendUntouched(
  channel: HttpChannel,
  body: PictureBody,
  offer: InputOffer,
  options: SendOptions,
): Promise<Float32Array> {
  const reply = await sendPictures(channel, new PytorchRequest(body, channel), 1, offer, options)
  return reply.vectors
}

async function sendPictures(
  channel: HttpChannel,
  body: PytorchRequest,
  count: number,
  offer: InputOffer,
  { signal, timeoutMs = sendTimeoutMs }: SendOptions,
): Promise<InferenceReply> {
  const { address } = channel.errors
  const reply = await channel.ask({
    method: 'POST',
    path: body.path,
    headers: body.headers,
    body: body.bytes,
    signal,
    timeoutMs,
    maxBytes: replyLimit(count, offer),
  })
  const parsing = performance.now()
  const timing = headerText(reply.headers['server-timing'])
  const { raw, dimension, server } = readEmbedReply(reply.body, timing, count, address)
  const checked = checkedVectors(raw, count, offer.dimension ?? dimension, address)
  return {
    ...checked,
    requestBytes: body.bytes.length,
    responseBytes: reply.body.length,
    roundTripMs: reply.roundTripMs,
    firstByteMs: reply.firstByteMs,
    parseMs: performance.now() - parsing,
    server,
  }
}
