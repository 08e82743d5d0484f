import type { InputOffer } from '../../shared/contract/servers.ts'
import type { NullServerTask } from './null-server-worker.ts'
import { field, packed, text, varintField } from './protobuf-writer.ts'

interface HttpAnswer {
  status: number
  headers: Record<string, string>
  body: Buffer
}

export interface NullAnswers {
  http(method: string, path: string): HttpAnswer
  /** The framed message (5 bytes of gRPC framing, then protobuf); null for a call that is not known. */
  grpc(path: string): Buffer | null
}

const json = { 'content-type': 'application/json' }

/** Everything that a server of this kind is asked before and during an inference of one picture. */
export function nullAnswers(task: NullServerTask): NullAnswers {
  const dimension = task.offer.dimension ?? 512
  const vector = new Float32Array(dimension)
  vector[0] = 1
  return task.kind === 'pytorch' ? pytorchAnswers(vector) : tritonAnswers(task, vector)
}

function pytorchAnswers(vector: Float32Array): NullAnswers {
  const answer = (value: unknown): HttpAnswer => ({
    status: 200,
    headers: json,
    body: Buffer.from(JSON.stringify(value)),
  })
  const embedding = answer({ embeddings: [Array.from(vector)], model_info: {}, count: 1 })
  const info = answer({ model_name: 'null', pretrained: null, embedding_dim: vector.length, device: 'none' })
  const health = answer({ status: 'ok' })
  return {
    http: (method, path) => (method === 'POST' ? embedding : path.endsWith('/model-info') ? info : health),
    grpc: () => null,
  }
}

const datatypes: Partial<Record<InputOffer['format'], string>> = {
  'json-fp32': 'FP32',
  fp32: 'FP32',
  fp16: 'FP16',
  uint8: 'UINT8',
  jpeg: 'BYTES',
}
/** `DataType` of Triton's model_config.proto. */
const configTypes: Readonly<Record<string, number>> = { UINT8: 2, FP16: 10, FP32: 11, BYTES: 13 }

function tritonAnswers({ offer, preprocessing }: NullServerTask, vector: Float32Array): NullAnswers {
  const { width, height } = preprocessing
  const datatype = datatypes[offer.format] ?? 'FP32'
  const dims = datatype === 'BYTES' ? [1] : datatype === 'UINT8' ? [height, width, 3] : [3, height, width]
  const model: ModelWords = {
    name: offer.model,
    version: offer.version ?? '1',
    datatype,
    dims,
    dimension: vector.length,
    maxBatch: offer.maxBatch,
  }
  const http = tritonHttp(model, vector, offer.format === 'json-fp32')
  const grpc = tritonGrpc(model, vector)
  return { http, grpc: (path) => grpc[path.split('/').at(-1) ?? ''] ?? null }
}

interface ModelWords {
  name: string
  version: string
  datatype: string
  dims: number[]
  dimension: number
  maxBatch: number
}

function tritonHttp(model: ModelWords, vector: Float32Array, asJson: boolean): NullAnswers['http'] {
  const { name, version, datatype, dims, dimension, maxBatch } = model
  const answer = (value: unknown): HttpAnswer => ({
    status: 200,
    headers: json,
    body: Buffer.from(JSON.stringify(value)),
  })
  const output = { name: 'embedding', datatype: 'FP32', shape: [1, dimension] }
  const raw = Buffer.from(vector.buffer)
  const head = { model_name: name, model_version: version }
  const header = Buffer.from(
    JSON.stringify({ ...head, outputs: [{ ...output, parameters: { binary_data_size: raw.length } }] }),
  )
  const binary: HttpAnswer = {
    status: 200,
    headers: { 'content-type': 'application/octet-stream', 'inference-header-content-length': String(header.length) },
    body: Buffer.concat([header, raw]),
  }
  const plain = answer({ ...head, outputs: [{ ...output, data: Array.from(vector) }] })
  const metadata = answer({
    name,
    versions: [version],
    platform: 'null',
    inputs: [{ name: 'image', datatype, shape: [-1, ...dims] }],
    outputs: [{ name: 'embedding', datatype: 'FP32', shape: [-1, dimension] }],
  })
  const config = answer({
    name,
    platform: 'null',
    backend: 'null',
    max_batch_size: maxBatch,
    input: [{ name: 'image', data_type: `TYPE_${datatype === 'BYTES' ? 'STRING' : datatype}`, dims }],
    output: [{ name: 'embedding', data_type: 'TYPE_FP32', dims: [dimension] }],
    instance_group: [],
  })
  const server = answer({ name: 'null', version: '0', extensions: ['binary_tensor_data', 'model_configuration'] })
  return (method, path) => {
    if (method === 'POST') return asJson ? plain : binary
    if (path === '/v2') return server
    if (path.endsWith('/config')) return config
    return path.endsWith('/ready') || path.endsWith('/live')
      ? { status: 200, headers: {}, body: Buffer.alloc(0) }
      : metadata
  }
}

/** Field numbers of grpc_service.proto and model_config.proto. */
function tritonGrpc(model: ModelWords, vector: Float32Array): Readonly<Record<string, Buffer>> {
  const { name, version, datatype, dims, dimension, maxBatch } = model
  const tensor = (title: string, type: string, shape: number[]): Buffer =>
    Buffer.concat([text(1, title), text(2, type), packed(3, shape)])
  const raw = Buffer.from(vector.buffer)
  const infer = Buffer.concat([
    text(1, name),
    text(2, version),
    field(5, tensor('embedding', 'FP32', [1, dimension])),
    field(6, raw),
  ])
  const metadata = Buffer.concat([
    text(1, name),
    text(2, version),
    text(3, 'null'),
    field(4, tensor('image', datatype, [-1, ...dims])),
    field(5, tensor('embedding', 'FP32', [-1, dimension])),
  ])
  const input = Buffer.concat([text(1, 'image'), varintField(2, configTypes[datatype] ?? 11), packed(4, dims)])
  const output = Buffer.concat([
    text(1, 'embedding'),
    varintField(2, configTypes['FP32'] ?? 11),
    packed(3, [dimension]),
  ])
  const config = field(
    1,
    Buffer.concat([text(1, name), text(2, 'null'), varintField(4, maxBatch), field(5, input), field(6, output)]),
  )
  const ready = varintField(1, 1)
  return {
    ModelInfer: framed(infer),
    ModelMetadata: framed(metadata),
    ModelConfig: framed(config),
    ModelReady: framed(ready),
    ServerLive: framed(ready),
    ServerReady: framed(ready),
    ServerMetadata: framed(Buffer.concat([text(1, 'null'), text(2, '0')])),
  }
}

/** gRPC over HTTP/2: one byte "not compressed", four bytes length. */
function framed(message: Buffer): Buffer {
  const frame = Buffer.alloc(5 + message.length)
  frame.writeUInt32BE(message.length, 1)
  message.copy(frame, 5)
  return frame
}
