import { z } from 'zod'
import { Preprocessing } from './photo.ts'
import { BackendMode, InputFormat, ParityVerdict, ServerKind, ServerState, Transport } from './servers.ts'

/** One entry of `resources/models/manifest.json`. */
export const ModelSpec = z.object({
  id: z.string().regex(/^[a-z0-9-]+$/),
  title: z.string(),
  role: z.enum(['default', 'fast', 'server-twin']),
  file: z.string(),
  bytes: z.number().int().positive(),
  /** Lower-case hex of the whole file. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  licence: z.string(),
  source: z.string(),
  /** Where it is fetched from on request; null for a model that ships with the app. */
  url: z.url().nullable(),
  input: z.object({ name: z.string(), preprocessing: Preprocessing }),
  output: z.object({ name: z.string(), dimension: z.number().int().positive() }),
  /**
   * Cosine similarities: `floor` is the lowest of a pair that is looked at (and the slider's lower end), `default` groups what a
   * look has borne out, from `similar` on a pair that it has not is still shown as alike.
   */
  thresholds: z.object({ default: z.number(), floor: z.number(), similar: z.number() }),
  batchSize: z.number().int().positive(),
})
export type ModelSpec = z.infer<typeof ModelSpec>

export const ModelManifest = z.object({ schema: z.literal('twinlens/models@1'), models: z.array(ModelSpec).min(1) })
export type ModelManifest = z.infer<typeof ModelManifest>

/** Execution providers of ONNX Runtime that Twinlens knows how to ask for. */
export const Provider = z.enum(['cuda', 'tensorrt', 'directml', 'coreml', 'webgpu', 'cpu'])
export type Provider = z.infer<typeof Provider>
export const ProviderChoice = z.enum(['auto', ...Provider.options])
export type ProviderChoice = z.infer<typeof ProviderChoice>

/** The outcome of trying one provider on this machine with this model. */
export const ProviderTrial = z.object({
  provider: Provider,
  accepted: z.boolean(),
  device: z.string(),
  /** Why it was refused, or what it measured when accepted; a sentence. */
  reason: z.string(),
  /** Cosine to CPU on the probe image; null where it did not run. */
  cosineToCpu: z.number().nullable(),
  /** Milliseconds for one image, median of the probe runs; null where it did not run. */
  imageMs: z.number().nullable(),
})
export type ProviderTrial = z.infer<typeof ProviderTrial>

/** What computes embeddings right now on this machine: the provider and device that really run. */
export const LocalDescription = z.object({
  kind: z.literal('local'),
  model: z.string(),
  provider: Provider,
  device: z.string(),
  /** Why something better, or the asked-for one, is not in use; null when nothing was refused or lost. */
  fallbackReason: z.string().nullable(),
})
export type LocalDescription = z.infer<typeof LocalDescription>

/** What computes embeddings on a server. */
export const RemoteDescription = z.object({
  kind: ServerKind,
  /** Name of the model on the server. */
  model: z.string(),
  /** As the server tells it (`cuda`, `cpu`, `tensorrt`, …), or `not told`. */
  provider: z.string(),
  device: z.string(),
  fallbackReason: z.string().nullable(),
  /** Addresses in use, without secrets, the one that is asked first ahead. */
  addresses: z.array(z.string()),
  transport: Transport,
  format: InputFormat,
  verdict: ParityVerdict,
  /** Requests that may be under way at the same time, as adapted to the server's answers. */
  inFlight: z.number().int(),
})
export type RemoteDescription = z.infer<typeof RemoteDescription>

export const BackendDescription = z.discriminatedUnion('kind', [
  LocalDescription,
  RemoteDescription.extend({ kind: z.literal('pytorch') }),
  RemoteDescription.extend({ kind: z.literal('triton') }),
])
export type BackendDescription = z.infer<typeof BackendDescription>

export const ModelState = z.object({
  id: z.string(),
  title: z.string(),
  role: ModelSpec.shape.role,
  bytes: z.number(),
  dimension: z.number(),
  licence: z.string(),
  installed: z.boolean(),
  /** Present while it is being fetched. */
  fetching: z.object({ receivedBytes: z.number(), totalBytes: z.number() }).nullable(),
})
export type ModelState = z.infer<typeof ModelState>

export const BackendStatus = z.object({
  /** Null until the first session is open. */
  active: BackendDescription.nullable(),
  choice: ProviderChoice,
  model: z.string(),
  trials: z.array(ProviderTrial),
  models: z.array(ModelState),
  checking: z.boolean(),
  mode: BackendMode,
  servers: z.array(ServerState),
  /** Why the mode's first choice is not what runs; null when it is. */
  modeReason: z.string().nullable(),
  /** Things worth knowing of the servers' secrets, such as that there is no keychain to keep them; sentences. */
  notes: z.array(z.string()),
})
export type BackendStatus = z.infer<typeof BackendStatus>
