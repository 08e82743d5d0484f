import type { FileRecord } from '../catalog/record-batch.ts'
import type { WalkEntry } from '../files/walk.ts'

/** What became of one file. */
export type FileOutcome = FileRecord['outcome']

/** A file as the walk found it. */
export type WalkedFile = Extract<WalkEntry, { kind: 'file' }>
