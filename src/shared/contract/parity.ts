import { z } from 'zod'
import { InputFormat, ParityFault, ParityVerdict, Transport } from './servers.ts'

const CosineSummary = z.object({
  min: z.number(),
  mean: z.number(),
  /** Pictures compared. */
  count: z.number().int(),
})
export type CosineSummary = z.infer<typeof CosineSummary>

/** One backend measured against the reference. */
export const BackendParity = z.object({
  /** `local`, or the server's address without secrets. */
  backend: z.string(),
  kind: z.enum(['local', 'pytorch', 'triton']),
  transport: Transport.nullable(),
  format: InputFormat.nullable(),
  model: z.string(),
  verdict: ParityVerdict,
  /** A sentence that says why. */
  reason: z.string(),
  /** Same pixels in: what inference alone differs by. Null when it could not be compared. */
  inference: CosineSummary.nullable(),
  /** The format that scans use (JPEG's own loss included); null where it is the same as `inference`. */
  asSent: CosineSummary.nullable(),
  /** The untouched picture, preprocessed by the server itself; null where the server takes tensors only. */
  serverPreprocessing: CosineSummary.nullable(),
  faults: z.array(
    z.object({
      fault: ParityFault,
      /** Where it shows: in what Twinlens sends, or only in the server's own preprocessing, which scans do not use. */
      where: z.enum(['inference', 'server-preprocessing']),
      message: z.string(),
    }),
  ),
  /** Length of the vectors before Twinlens normalised them, lowest and highest. */
  norms: z.object({ min: z.number(), max: z.number() }).nullable(),
  pictures: z.array(
    z.object({
      name: z.string(),
      inference: z.number().nullable(),
      asSent: z.number().nullable(),
      serverPreprocessing: z.number().nullable(),
    }),
  ),
  /** Groups of the AI tier that would change at the present thresholds; null where there was no library to compare on. */
  groups: z
    .object({
      photos: z.number().int(),
      same: z.number().int(),
      split: z.array(z.array(z.string())),
      merged: z.array(z.array(z.string())),
      vanished: z.array(z.array(z.string())),
      appeared: z.array(z.array(z.string())),
    })
    .nullable(),
})
export type BackendParity = z.infer<typeof BackendParity>

/** What `cli parity --json` writes and the Backends screen shows. */
export const ParityReport = z.object({
  schema: z.literal('twinlens/parity@1'),
  checkedMs: z.number(),
  /** What the others were measured against; `recorded` are vectors of the last trusted check; null: nothing to compare with. */
  reference: z
    .object({ backend: z.string(), model: z.string(), source: z.enum(['local-twin', 'server', 'recorded']) })
    .nullable(),
  goldenPictures: z.number().int(),
  ownPhotos: z.number().int(),
  backends: z.array(BackendParity),
  /** What is missing for a full comparison and how to get it; sentences. */
  notes: z.array(z.string()),
})
export type ParityReport = z.infer<typeof ParityReport>

export const ParityProgress = z.object({ step: z.string(), done: z.number(), total: z.number() })
export type ParityProgress = z.infer<typeof ParityProgress>
