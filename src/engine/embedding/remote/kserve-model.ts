import type { InputFormat, InputOffer, Transport } from '../../../shared/contract/servers.ts'
import type { Preprocessing } from '../../../shared/contract/photo.ts'
import { TwinlensError } from '../../../shared/errors.ts'
import type { ModelConfig, ModelMetadata, Tensor } from './kserve-shapes.ts'
import { isVectorDatatype, vectorDatatypes, type VectorDatatype } from './vector-bytes.ts'

/** What `infer` needs to know of a model that turns pictures into vectors. */
export interface KserveModel {
  name: string
  version: string | null
  input: { name: string; datatype: PictureDatatype }
  /** The smallest format that its input takes; FP32 can also travel as JSON. */
  format: 'fp32' | 'fp16' | 'uint8' | 'jpeg'
  /** Size of the picture it takes; null where it takes any. */
  width: number | null
  height: number | null
  /** Whether a picture's three numbers of a pixel stand together ([H, W, 3]) or in planes ([3, H, W]). */
  channelsLast: boolean
  /** Shape of one picture, −1 where any: [3, H, W], [H, W, 3], [1] or []. */
  itemShape: readonly number[]
  /** Whether shapes begin with the number of pictures. */
  batched: boolean
  maxBatch: number
  output: { name: string; datatype: VectorDatatype }
  dimension: number | null
  /** `cpu`, `cuda`, `tensorrt`, or `not told`. */
  device: string
  /** How long the server waits for company for a request; null where it does not batch across requests. */
  queueDelayMs: number | null
}

type PictureDatatype = 'FP32' | 'FP16' | 'UINT8' | 'BYTES'

const formats: Readonly<Record<PictureDatatype, KserveModel['format']>> = {
  FP32: 'fp32',
  FP16: 'fp16',
  UINT8: 'uint8',
  BYTES: 'jpeg',
}

/** Where a server sets no limit. */
const batchWithoutLimit = 32

/**
 * Reads a model's own description. It fits when it has one picture as input (FP32, FP16 or UINT8 as [3, H, W] or [H, W, 3], BYTES
 * [1]) and one vector among its outputs.
 *
 * @param config null where the server does not tell it (it is Triton's extension)
 * @returns the model, or why it does not fit: a clause for a sentence that begins with its name
 */
export function readModel(
  metadata: ModelMetadata,
  config: ModelConfig | null,
  version: string | null,
): { model: KserveModel } | { why: string } {
  const [input, ...others] = metadata.inputs
  if (input === undefined || others.length > 0)
    return { why: `has ${metadata.inputs.length} inputs where one picture is expected` }
  const picture = readPicture(input, config)
  if (picture === null) return { why: `takes ${input.datatype} [${input.shape.join(', ')}], which is no picture` }
  const vectors = metadata.outputs.filter((output) => isVector(output, picture.batched))
  const output = vectors.length > 1 ? vectors.find(({ name }) => /embed/i.test(name)) : vectors[0]
  if (output === undefined || !isVectorDatatype(output.datatype))
    return { why: `has ${vectors.length} outputs that are vectors (of ${vectorDatatypes}) where one is expected` }
  const dimension = (picture.batched ? output.shape.slice(1) : output.shape).find((length) => length !== 1) ?? -1
  return {
    model: {
      name: metadata.name,
      version: version ?? metadata.versions.at(-1) ?? null,
      ...picture,
      output: { name: output.name, datatype: output.datatype },
      dimension: dimension > 0 ? dimension : null,
      device: deviceOf(config),
      queueDelayMs: config?.dynamic_batching ? config.dynamic_batching.max_queue_delay_microseconds / 1000 : null,
    },
  }
}

type Picture = Pick<
  KserveModel,
  'input' | 'format' | 'width' | 'height' | 'channelsLast' | 'itemShape' | 'batched' | 'maxBatch'
>

/** Tries the shape with the number of pictures in front first, then as one picture. */
function readPicture(input: Tensor, config: ModelConfig | null): Picture | null {
  if (!(input.datatype in formats)) return null
  const datatype = input.datatype as PictureDatatype
  const base = { input: { name: input.name, datatype }, format: formats[datatype] }
  const limit = config?.max_batch_size ?? 0
  const [first, ...rest] = input.shape
  const size = first === undefined ? null : sizeOfItem(datatype, rest)
  if (first !== undefined && size !== null && (limit > 0 || first === -1 || first === 1)) {
    const maxBatch = limit > 0 ? limit : first === 1 ? 1 : batchWithoutLimit
    return { ...base, ...size, itemShape: rest, batched: true, maxBatch }
  }
  const single = limit > 0 ? null : sizeOfItem(datatype, input.shape)
  return single === null ? null : { ...base, ...single, itemShape: input.shape, batched: false, maxBatch: 1 }
}

function sizeOfItem(
  datatype: PictureDatatype,
  shape: readonly number[],
): Pick<Picture, 'width' | 'height' | 'channelsLast'> | null {
  if (datatype === 'BYTES') {
    const isOne = shape.length === 0 || (shape.length === 1 && (shape[0] === 1 || shape[0] === -1))
    return isOne ? { width: null, height: null, channelsLast: false } : null
  }
  const [a = 0, b = 0, c = 0] = shape
  if (shape.length !== 3 || shape.includes(0)) return null
  // Where both could be meant, bytes are taken to come as pictures do, other numbers as networks take them.
  const mayBeLast = c === 3
  const mayBeFirst = a === 3
  if (!mayBeLast && !mayBeFirst) return null
  const channelsLast = mayBeLast && (!mayBeFirst || datatype === 'UINT8')
  const [height, width] = channelsLast ? [a, b] : [b, c]
  return { width: width > 0 ? width : null, height: height > 0 ? height : null, channelsLast }
}

function isVector(output: Tensor, batched: boolean): boolean {
  if (!isVectorDatatype(output.datatype)) return false
  const shape = batched ? output.shape.slice(1) : output.shape
  // A single number is a score, not a vector.
  return shape.filter((length) => length !== 1).length === 1 && shape.every((length) => length !== 0)
}

function deviceOf(config: ModelConfig | null): string {
  if (config === null) return 'not told'
  const accelerators = config.optimization?.execution_accelerators?.gpu_execution_accelerator ?? []
  const isTensorRt = config.platform.startsWith('tensorrt') || accelerators.some(({ name }) => name === 'tensorrt')
  if (isTensorRt) return 'tensorrt'
  const kinds = new Set(config.instance_group.map(({ kind }) => kind))
  if (kinds.has('KIND_GPU')) return 'cuda'
  return kinds.has('KIND_CPU') ? 'cpu' : 'not told'
}

/** The ways into a model, the smallest payload first. JSON is offered over HTTP only; gRPC has no use for it. */
export function offersOf(model: KserveModel, transport: Transport, takesBinary: boolean): InputOffer[] {
  const asJson: InputFormat[] = transport === 'http' && model.format === 'fp32' ? ['json-fp32'] : []
  const asBinary: InputFormat[] = takesBinary ? [model.format] : []
  return [...asBinary, ...asJson].map((format) => ({
    model: model.name,
    version: model.version,
    transport,
    format,
    maxBatch: model.maxBatch,
    dimension: model.dimension,
  }))
}

/**
 * The shape to send for some pictures.
 *
 * @throws TwinlensError `invalid-request` where the model takes pictures of another size than the preprocessing makes
 */
export function inputShape(model: KserveModel, count: number, { width, height }: Preprocessing): number[] {
  if ((model.width ?? width) !== width || (model.height ?? height) !== height) {
    throw new TwinlensError(
      'invalid-request',
      `The model ${model.name} takes pictures of ${model.width} × ${model.height}, not ${width} × ${height}. Choose another model.`,
    )
  }
  const picture = model.channelsLast ? [height, width, 3] : [3, height, width]
  const item = model.format === 'jpeg' ? model.itemShape.map(() => 1) : picture
  return model.batched ? [count, ...item] : item
}
