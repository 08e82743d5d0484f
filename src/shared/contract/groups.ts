import { z } from 'zod'
import { ImageFormat } from './photo.ts'

/** Three tiers, from certain to likely. */
export const Tier = z.enum(['exact', 'perceptual', 'ai'])
export type Tier = z.infer<typeof Tier>

/** What two photos are to each other, as far as the evidence says. */
export const Relation = z.enum(['identical', 'same-pixels', 're-encoded', 'resized', 'rotated-or-mirrored', 'similar'])
export type Relation = z.infer<typeof Relation>

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

/** Why two photos are linked. */
export const LinkEvidence = z.object({
  /** The first tier that finds this pair at the present thresholds. In an AI group anything but `ai` is an overlap. */
  tier: Tier,
  relation: Relation,
  /** Exact: 1. Perceptual: 1 − distance/64. AI: cosine similarity. */
  score: z.number(),
  /** Hamming distance of the perceptual hashes in bits at `orientation`; null where it was not under the floor. */
  distance: z.number().nullable(),
  orientation: Orientation.nullable(),
  /** Cosine similarity; null where it was not over the floor. */
  cosine: z.number().nullable(),
})
export type LinkEvidence = z.infer<typeof LinkEvidence>

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
  /** Stable while the group's reference photo stays the same. */
  id: z.string(),
  tier: Tier,
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

export const ReviewSummary = z.object({
  /** Grows with every change of groups or decisions. */
  revision: z.number(),
  tiers: z.array(TierSummary),
  thresholds: Thresholds,
  /** Lower end of the AI slider for the model in use. */
  similarityFloor: z.number(),
  /** Photos to be removed over all tiers, each counted once, and their bytes. */
  removals: z.object({ photos: z.number(), bytes: z.number() }),
  dismissedPairs: z.number(),
})
export type ReviewSummary = z.infer<typeof ReviewSummary>

export const GroupSort = z.enum(['found', 'savings', 'size', 'date', 'name'])
export type GroupSort = z.infer<typeof GroupSort>
export const GroupFilter = z.enum(['all', 'undecided', 'decided', 'new-finds'])
export type GroupFilter = z.infer<typeof GroupFilter>
