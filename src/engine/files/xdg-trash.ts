import { Buffer } from 'node:buffer'
import { lstat, readFile, realpath, unlink } from 'node:fs/promises'
import { displayPath, type FilePath } from '../../shared/domain/file-path.ts'
import { bytesToPath } from '../../shared/domain/path-bytes.ts'
import { TwinlensError } from '../../shared/errors.ts'
import { readNames } from './list-folder.ts'
import { moveBack } from './move.ts'
import { folderOf, joinPath, nameOf, toNativePath } from './native-path.ts'
import { sameBytes } from './place.ts'
import { hashFile } from './read.ts'
import { homeTrash, topFolderOf, volumeTrashes } from './trash-folders.ts'

interface Trashed {
  trash: FilePath
  /** The content, in the trash's `files` folder. */
  file: FilePath
  info: FilePath
  originalPath: FilePath
  /** Milliseconds since 1970, whole seconds: all that the format has. */
  trashedMs: number
}

const suffix = '.trashinfo'

/**
 * Where a trashed file lies now: the newest one that was trashed from `originalPath` at or after `trashedAfterMs`
 * (milliseconds since 1970), or null. Looks in the home trash and in those of the disk the path is on. Reads what `gio trash`
 * and the npm package `trash` write. Null on systems without an XDG trash.
 */
export async function findInTrash(
  originalPath: FilePath,
  options: { trashedAfterMs: number },
): Promise<FilePath | null> {
  const [newest] = await candidates(originalPath, options.trashedAfterMs)
  return newest?.file ?? null
}

/**
 * Puts a file back from the XDG trash: the newest with this content that was trashed from `originalPath` at or after
 * `trashedAfterMs`. Folders are made again where missing.
 *
 * Throws `not-in-trash` (with where to look on macOS and Windows), `changed-since-scan` (what is in the trash has another
 * content), `would-overwrite`, and the codes of `moveBack`.
 */
export async function restoreFromTrash(
  originalPath: FilePath,
  expectedHash: Uint8Array,
  options: { trashedAfterMs: number },
): Promise<void> {
  if (process.platform === 'darwin' || process.platform === 'win32') {
    const where =
      process.platform === 'darwin'
        ? 'Open the Trash in the Finder, select the file and choose Put Back.'
        : 'Open the Recycle Bin, select the file and choose Restore.'
    throw new TwinlensError('not-in-trash', `${displayPath(originalPath)} cannot be put back from here. ${where}`)
  }
  const found = await candidates(originalPath, options.trashedAfterMs)
  for (const trashed of found) {
    if (!sameBytes(await hashFile(trashed.file), expectedHash)) continue
    await moveBack(trashed.file, originalPath, expectedHash)
    await removeInfo(trashed)
    return
  }
  if (found.length > 0) {
    throw new TwinlensError(
      'changed-since-scan',
      `What the trash holds of ${displayPath(originalPath)} has another content; it was left there.`,
    )
  }
  throw new TwinlensError('not-in-trash', `${displayPath(originalPath)} is not in the trash any more.`)
}

async function candidates(originalPath: FilePath, trashedAfterMs: number): Promise<Trashed[]> {
  if (process.platform === 'darwin' || process.platform === 'win32') return []
  const top = await topFolderOf(originalPath)
  const spellings = new Set([originalPath, await withoutLinks(originalPath)])
  const found: Trashed[] = []
  for (const [trash, base] of [
    [homeTrash(), '/'] as const,
    ...volumeTrashes(top).map((path) => [path, top] as const),
  ]) {
    for (const path of spellings) found.push(...(await trashedFrom(trash, base, path)))
  }
  const present: Trashed[] = []
  // The format keeps whole seconds, so the one in which the file was trashed counts from its start.
  for (const trashed of found.filter((one) => one.trashedMs >= Math.floor(trashedAfterMs / 1000) * 1000)) {
    const state = await lstat(toNativePath(trashed.file)).catch(() => null)
    if (state?.isFile()) present.push(trashed)
  }
  return present.sort((a, b) => b.trashedMs - a.trashedMs)
}

/** The path with links in its folders resolved: some programs note it that way. The path itself when the folder is gone. */
async function withoutLinks(path: FilePath): Promise<FilePath> {
  const folder = await realpath(toNativePath(folderOf(path)), { encoding: 'buffer' }).catch(() => null)
  return folder === null ? path : joinPath(bytesToPath(Buffer.from(folder)), nameOf(path))
}

interface Index {
  /** Of the `info` folder when it was read, or after our own last change of it. */
  modifiedNs: bigint
  readAtMs: number
  byPath: Map<FilePath, Trashed[]>
}

/** One index for each trash: restoring 2,000 files must not read 2,000 × 2,000 info files. */
const indexes = new Map<FilePath, Index>()

/** A change so shortly before reading may share its time stamp with one after it. */
const sameTickMs = 100

async function trashedFrom(trash: FilePath, base: FilePath, originalPath: FilePath): Promise<Trashed[]> {
  const modifiedNs = await infoModified(trash)
  if (modifiedNs === null) return []
  let index = indexes.get(trash)
  const uncertain =
    index !== undefined &&
    !index.byPath.has(originalPath) &&
    Number(index.modifiedNs / 1_000_000n) > index.readAtMs - sameTickMs
  if (index === undefined || index.modifiedNs !== modifiedNs || uncertain) {
    index = await readIndex(trash, base, modifiedNs)
    indexes.set(trash, index)
  }
  return index.byPath.get(originalPath) ?? []
}

/** Removes an info file and keeps the index true without reading the folder again. */
async function removeInfo(trashed: Trashed): Promise<void> {
  await unlink(toNativePath(trashed.info)).catch(() => undefined)
  const index = indexes.get(trashed.trash)
  const modifiedNs = await infoModified(trashed.trash)
  if (index === undefined || modifiedNs === null) return
  index.modifiedNs = modifiedNs
  const left = index.byPath.get(trashed.originalPath)?.filter((one) => one.info !== trashed.info) ?? []
  if (left.length > 0) index.byPath.set(trashed.originalPath, left)
  else index.byPath.delete(trashed.originalPath)
}

async function infoModified(trash: FilePath): Promise<bigint | null> {
  const state = await lstat(toNativePath(joinPath(trash, 'info')), { bigint: true }).catch(() => null)
  return state?.mtimeNs ?? null
}

async function readIndex(trash: FilePath, base: FilePath, modifiedNs: bigint): Promise<Index> {
  const index: Index = { modifiedNs, readAtMs: Date.now(), byPath: new Map() }
  const names = await readNames(joinPath(trash, 'info')).catch(() => [])
  for (const name of names) {
    if (!name.endsWith(suffix)) continue
    const trashed = await readInfo(trash, base, name)
    if (trashed === null) continue
    const same = index.byPath.get(trashed.originalPath)
    if (same === undefined) index.byPath.set(trashed.originalPath, [trashed])
    else same.push(trashed)
  }
  return index
}

async function readInfo(trash: FilePath, base: FilePath, name: string): Promise<Trashed | null> {
  const info = joinPath(trash, 'info', name)
  const text = await readFile(toNativePath(info), 'latin1').catch(() => '')
  const path = /^Path=(.*)$/m.exec(text)?.[1]
  const date = /^DeletionDate=(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)/m.exec(text)?.[1]
  if (path === undefined || date === undefined) return null
  const decoded = bytesToPath(percentDecode(path.trimEnd()))
  return {
    trash,
    file: joinPath(trash, 'files', name.slice(0, -suffix.length)),
    info,
    originalPath: decoded.startsWith('/') ? decoded : joinPath(base, decoded),
    // Without a zone this is local time, in the format as in Date.
    trashedMs: new Date(date).getTime(),
  }
}

/** The bytes of a percent-encoded text; each character of `text` is one byte (Latin-1). */
function percentDecode(text: string): Uint8Array {
  const plain = text.replace(/%([0-9a-fA-F]{2})/g, (_whole, hex: string) => String.fromCharCode(parseInt(hex, 16)))
  return Buffer.from(plain, 'latin1')
}
