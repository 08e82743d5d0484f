import { z } from 'zod'
import { ErrorCode } from '../errors.ts'

/** What a file is to the photo that it goes with: the other picture of its shot, its video, its edits. */
export const CompanionKind = z.enum(['photo', 'raw', 'video', 'sidecar'])
export type CompanionKind = z.infer<typeof CompanionKind>

export const PlanItem = z.object({
  photoId: z.number().int(),
  name: z.string(),
  folder: z.string(),
  bytes: z.number(),
  tier: z.enum(['exact', 'perceptual', 'ai']),
  because: z.string(),
  /** The photo that stays for it. */
  keeps: z.string(),
  /** Files that go with it because they belong to it. */
  companions: z.array(
    z.object({
      name: z.string(),
      bytes: z.number(),
      kind: CompanionKind,
      /** Nothing like it lies beside a photo that stays. Only sidecars may be. */
      unique: z.boolean(),
    }),
  ),
})
export type PlanItem = z.infer<typeof PlanItem>

export const PlanWarning = z.object({
  code: z.enum([
    'last-copy',
    'offline',
    'no-trash',
    'truncated-kept',
    'similar-only',
    'protected',
    'hard-link',
    'not-unicode',
    'unit-incomplete',
    'unique-sidecar',
  ]),
  message: z.string(),
  photoIds: z.array(z.number().int()),
})
export type PlanWarning = z.infer<typeof PlanWarning>

export const CleanUpPlan = z.object({
  id: z.string(),
  destination: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('trash') }),
    z.object({ kind: z.literal('folder'), path: z.string() }),
  ]),
  items: z.array(PlanItem),
  /** Photos. */
  files: z.number(),
  /** Files that go with them. */
  companions: z.number(),
  /** Of all of them. */
  bytes: z.number(),
  warnings: z.array(PlanWarning),
})
export type CleanUpPlan = z.infer<typeof CleanUpPlan>

/** All items start `planned`. `intended` is written before a file is touched, the rest after. A crash between leaves `intended`, settled at the next start. */
export const JournalState = z.enum(['planned', 'intended', 'removed', 'skipped', 'failed', 'restored', 'unknown'])
export type JournalState = z.infer<typeof JournalState>

export const JournalItem = z.object({
  id: z.number().int(),
  path: z.string(),
  name: z.string(),
  bytes: z.number(),
  state: JournalState,
  code: ErrorCode.nullable(),
  message: z.string().nullable(),
  /** Where it went, where that is known. */
  movedTo: z.string().nullable(),
})
export type JournalItem = z.infer<typeof JournalItem>

export const Journal = z.object({
  id: z.string(),
  startedMs: z.number(),
  finishedMs: z.number().nullable(),
  destination: z.enum(['trash', 'folder']),
  destinationPath: z.string().nullable(),
  files: z.number(),
  bytes: z.number(),
  removed: z.number(),
  skipped: z.number(),
  failed: z.number(),
  restored: z.number(),
})
export type Journal = z.infer<typeof Journal>

export const CleanUpReport = z.object({ journal: Journal, items: z.array(JournalItem) })
export type CleanUpReport = z.infer<typeof CleanUpReport>

export const CleanUpProgress = z.object({ done: z.number(), total: z.number(), name: z.string() })
export type CleanUpProgress = z.infer<typeof CleanUpProgress>
