import { Buffer } from 'node:buffer'
import { basename, dirname, join, toNamespacedPath } from 'node:path'
import type { FilePath } from '../../shared/domain/file-path.ts'
import { bytesToPath, isUnicode, pathToBytes } from '../../shared/domain/path-bytes.ts'

const onWindows = process.platform === 'win32'

/**
 * What `node:fs` takes for this path: the path itself, its raw bytes where it is not valid UTF-8 (Linux, macOS), and the
 * `\\?\` form on Windows, which has no limit of 260 characters.
 */
export function toNativePath(path: FilePath): string | Buffer {
  if (onWindows) return toNamespacedPath(path)
  return isUnicode(path) ? path : Buffer.from(pathToBytes(path))
}

/** The path for a name or path that `node:fs` gave as bytes. */
export function fromNativePath(bytes: Buffer): FilePath {
  return bytesToPath(bytes)
}

/** `folder` and the names below it as one path, `.` and `..` resolved. */
export function joinPath(folder: FilePath, ...names: string[]): FilePath {
  return join(folder, ...names)
}

/** The last name of a path. */
export function nameOf(path: FilePath): string {
  return basename(path)
}

/** The path without its last name. */
export function folderOf(path: FilePath): FilePath {
  return dirname(path)
}
