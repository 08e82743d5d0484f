import { z } from 'zod'
import { ErrorCode } from '../errors.ts'

/** A kind of embedding server. Triton is spoken to over HTTP (KServe v2 with the binary tensor extension) or gRPC. */
export const ServerKind = z.enum(['pytorch', 'triton'])
export type ServerKind = z.infer<typeof ServerKind>

export const Transport = z.enum(['http', 'grpc'])
export type Transport = z.infer<typeof Transport>

/**
 * How a picture travels. `json-fp32`, `fp32`, `fp16`: the normalised tensor N × 3 × H × W, as JSON text or raw little-endian;
 * `uint8`: N × H × W × 3 bytes, mean and standard deviation in the server's graph; `jpeg`: one encoded picture an element of a
 * BYTES tensor; `base64-…` and `multipart-…`: an encoded picture in the PyTorch server's JSON or form.
 */
export const InputFormat = z.enum([
  'json-fp32',
  'fp32',
  'fp16',
  'uint8',
  'jpeg',
  'base64-jpeg',
  'base64-png',
  'multipart-jpeg',
  'multipart-png',
])
export type InputFormat = z.infer<typeof InputFormat>

/** Formats that change pixels a little on the way; parity asks 0.995 of them instead of 0.999. */
export const lossyFormats: ReadonlySet<InputFormat> = new Set(['jpeg', 'base64-jpeg', 'multipart-jpeg'])

/** One way into a server: the model, transport and format that one client speaks. */
export const InputOffer = z.object({
  /** Name of the model on the server; for PyTorch what `/model-info` says. */
  model: z.string(),
  version: z.string().nullable(),
  transport: Transport,
  format: InputFormat,
  /** Most pictures in one request. */
  maxBatch: z.number().int().positive(),
  /** Length of the vectors; null where the server does not say before it is asked. */
  dimension: z.number().int().positive().nullable(),
})
export type InputOffer = z.infer<typeof InputOffer>

/** How openly photos would travel to an address. */
export const Exposure = z.enum(['this-machine', 'private-network', 'encrypted', 'unencrypted'])
export type Exposure = z.infer<typeof Exposure>

/** What the person entered. Secrets are not in it: they are kept sealed beside it and only their presence is told. */
export const ServerEntry = z.object({
  id: z.string(),
  kind: ServerKind,
  /** `http(s)://host:port` or, for Triton's gRPC, `grpc(s)://host:port`; without user, password, query or fragment. */
  url: z.string(),
  /** Model to use there; null: the first that takes pictures. */
  model: z.string().nullable(),
  /** `auto`: what is offered is measured once, the fastest that passes parity is used. */
  input: z.union([z.literal('auto'), InputFormat]),
  /** Triton's metrics port, as a URL; null: not asked. */
  metricsUrl: z.string().nullable(),
  /** Used for scans in the remote and auto modes. */
  enabled: z.boolean(),
  /** The person agreed to send photos unencrypted to an address that is not private. */
  allowUnencrypted: z.boolean(),
  /** Whether a bearer token is kept. */
  hasToken: z.boolean(),
  /** Names of the custom headers kept; their values are secret. */
  headerNames: z.array(z.string()),
  /** Whether a certificate authority of its own is kept. */
  hasCertificate: z.boolean(),
})
export type ServerEntry = z.infer<typeof ServerEntry>

/** What may be entered or changed. A secret left undefined stays as it is; null removes it. */
export const ServerDraft = z.object({
  /** Null: a new one. */
  id: z.string().nullable(),
  kind: ServerKind,
  url: z.string().max(2000),
  model: z.string().max(200).nullable().default(null),
  input: ServerEntry.shape.input.default('auto'),
  metricsUrl: z.string().max(2000).nullable().default(null),
  enabled: z.boolean().default(true),
  allowUnencrypted: z.boolean().default(false),
  token: z.string().max(10_000).nullable().optional(),
  headers: z.record(z.string().max(200), z.string().max(10_000)).nullable().optional(),
  /** PEM of a certificate authority that is trusted for this server. */
  certificate: z.string().max(200_000).nullable().optional(),
})
export type ServerDraft = z.infer<typeof ServerDraft>

export const GpuInfo = z.object({
  name: z.string(),
  memoryBytes: z.number().nullable(),
  memoryUsedBytes: z.number().nullable(),
  /** 0–1. */
  utilisation: z.number().nullable(),
  powerWatts: z.number().nullable(),
})
export type GpuInfo = z.infer<typeof GpuInfo>

/** What asking a server tells; every field is what the server said or what was measured, never a guess. */
export const ServerReport = z.object({
  reachable: z.boolean(),
  ready: z.boolean(),
  /** Median of a few requests that do no work; null when unreachable. */
  roundTripMs: z.number().nullable(),
  server: z.object({ name: z.string(), version: z.string().nullable() }).nullable(),
  /** As the server tells it: `cuda`, `cpu`, `tensorrt`, …; `not told` where it does not. */
  device: z.string(),
  gpus: z.array(GpuInfo),
  offers: z.array(InputOffer),
  exposure: Exposure,
  /** Things worth knowing that do not stop it (a model that failed to load, gzip forced, …); sentences. */
  notes: z.array(z.string()),
  problem: z.object({ code: ErrorCode, message: z.string() }).nullable(),
})
export type ServerReport = z.infer<typeof ServerReport>

export const ParityVerdict = z.enum(['equal', 'usable', 'different-model', 'not-compared'])
export type ParityVerdict = z.infer<typeof ParityVerdict>

/** What differs from the reference computation, by name. */
export const ParityFault = z.enum([
  'no-mean-std',
  'bgr',
  'stretched',
  'bilinear',
  'not-normalised',
  'other-weights',
  'exif-ignored',
  'unknown',
])
export type ParityFault = z.infer<typeof ParityFault>

/** One measured way through a server: what "automatic" chose from. */
export const OfferTrial = z.object({
  offer: InputOffer,
  /** Images per second with requests in flight at the same time; null when it failed. */
  imagesPerSecond: z.number().nullable(),
  bytesPerImage: z.number().nullable(),
  /** Cosine to the reference, lowest of the pictures tried; null when nothing was compared. */
  minCosine: z.number().nullable(),
  verdict: ParityVerdict,
  chosen: z.boolean(),
  /** A sentence. */
  reason: z.string(),
})
export type OfferTrial = z.infer<typeof OfferTrial>

export const ServerState = z.object({
  entry: ServerEntry,
  testing: z.boolean(),
  /** Null until it was tested in this session. */
  report: ServerReport.nullable(),
  trials: z.array(OfferTrial),
  /** Of the last check against the local twin, or against what it told before. */
  verdict: ParityVerdict,
  /** Why the verdict; a sentence. */
  verdictReason: z.string(),
  testedMs: z.number().nullable(),
})
export type ServerState = z.infer<typeof ServerState>

/** `auto`: the fastest healthy backend that passes parity; falls back and says so. */
export const BackendMode = z.enum(['local', 'pytorch', 'triton', 'auto'])
export type BackendMode = z.infer<typeof BackendMode>
