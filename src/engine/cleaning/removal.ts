import type { Tier } from '../../shared/contract/groups.ts'
import type { CompanionKind } from '../../shared/contract/clean-up.ts'
import type { FilePath, FileStamp } from '../../shared/domain/file-path.ts'

/** One photo that stays, and what it must still be when another goes because of it. */
export interface Survivor {
  path: FilePath
  /** Null when only the path is known (a result file written elsewhere): then existence is checked. */
  contentHash: string | null
  bytes: number
}

/** A file that goes with a photo because it belongs to it ([Note: Units]). */
export interface Companion {
  path: FilePath
  name: string
  bytes: number
  stamp: FileStamp
  kind: CompanionKind
  /** No file of the same size lies beside a photo that stays: of a sidecar, its edits go. */
  unique: boolean
  /** Of anything but a sidecar: where copies of it stay. At least one of them must still be there. */
  twins: readonly FilePath[]
}

/** One photo that is to go, and what it was when it was planned. */
export interface Removal {
  path: FilePath
  name: string
  bytes: number
  /** Milliseconds since 1970 at the time of the plan; null where it was not known. */
  modifiedMs: number | null
  stamp: FileStamp
  /** Lower-case hex. */
  contentHash: string
  /** Below which folder the relative path is kept when it is moved. */
  folder: FilePath
  tier: Tier
  because: string
  /** For each group that it belongs to: the photos that stay. At least one of each must still be there. */
  survivors: readonly { groupId: string; tier: Tier; photos: readonly Survivor[] }[]
  companions: readonly Companion[]
}

export type Destination = { kind: 'trash' } | { kind: 'folder'; path: FilePath }
