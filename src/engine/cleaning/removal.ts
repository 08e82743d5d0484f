import type { Tier } from '../../shared/contract/groups.ts'
import type { FilePath, FileStamp } from '../../shared/domain/file-path.ts'

/** One photo that stays, and what it must still be when another goes because of it. */
export interface Survivor {
  path: FilePath
  /** Null when only the path is known (a result file written elsewhere): then existence is checked. */
  contentHash: string | null
  bytes: number
}

/** One file that is to go, and what it was when it was planned. */
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
}

export type Destination = { kind: 'trash' } | { kind: 'folder'; path: FilePath }
