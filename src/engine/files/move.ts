import { lstat } from 'node:fs/promises'
import { extname, isAbsolute, sep } from 'node:path'
import { displayPath, type FilePath } from '../../shared/domain/file-path.ts'
import { TwinlensError } from '../../shared/errors.ts'
import { describeReadError, systemCode } from './file-errors.ts'
import { folderOf, joinPath, nameOf, toNativePath } from './native-path.ts'
import { makeFolder, NameTaken, placeFile, sameBytes } from './place.ts'
import { hashFile } from './read.ts'

/** After this many taken names something else is wrong. */
const namesTried = 10_000

/**
 * Moves a file to `relativePath` below `destinationRoot`, which is made where missing, and returns where it went: never over
 * anything, a taken name becomes "name (2).jpg". The time of change is kept. Between disks it copies, flushes, compares and
 * only then removes.
 *
 * Throws `vanished` and `permission-denied` about the file, `destination-unusable` (missing rights, full, read-only, or a
 * `relativePath` that leaves the destination), `changed-since-scan`, `move-failed`.
 */
export async function moveToFolder(path: FilePath, destinationRoot: FilePath, relativePath: string): Promise<FilePath> {
  const target = joinPath(destinationRoot, relativePath)
  const root = joinPath(destinationRoot, sep)
  if (isAbsolute(relativePath) || !target.startsWith(root) || target === root) {
    throw new TwinlensError('destination-unusable', `${displayPath(relativePath)} is not a place inside the folder.`)
  }
  await assertThere(path)
  await prepareFolder(folderOf(target))
  for (let number = 1; number <= namesTried; number++) {
    const candidate = number === 1 ? target : numbered(target, number)
    try {
      await placeFile(path, candidate)
      return candidate
    } catch (error) {
      if (!(error instanceof NameTaken)) throw asMoveError(error, path, candidate)
    }
  }
  throw new TwinlensError('destination-unusable', `Too many files are named like ${displayPath(target)} already.`)
}

/**
 * Puts a moved file back under its old path, whose folders are made again where missing.
 *
 * Throws `vanished` (nothing at `from`), `changed-since-scan` (its content is not `expectedHash`; it stays where it is),
 * `would-overwrite` (something is at `to`), `permission-denied`, `destination-unusable`, `move-failed`.
 */
export async function moveBack(from: FilePath, to: FilePath, expectedHash: Uint8Array): Promise<void> {
  await assertThere(from)
  if (!sameBytes(await hashFile(from), expectedHash)) {
    throw new TwinlensError(
      'changed-since-scan',
      `${displayPath(from)} was changed since it was moved; it stays there.`,
    )
  }
  await prepareFolder(folderOf(to))
  try {
    await placeFile(from, to)
  } catch (error) {
    if (error instanceof NameTaken) {
      throw new TwinlensError(
        'would-overwrite',
        `${displayPath(to)} exists; ${displayPath(from)} was left where it is.`,
      )
    }
    throw asMoveError(error, from, to)
  }
  if (!sameBytes(await hashFile(to), expectedHash)) {
    throw new TwinlensError('move-failed', `${displayPath(to)} was put back, but its content is not what it was.`)
  }
}

function numbered(path: FilePath, number: number): FilePath {
  const name = nameOf(path)
  const extension = extname(name)
  const stem = extension === '' ? name : name.slice(0, -extension.length)
  return joinPath(folderOf(path), `${stem} (${number})${extension}`)
}

async function assertThere(path: FilePath): Promise<void> {
  try {
    await lstat(toNativePath(path))
  } catch (error) {
    const { code, message } = describeReadError(error, path)
    throw new TwinlensError(code, message, { cause: error })
  }
}

async function prepareFolder(folder: FilePath): Promise<void> {
  try {
    await makeFolder(folder)
  } catch (error) {
    throw new TwinlensError(
      'destination-unusable',
      `The folder ${displayPath(folder)} cannot be made: ${reasonOf(error)} Nothing was moved.`,
      { cause: error },
    )
  }
}

function asMoveError(error: unknown, from: FilePath, to: FilePath): TwinlensError {
  if (error instanceof TwinlensError) return error
  const code = ['ENOSPC', 'EROFS', 'EDQUOT', 'EACCES', 'EPERM', 'ENAMETOOLONG', 'EFBIG'].includes(systemCode(error))
    ? 'destination-unusable'
    : 'move-failed'
  const message = `${displayPath(from)} could not be moved to ${displayPath(to)}: ${reasonOf(error)} It was left where it is.`
  return new TwinlensError(code, message, { cause: error })
}

function reasonOf(error: unknown): string {
  const known: Record<string, string> = {
    ENOSPC: 'the disk is full.',
    EDQUOT: 'your share of the disk is used up.',
    EROFS: 'the disk is read-only.',
    EACCES: 'you may not write there.',
    EPERM: 'the system does not allow it.',
    ENAMETOOLONG: 'the path is too long.',
    EEXIST: 'a file is in the way.',
    ENOTDIR: 'a file is in the way.',
  }
  return known[systemCode(error)] ?? `${error instanceof Error ? error.message : String(error)}.`
}
