import { cp, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { displayPath, type FilePath } from '../../shared/domain/file-path.ts'
import { TwinlensError } from '../../shared/errors.ts'
import { systemCode } from './file-errors.ts'
import { toNativePath } from './native-path.ts'

/** Whether a folder is there now. A drive that is away answers false, as does a path that is a file. */
export async function isFolder(path: FilePath): Promise<boolean> {
  try {
    return (await stat(toNativePath(path))).isDirectory()
  } catch {
    return false
  }
}

/** Makes a folder of the app's own, with its parents; only the person may look into it. */
export async function ensurePrivateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
}

/**
 * Writes a file that the person asked for (a report, an export), whole or not at all as far as the system allows.
 *
 * @throws TwinlensError `destination-unusable`
 */
export async function writeReport(path: FilePath, content: string | Uint8Array): Promise<void> {
  try {
    await writeFile(toNativePath(path), content, { encoding: 'utf8' })
  } catch (error) {
    throw new TwinlensError(
      'destination-unusable',
      `${displayPath(path)} could not be written (${systemCode(error)}). Check its folder, your rights and the free space.`,
      { cause: error },
    )
  }
}

/** Copies a folder of the app's own with everything in it, times kept; the copy can be written to. */
export async function copyFolder(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true, preserveTimestamps: true, errorOnExist: true, force: false })
}

/** A small text file that the person named. */
export async function readText(path: FilePath): Promise<string> {
  return readFile(toNativePath(path), 'utf8')
}
