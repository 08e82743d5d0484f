import { z } from 'zod'
import { ImageFormat } from './photo.ts'

/** Three tiers, from certain to likely. */
export const Tier = z.enum(['exact', 'perceptual', 'ai'])
export type Tier = z.infer<typeof Tier>

/** The parts of the review: the tiers of duplicates, and pairs that look alike but are none. */
export const ReviewSection = z.enum([...Tier.options, 'similar'])
export type ReviewSection = z.infer<typeof ReviewSection>

/**
 * What two photos are to each other; where several things changed, the one that says most (`PairChange` lists them all).
 * `burst` (the same scene shot twice) and `similar` (not borne out by a look) are no duplicates and form no groups.
 */
export const Relation = z.enum([
  'identical',
  'same-pixels',
  're-encoded',
  'resized',
  'rotated-or-mirrored',
  'cropped',
  'border-or-screenshot',
  'edited',
  'burst',
  'similar',
])
export type Relation = z.infer<typeof Relation>

/** What was done to one photo of a pair to make the other. The catalog stores them as bits in this order. */
export const PairChange = z.enum([
  'metadata',
  're-encoded',
  'resized',
  'rotated',
  'mirrored',
  'cropped',
  'border',
  'screenshot',
  'tone',
  'grey',
  'overlay',
])
export type PairChange = z.infer<typeof PairChange>

/** Where the cropped photo (`of`) lies within the other one: shares of that one's sides, 0–1. */
export const PairCrop = z.object({
  of: z.enum(['a', 'b']),
  left: z.number(),
  top: z.number(),
  width: z.number(),
  height: z.number(),
})
export type PairCrop = z.infer<typeof PairCrop>

/** The eight orientations of a square: how `b` must be turned to lie on `a`. */
export const Orientation = z.enum([
  'identity',
  'mirror-horizontal',
  'mirror-vertical',
  'rotate-180',
  'transpose',
  'rotate-90',
  'rotate-270',
  'transverse',
])
export type Orientation = z.infer<typeof Orientation>

/** Why two photos are linked: `a` is the reference photo, `b` the other one. */
export const LinkEvidence = z.object({
  /** The first tier that finds this pair at the present thresholds. In an AI group anything but `ai` is an overlap. */
  tier: Tier,
  relation: Relation,
  changes: z.array(PairChange),
  crop: PairCrop.nullable(),
  /** How sure the look at the aligned pictures is, 0–1; null where bytes or compressed pixels are equal. */
  confidence: z.number().nullable(),
  /** Exact: 1. Perceptual: 1 − distance/64. AI: cosine similarity. */
  score: z.number(),
  /** Hamming distance of the perceptual hashes in bits at `orientation`; null where it was not under the floor. */
  distance: z.number().nullable(),
  orientation: Orientation.nullable(),
  /** Cosine similarity; null where it was not over the floor. */
  cosine: z.number().nullable(),
})
export type LinkEvidence = z.infer<typeof LinkEvidence>

const PictureBytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array)

/** A part of the shared picture: shares of its sides, 0–1. */
export const LookPatch = z.object({
  left: z.number(),
  top: z.number(),
  right: z.number(),
  bottom: z.number(),
  /** Normalised cross-correlation of what both show there once slopes of light are taken out, −1…1. */
  correlation: z.number(),
  /** `plain`: nothing to compare there. */
  verdict: z.enum(['agrees', 'differs', 'plain']),
})
export type LookPatch = z.infer<typeof LookPatch>

/** What a close look at two photos shows: the answer to "why?". */
export const PairLook = z.object({
  /** What they are to each other by this look; `similar` where it does not bear them out. */
  link: LinkEvidence,
  /** Null where no way was found to lay one on the other. */
  aligned: z
    .object({
      /** Whose frame the pictures show: the one that lies within the other. */
      shownOn: z.enum(['a', 'b']),
      /** JPEGs of one size: a and b as they lie on one another (grey where one shows nothing), and the difference of their tones, white for none. */
      a: PictureBytes,
      b: PictureBytes,
      difference: PictureBytes,
      width: z.number(),
      height: z.number(),
      patches: z.array(LookPatch),
      /** Patches that agree, of those with anything to compare. */
      agreeing: z.number(),
      counted: z.number(),
      /** Median correlation of the agreeing patches, and of the whole shared picture. */
      typicalCorrelation: z.number(),
      correlation: z.number(),
      /** Share of a side by which the inner frame reaches out of the outer one. */
      outside: z.number(),
      /** How far nine of ten patches lie from where the alignment puts them at most, share of the shared picture's longer side. */
      shift: z.number(),
      /** Luma of b = gain · luma of a + offset. */
      gain: z.number(),
      offset: z.number(),
    })
    .nullable(),
  /** What speaks against their being one picture; null where nothing does. `time`: the cameras say that they are two shots. */
  against: z.enum(['nothing-to-see', 'patches', 'moved', 'stretched', 'framing', 'time']).nullable(),
})
export type PairLook = z.infer<typeof PairLook>

export const Decision = z.enum(['keep', 'remove', 'undecided'])
export type Decision = z.infer<typeof Decision>

/** One photo as a row of the review shows it. The page names it by `id` alone. */
export const GroupPhoto = z.object({
  id: z.number().int(),
  name: z.string(),
  folder: z.string(),
  bytes: z.number(),
  width: z.number(),
  height: z.number(),
  format: ImageFormat,
  takenAt: z.string().nullable(),
  modifiedMs: z.number(),
  truncated: z.boolean(),
  offline: z.boolean(),
  reference: z.boolean(),
  decision: Decision,
  /** True where the person said so, false where a rule suggests it. */
  decidedByPerson: z.boolean(),
  because: z.string(),
  /** Evidence towards the reference photo; null for the reference itself. */
  link: LinkEvidence.nullable(),
})
export type GroupPhoto = z.infer<typeof GroupPhoto>

export const GroupView = z.object({
  /** Stable while the group's reference photo stays the same; of a similar pair, while both contents are there. */
  id: z.string(),
  /** `similar`: two photos that look alike but are no duplicates; neither is a reference, the second carries the link. */
  tier: ReviewSection,
  photos: z.array(GroupPhoto).min(2),
  /** AI groups: true when no other tier finds any pair of it. */
  newFind: z.boolean(),
  /** Bytes freed by the present decisions. */
  freesBytes: z.number(),
  /** True once every photo is decided (by the person or by a rule of the exact tier). */
  decided: z.boolean(),
})
export type GroupView = z.infer<typeof GroupView>

export const Thresholds = z.object({
  /** Largest Hamming distance, bits. */
  perceptualDistance: z.number().int().min(0).max(10),
  /** Lowest cosine similarity. */
  similarity: z.number().min(0).max(1),
})
export type Thresholds = z.infer<typeof Thresholds>

export const TierSummary = z.object({
  tier: Tier,
  groups: z.number(),
  photos: z.number(),
  decidedGroups: z.number(),
  /** Bytes freed by the present decisions of this tier. */
  freesBytes: z.number(),
  /** Bytes freed if one photo of each group stayed. */
  couldFreeBytes: z.number(),
})
export type TierSummary = z.infer<typeof TierSummary>

/** What the search for look-alikes found, held against the whole product of a sample of photos. */
export const SearchRecall = z.object({
  /** Share of the sample's nearest photos that were found. */
  share: z.number().min(0).max(1),
  /** Photos of the sample. */
  sampled: z.number(),
  /** Photos that were searched for. */
  photos: z.number(),
  /** Whether an index chose what was compared, not everything. */
  indexed: z.boolean(),
})
export type SearchRecall = z.infer<typeof SearchRecall>

export const ReviewSummary = z.object({
  /** Grows with every change of groups or decisions. */
  revision: z.number(),
  tiers: z.array(TierSummary),
  thresholds: Thresholds,
  /** Lower end of the AI slider for the model in use. */
  similarityFloor: z.number(),
  /** Of the model in use; null where no search was large enough to be measured. */
  searchRecall: SearchRecall.nullable(),
  /** Photos to be removed over all tiers, each counted once, and their bytes. */
  removals: z.object({ photos: z.number(), bytes: z.number() }),
  dismissedPairs: z.number(),
  /** Pairs that look alike but are no duplicates. */
  similarPairs: z.number(),
})
export type ReviewSummary = z.infer<typeof ReviewSummary>

export const GroupSort = z.enum(['found', 'savings', 'size', 'date', 'name'])
export type GroupSort = z.infer<typeof GroupSort>
export const GroupFilter = z.enum(['all', 'undecided', 'decided', 'new-finds'])
export type GroupFilter = z.infer<typeof GroupFilter>
