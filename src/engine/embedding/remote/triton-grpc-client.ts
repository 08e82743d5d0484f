import type { InputOffer } from '../../../shared/contract/servers.ts'
import { throwIfCancelled, TwinlensError } from '../../../shared/errors.ts'
import { encodeFor, fillTensor, tensorBytesPerPicture } from './encode-pictures.ts'
import type { EncodedRequest, InferenceClient, InferenceReply, InputRecipe, SendOptions } from './inference-client.ts'
import { isVectorDatatype, vectorBytes, vectorDatatypes, vectorsFromBytes } from './vector-bytes.ts'
import { inputShape, type KserveModel } from './kserve-model.ts'
import { OfferedModel } from './offered-model.ts'
import { checkedVectors, nonsense } from './reply-check.ts'
import { checkCount, sendTimeoutMs } from './send-limits.ts'
import type { GrpcChannel } from './triton-grpc-channel.ts'
import type { GrpcInference } from './triton-grpc-inference.ts'
import { prefixBytes, writePrefix } from './triton-grpc-reply.ts'
import { grpcCalls, rawInputTag } from './triton-grpc-schema.ts'

/** A ModelInferRequest as it goes out. */
class GrpcRequest {
  readonly framed: Buffer

  constructor(framed: Buffer) {
    this.framed = framed
  }
}

/** As proto-loader gives it: lists are always there, single fields only where they were sent. */
export interface InferReply {
  outputs: readonly { name?: string; datatype?: string; shape: readonly number[] }[]
  raw_output_contents: readonly Buffer[]
}

/** Speaks KServe v2 over gRPC with raw tensors in both directions. */
export class TritonGrpcClient implements InferenceClient {
  readonly kind = 'triton'
  readonly address: string
  readonly offer: InputOffer
  private readonly channel: GrpcChannel
  private readonly inference: GrpcInference
  private readonly recipe: InputRecipe
  private readonly model: OfferedModel

  /** @param askModel what the server says of the offered model; asked once, when it is first needed */
  constructor(
    channel: GrpcChannel,
    inference: GrpcInference,
    offer: InputOffer,
    recipe: InputRecipe,
    askModel: () => Promise<KserveModel>,
  ) {
    this.channel = channel
    this.inference = inference
    this.address = channel.errors.address
    this.offer = offer
    this.recipe = recipe
    this.model = new OfferedModel(offer, this.address, askModel)
  }

  async encode(pictures: readonly Uint8Array[]): Promise<EncodedRequest> {
    checkCount(pictures.length, this.offer)
    const model = await this.model.get()
    const started = performance.now()
    const framed = await inferMessage(model, this.offer.version, pictures, this.recipe)
    return {
      count: pictures.length,
      bodyBytes: framed.length,
      encodeMs: performance.now() - started,
      body: new GrpcRequest(framed),
    }
  }

  async send(
    request: EncodedRequest,
    { signal, timeoutMs = sendTimeoutMs }: SendOptions = {},
  ): Promise<InferenceReply> {
    const { body } = request
    if (!(body instanceof GrpcRequest)) throw new TwinlensError('internal', 'The request was made by another client.')
    const model = await this.model.get()
    throwIfCancelled(signal)
    const started = performance.now()
    const bytes = await this.inference.exchange(body.framed, signal, timeoutMs)
    const parsing = performance.now()
    const reply = this.channel.decode(grpcCalls().ModelInfer.responseDeserialize, bytes) as InferReply
    const { raw, dimension } = readReply(reply, model, request.count, this.address)
    const checked = checkedVectors(raw, request.count, this.offer.dimension ?? dimension, this.address)
    return {
      ...checked,
      requestBytes: request.bodyBytes,
      responseBytes: prefixBytes + bytes.length,
      roundTripMs: parsing - started,
      firstByteMs: null,
      parseMs: performance.now() - parsing,
      server: {},
    }
  }
}

/** A ModelInferRequest behind its prefix, made in one piece of memory that the tensor is written to directly, at a multiple of 8. */
async function inferMessage(
  model: KserveModel,
  version: string | null,
  pictures: readonly Uint8Array[],
  recipe: InputRecipe,
): Promise<Buffer> {
  const { preprocessing } = recipe
  const shape = inputShape(model, pictures.length, preprocessing)
  if (model.format === 'jpeg') {
    const { parts } = await encodeFor('jpeg', pictures, recipe)
    return bytesMessage(model, version, shape, parts)
  }
  const { format } = model
  const size = pictures.length * tensorBytesPerPicture(format, preprocessing)
  const { framed, tensor } = roomFor(model, version, shape, size)
  fillTensor(format, pictures, preprocessing, tensor, model.channelsLast)
  return framed
}

/** Encoded pictures as elements of a BYTES tensor: each after its length, 4 bytes little-endian. */
export function bytesMessage(
  model: KserveModel,
  version: string | null,
  shape: readonly number[],
  parts: readonly Uint8Array[],
): Buffer {
  const size = parts.reduce((sum, part) => sum + 4 + part.length, 0)
  const { framed, tensor } = roomFor(model, version, shape, size)
  const lengths = new DataView(tensor.buffer, tensor.byteOffset)
  let at = 0
  for (const part of parts) {
    lengths.setUint32(at, part.length, true)
    tensor.set(part, at + 4)
    at += 4 + part.length
  }
  return framed
}

function roomFor(
  model: KserveModel,
  version: string | null,
  shape: readonly number[],
  size: number,
): { framed: Buffer; tensor: Uint8Array<ArrayBuffer> } {
  const head = grpcCalls().ModelInfer.requestSerialize({
    model_name: model.name,
    ...(version === null ? {} : { model_version: version }),
    inputs: [{ name: model.input.name, datatype: model.input.datatype, shape }],
    outputs: [{ name: model.output.name }],
  })
  const ahead = Buffer.concat([Buffer.alloc(prefixBytes), head, Buffer.from([rawInputTag]), varint(size)])
  const pad = (8 - (ahead.length % 8)) % 8
  // Every byte from `pad` on is written; a pool's slice would not begin at a multiple of 8.
  const room = Buffer.allocUnsafeSlow(pad + ahead.length + size)
  ahead.copy(room, pad)
  const { buffer, byteOffset } = room
  const framed = room.subarray(pad)
  writePrefix(framed)
  return { framed, tensor: new Uint8Array(buffer, byteOffset + pad + ahead.length, size) }
}

/** A number as protocol buffers write lengths: seven bits a byte, the lowest first. */
function varint(value: number): Buffer {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest])
    bytes.push((rest % 128) | 128)
  }
}

/**
 * The vectors of a ModelInferResponse, copied out.
 *
 * @throws TwinlensError `server-nonsense`
 */
export function readReply(
  { outputs, raw_output_contents: raws }: InferReply,
  model: KserveModel,
  count: number,
  address: string,
): { raw: Float32Array; dimension: number } {
  const index = outputs.findIndex(({ name }) => name === model.output.name)
  const output = outputs[index]
  const bytes = raws[index]
  if (output === undefined) throw nonsense(address, `it has no output “${model.output.name}”`)
  const { datatype, shape } = output
  if (datatype === undefined || !isVectorDatatype(datatype))
    throw nonsense(address, `its vectors are ${datatype} where one of ${vectorDatatypes} is expected`)
  const values = shape.reduce((product, length) => product * length, 1)
  const dimension = values / count
  const isInOrder = shape.length > 1 ? shape[0] === count : count === 1
  if (!isInOrder || !Number.isInteger(dimension) || dimension < 1)
    throw nonsense(address, `its vectors have the shape [${shape.join(', ')}] and ${count} were asked for`)
  const wanted = vectorBytes(values, datatype)
  if (bytes?.length !== wanted)
    throw nonsense(address, `${wanted} bytes of vectors were expected and ${bytes?.length ?? 0} came`)
  return { raw: vectorsFromBytes(bytes, datatype), dimension }
}
