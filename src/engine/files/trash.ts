import { access, constants, lstat, stat } from 'node:fs/promises'
import { displayPath, type FilePath } from '../../shared/domain/file-path.ts'
import { isUnicode } from '../../shared/domain/path-bytes.ts'
import { TwinlensError } from '../../shared/errors.ts'
import { describeReadError, systemCode } from './file-errors.ts'
import { folderOf, toNativePath } from './native-path.ts'
import { homeTrash, topFolderOf, volumeTrashes } from './trash-folders.ts'

/**
 * Puts one file into the system's trash with the npm package `trash`: the XDG trash, the Finder's, or the recycle bin.
 *
 * Throws `vanished`, or `trash-unavailable` when the file stayed where it is.
 */
export async function trashWithLibrary(path: FilePath): Promise<void> {
  if (!isUnicode(path)) {
    throw new TwinlensError(
      'trash-unavailable',
      `The name of ${displayPath(path)} is not valid Unicode, and the trash cannot take such names. Rename it, or move it to a folder instead.`,
    )
  }
  await assertPresent(path)
  // Loaded when it is needed: it brings a good part of a second of start-up with it.
  const { default: trash } = await import('trash')
  try {
    await trash([path], { glob: false })
  } catch (error) {
    throw new TwinlensError(
      'trash-unavailable',
      `${displayPath(path)} could not be moved to the trash: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    )
  }
  if (await isPresent(path)) {
    throw new TwinlensError('trash-unavailable', `${displayPath(path)} is still there after moving it to the trash.`)
  }
}

/**
 * Whether the place of this file has a trash, as far as can be told without trying. Linux: its disk is that of the home
 * folder, or has (or lets the person make) a trash folder of its own. macOS and Windows: always said to be so; removable and
 * network drives may differ.
 */
export async function hasTrash(path: FilePath): Promise<boolean> {
  if (process.platform === 'win32' || process.platform === 'darwin') return true
  try {
    const file = await stat(toNativePath(folderOf(path)))
    const home = await nearest(homeTrash())
    if (home !== null && (await stat(toNativePath(home))).dev === file.dev) return await isWritable(home)
    const top = await topFolderOf(path)
    for (const trash of volumeTrashes(top)) if (await isWritable(trash)) return true
    return await isWritable(top)
  } catch {
    return false
  }
}

/** The path itself, or the first folder above it that exists. */
async function nearest(path: FilePath): Promise<FilePath | null> {
  for (let at = path; ; at = folderOf(at)) {
    if (await isPresent(at)) return at
    if (folderOf(at) === at) return null
  }
}

async function isWritable(path: FilePath): Promise<boolean> {
  return access(toNativePath(path), constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  )
}

async function isPresent(path: FilePath): Promise<boolean> {
  try {
    await lstat(toNativePath(path))
    return true
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error))) return false
    throw error
  }
}

async function assertPresent(path: FilePath): Promise<void> {
  try {
    await lstat(toNativePath(path))
  } catch (error) {
    const { code, message } = describeReadError(error, path)
    throw new TwinlensError(code, message, { cause: error })
  }
}
