import { z } from 'zod'
import { nonsense } from './reply-check.ts'
import { toldName } from './server-text.ts'

/**
 * JSON of KServe's Open Inference Protocol v2 with Triton's extensions (model repository, configuration, binary tensors), as
 * far as it is used. Unknown fields are allowed; servers differ in what they leave out.
 */

export const ServerMetadata = z.object({
  name: z.string().transform(toldName),
  version: z.string().transform(toldName).optional(),
  extensions: z.array(z.string()).default([]),
})
export type ServerMetadata = z.infer<typeof ServerMetadata>

export const RepositoryIndex = z.array(
  z.object({
    name: z.string(),
    version: z.string().optional(),
    /** READY, LOADING, UNLOADING or UNAVAILABLE; a model that was never loaded has none. */
    state: z.string().optional(),
    reason: z.string().optional(),
  }),
)
export type RepositoryIndex = z.infer<typeof RepositoryIndex>

const Tensor = z.object({
  name: z.string(),
  datatype: z.string().transform(toldName),
  /** −1: any length. JSON of protocol buffers writes 64-bit numbers as text. */
  shape: z.array(z.coerce.number()),
})
export type Tensor = z.infer<typeof Tensor>

export const ModelMetadata = z.object({
  name: z.string(),
  versions: z.array(z.string()).default([]),
  platform: z.string().default(''),
  inputs: z.array(Tensor).default([]),
  outputs: z.array(Tensor).default([]),
})
export type ModelMetadata = z.infer<typeof ModelMetadata>

/** Triton's ModelConfig (triton-inference-server/common protobuf/model_config.proto). */
export const ModelConfig = z.object({
  max_batch_size: z.number().int().default(0),
  platform: z.string().default(''),
  backend: z.string().default(''),
  dynamic_batching: z.object({ max_queue_delay_microseconds: z.coerce.number().default(0) }).nullish(),
  instance_group: z.array(z.object({ kind: z.string().default('') })).default([]),
  optimization: z
    .object({
      execution_accelerators: z
        .object({ gpu_execution_accelerator: z.array(z.object({ name: z.string() })).default([]) })
        .nullish(),
    })
    .nullish(),
})
export type ModelConfig = z.infer<typeof ModelConfig>

/** The JSON part of an answer to `infer`. */
export const InferHeader = z.object({
  model_name: z.string().optional(),
  model_version: z.string().optional(),
  outputs: z.array(
    z.object({
      name: z.string(),
      datatype: z.string(),
      shape: z.array(z.number().int()),
      parameters: z.object({ binary_data_size: z.number().int().nonnegative().optional() }).optional(),
      /** Numbers, checked one by one where they are read. */
      data: z.array(z.unknown()).optional(),
    }),
  ),
})
export type InferHeader = z.infer<typeof InferHeader>

/**
 * Parses JSON that a server sent.
 *
 * @param what names the answer: `its list of models`
 * @throws TwinlensError `server-nonsense`
 */
export function parseJson<Shape>(shape: z.ZodType<Shape>, body: Uint8Array, what: string, address: string): Shape {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.length).toString('utf8'))
  } catch (error) {
    throw nonsense(address, `${what} is not JSON`, error)
  }
  const parsed = shape.safeParse(value)
  if (parsed.success) return parsed.data
  const place = parsed.error.issues[0]?.path.join('.') ?? ''
  throw nonsense(address, `${what} is not what was expected${place === '' ? '' : ` (at “${place}”)`}`, parsed.error)
}
