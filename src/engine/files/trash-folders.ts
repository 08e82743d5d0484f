import { lstat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { isAbsolute } from 'node:path'
import type { FilePath } from '../../shared/domain/file-path.ts'
import { folderOf, joinPath, toNativePath } from './native-path.ts'

/** The XDG trash of this user's home (freedesktop.org Trash specification 1.0, "Trash directories"). */
export function homeTrash(): FilePath {
  const data = process.env.XDG_DATA_HOME
  const base = data !== undefined && isAbsolute(data) ? data : joinPath(homedir(), '.local', 'share')
  return joinPath(base, 'Trash')
}

/** The two places where a disk may keep this user's trash. */
export function volumeTrashes(top: FilePath): FilePath[] {
  const uid = String(process.getuid?.() ?? 0)
  return [joinPath(top, '.Trash', uid), joinPath(top, `.Trash-${uid}`)]
}

/** The top folder of the disk that a path is on, or was on: the last folder upwards that is on the same device. */
export async function topFolderOf(path: FilePath): Promise<FilePath> {
  let top: FilePath | null = null
  let device: bigint | null = null
  for (let at = folderOf(path); ; at = folderOf(at)) {
    const state = await lstat(toNativePath(at), { bigint: true }).catch(() => null)
    if (state !== null) {
      device ??= state.dev
      if (state.dev !== device) return top ?? at
      top = at
    }
    if (folderOf(at) === at) return top ?? at
  }
}
