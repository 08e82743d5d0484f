import { z } from 'zod'
import { toldName } from './server-text.ts'

/** JSON of the PyTorch embedding servers (FastAPI), as far as it is used; servers differ in what they leave out. */

/** What it calls something: shown, never sent back. */
const Told = z.string().transform(toldName)

export const Health = z.object({ status: z.union([z.string(), z.boolean()]) })

export const ModelInfo = z.object({
  model_name: Told,
  pretrained: Told.nullish(),
  embedding_dim: z.number().int().positive().nullish(),
  device: Told.nullish(),
  /** Whether its vectors have unit length. */
  normalized: z.boolean().nullish(),
  /** Most pictures in one request. */
  max_images: z.number().int().positive().nullish(),
  server: Told.nullish(),
  version: Told.nullish(),
  /** Tells weights apart that have no name of their own. */
  weights_sha256: z.string().nullish(),
  /** The network that can be fetched from it. */
  onnx: z.object({ path: z.string(), sha256: z.string(), bytes: z.number().int().positive() }).nullish(),
})
export type ModelInfo = z.infer<typeof ModelInfo>

/** What FastAPI tells of itself at `/openapi.json`. */
export const OpenApi = z.object({
  info: z.object({ title: Told.default(''), version: Told.nullish() }).nullish(),
  paths: z.record(z.string(), z.record(z.string(), z.unknown())),
  components: z
    .object({
      schemas: z.record(z.string(), z.object({ properties: z.record(z.string(), z.unknown()).nullish() })),
    })
    .nullish(),
})
export type OpenApi = z.infer<typeof OpenApi>

/** A list of pictures in a request's schema. */
export const PictureList = z.object({ type: z.literal('array'), maxItems: z.number().int().positive().nullish() })

const megabytes = z.number().nonnegative().nullish()

/** GPU facts as the usual servers spell them. */
export const GpuInfoReply = z.object({
  cuda_available: z.boolean().nullish(),
  devices: z
    .array(
      z.object({
        name: Told,
        memory_total_bytes: z.number().nullish(),
        memory_used_bytes: z.number().nullish(),
        memory_total_mb: megabytes,
        memory_used_mb: megabytes,
        utilization_percent: z.number().nullish(),
        utilization: z.number().nullish(),
        power_watts: z.number().nullish(),
      }),
    )
    .nullish(),
  name: Told.nullish(),
  gpu_name: Told.nullish(),
  memory_total_mb: megabytes,
  memory_used_mb: megabytes,
  utilization: z.number().nullish(),
})
export type GpuInfoReply = z.infer<typeof GpuInfoReply>

const milliseconds = z.number().nonnegative().nullish()

/** The vectors themselves are checked number by number where they are read. */
export const EmbedReply = z.object({
  embeddings: z.array(z.array(z.unknown())),
  count: z.number().int().nullish(),
  timing_ms: z
    .object({ decode: milliseconds, preprocess: milliseconds, queue: milliseconds, inference: milliseconds })
    .nullish(),
})
export type EmbedReply = z.infer<typeof EmbedReply>
