import { z } from 'zod'
import { UnreadableCode } from '../errors.ts'
import { Decision, PairChange, PairCrop, Relation, SearchRecall, Tier } from './groups.ts'
import { BackendDescription } from './models.ts'

/**
 * The file that `scan --json` writes and `clean` reads. Paths are absolute. A name that is not valid UTF-8 carries its
 * stray bytes as lone surrogates U+DC80–U+DCFF (Python's `surrogateescape`), so it survives JSON unchanged.
 */
export const ScanResult = z.object({
  schema: z.literal('twinlens/scan-result@1'),
  photos: z.number(),
  bytes: z.number(),
  folders: z.array(z.string()),
  unreadable: z.array(z.object({ path: z.string(), code: UnreadableCode, message: z.string() })),
  /** Photos that are shown and compared although their file is cut short. */
  truncated: z.array(z.string()),
  stats: z.object({
    seconds: z.number(),
    // Results of earlier versions lack these.
    matchSeconds: z.number().default(0),
    cpuSeconds: z.number().default(0),
    matchCpuSeconds: z.number().default(0),
    photosPerSecond: z.number(),
    read: z.number(),
    decoded: z.number(),
    embedded: z.number(),
    framesEmbedded: z.number().default(0),
    reused: z.number(),
    peakRssBytes: z.number(),
  }),
  backend: BackendDescription.nullable(),
  thresholds: z.object({ perceptualDistance: z.number(), similarity: z.number() }),
  /** How complete the search for look-alikes was; null where it was too small to be measured. */
  searchRecall: SearchRecall.nullable().default(null),
  groups: z.array(
    z.object({
      id: z.string(),
      tier: Tier,
      reference: z.string(),
      members: z.array(
        z.object({
          path: z.string(),
          bytes: z.number(),
          width: z.number(),
          height: z.number(),
          /** Milliseconds since 1970, with fractions where the file system has them. */
          modifiedMs: z.number(),
          /** Lower-case hex of the 128-bit content hash. */
          contentHash: z.string(),
          takenAt: z.string().nullable(),
          /** Pictures and videos that belong to it: the video of a Live Photo, the raw file of a JPEG. */
          parts: z.number(),
          suggestion: Decision,
          because: z.string(),
        }),
      ),
      links: z.array(
        z.object({
          a: z.string(),
          b: z.string(),
          tier: Tier,
          relation: Relation,
          score: z.number(),
          // Results of earlier versions lack what follows.
          changes: z.array(PairChange).default([]),
          crop: PairCrop.nullable().default(null),
          confidence: z.number().nullable().default(null),
        }),
      ),
    }),
  ),
  /** Pairs that look alike but are no duplicates (another shot of the scene, or nothing that a look bears out), likeliest first. */
  similar: z.array(z.object({ a: z.string(), b: z.string(), relation: Relation, score: z.number() })).default([]),
})
export type ScanResult = z.infer<typeof ScanResult>
