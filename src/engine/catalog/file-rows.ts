import type { FilePath, FileStamp } from '../../shared/domain/file-path.ts'
import { bytesToPath } from '../../shared/domain/path-bytes.ts'
import { UnreadableCode } from '../../shared/errors.ts'

/** One file as the catalog knows it. */
export interface FileRow {
  id: number
  folderId: number
  path: FilePath
  stamp: FileStamp
  /** `other` is a file that is no picture, remembered so that it is not read again. */
  state: 'photo' | 'unreadable' | 'other'
  contentId: number | null
  code: UnreadableCode | null
  message: string | null
  offline: boolean
}

/** As SQLite gives it with safe integers: device and inode do not fit a double. */
export interface RawFile {
  id: bigint
  folderId: bigint
  path: Buffer
  bytes: bigint
  modifiedNs: bigint
  device: bigint
  inode: bigint
  links: bigint
  state: 'photo' | 'unreadable' | 'other'
  contentId: bigint | null
  code: string | null
  message: string | null
  offline: bigint
}

export const fileColumns = `
  files.id, files.folder_id AS folderId, files.path, files.bytes, files.modified_ns AS modifiedNs, files.device,
  files.inode, files.links, files.state, files.content_id AS contentId, files.code, files.message, files.offline`

export function toFileRow(raw: RawFile, path: FilePath = bytesToPath(raw.path)): FileRow {
  return {
    id: Number(raw.id),
    folderId: Number(raw.folderId),
    path,
    stamp: toStamp(raw),
    state: raw.state,
    contentId: raw.contentId === null ? null : Number(raw.contentId),
    code: toUnreadableCode(raw.code),
    message: raw.message,
    offline: raw.offline !== 0n,
  }
}

export function toStamp(raw: Pick<RawFile, 'bytes' | 'modifiedNs' | 'device' | 'inode' | 'links'>): FileStamp {
  return {
    bytes: Number(raw.bytes),
    modifiedNs: raw.modifiedNs,
    device: BigInt.asUintN(64, raw.device),
    inode: BigInt.asUintN(64, raw.inode),
    links: Number(raw.links),
  }
}

/** A stamp as bound values: bytes, modified_ns, device, inode, links. */
export function stampValues(stamp: FileStamp): [number, bigint, bigint, bigint, number] {
  return [stamp.bytes, stamp.modifiedNs, BigInt.asIntN(64, stamp.device), BigInt.asIntN(64, stamp.inode), stamp.links]
}

/** A code that this version does not know reads as `read-error`. */
export function toUnreadableCode(code: string | null): UnreadableCode | null {
  if (code === null) return null
  const parsed = UnreadableCode.safeParse(code)
  return parsed.success ? parsed.data : 'read-error'
}
