import { constants } from 'node:fs'
import { copyFile, link, lstat, mkdir, open, rename, rm, stat, unlink, utimes } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { displayPath, type FilePath } from '../../shared/domain/file-path.ts'
import { TwinlensError } from '../../shared/errors.ts'
import { systemCode } from './file-errors.ts'
import { folderOf, joinPath, toNativePath } from './native-path.ts'
import { hashFile, sameStamp } from './read.ts'
import { stampOf } from './list-folder.ts'

/** The name is taken. Inside the room only: callers turn it into another name or into `would-overwrite`. */
export class NameTaken extends Error {}

/**
 * Gives the file at `from` the name `to`, whose folder must exist. Never overwrites: throws NameTaken when anything has that
 * name. Between file systems the file is copied, flushed to disk and compared by hash before the original goes.
 * A crash at any instant leaves the whole file under at least one of the two names.
 */
export async function placeFile(from: FilePath, to: FilePath): Promise<void> {
  const state = await lstat(toNativePath(from))
  if (!state.isFile())
    throw new TwinlensError('move-failed', `${displayPath(from)} is no regular file; it was left alone.`)
  try {
    await renameExclusively(from, to)
  } catch (error) {
    if (systemCode(error) !== 'EXDEV') throw error
    await copyAcross(from, to)
  }
}

/** `link` fails when the name is taken, in one step; `rename` would overwrite. */
async function renameExclusively(from: FilePath, to: FilePath): Promise<void> {
  try {
    await link(toNativePath(from), toNativePath(to))
  } catch (error) {
    const code = systemCode(error)
    if (code === 'EEXIST') throw new NameTaken()
    // FAT and some network drives have no hard links, and Linux refuses them on other people's files.
    if (['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EACCES', 'EINVAL', 'UNKNOWN'].includes(code)) {
      return renameOverPlaceholder(from, to)
    }
    throw error
  }
  try {
    await unlink(toNativePath(from))
  } catch (error) {
    await unlink(toNativePath(to))
    throw error
  }
}

/** Takes the name with an empty file of our own, then renames over that. */
async function renameOverPlaceholder(from: FilePath, to: FilePath): Promise<void> {
  try {
    await (await open(toNativePath(to), 'wx')).close()
  } catch (error) {
    if (systemCode(error) === 'EEXIST') throw new NameTaken()
    throw error
  }
  try {
    await rename(toNativePath(from), toNativePath(to))
  } catch (error) {
    await rm(toNativePath(to), { force: true })
    throw error
  }
}

async function copyAcross(from: FilePath, to: FilePath): Promise<void> {
  const partial = joinPath(folderOf(to), `.twinlens-${randomUUID()}.partial`)
  try {
    const before = await stat(toNativePath(from), { bigint: true })
    const hash = await hashFile(from)
    await copyFile(toNativePath(from), toNativePath(partial), constants.COPYFILE_EXCL)
    // The time of change is kept to the microsecond: Node takes it as a double.
    const seconds = (nanoseconds: bigint): number => Number(nanoseconds) / 1e9
    await utimes(toNativePath(partial), seconds(before.atimeNs), seconds(before.mtimeNs))
    await flush(partial)
    if (!sameBytes(hash, await hashFile(partial))) {
      throw new TwinlensError(
        'move-failed',
        `The copy of ${displayPath(from)} is not the same; the original was left alone.`,
      )
    }
    const after = await stat(toNativePath(from), { bigint: true })
    if (!sameStamp(stampOf(before), stampOf(after))) {
      throw new TwinlensError(
        'changed-since-scan',
        `${displayPath(from)} changed while it was copied; it was left alone.`,
      )
    }
    await renameExclusively(partial, to)
    await flushFolder(folderOf(to))
    await unlink(toNativePath(from))
  } finally {
    await rm(toNativePath(partial), { force: true })
  }
}

async function flush(path: FilePath): Promise<void> {
  const file = await open(toNativePath(path), 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Makes a new name in a folder durable. Windows cannot open folders and needs no such step. */
async function flushFolder(path: FilePath): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(toNativePath(path), 'r')
  try {
    await folder.sync()
  } catch (error) {
    // Some network file systems cannot; the rename itself has succeeded.
    if (!['EINVAL', 'ENOTSUP', 'EOPNOTSUPP'].includes(systemCode(error))) throw error
  } finally {
    await folder.close()
  }
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((value, at) => value === b[at])
}

export async function makeFolder(path: FilePath): Promise<void> {
  await mkdir(toNativePath(path), { recursive: true })
}
