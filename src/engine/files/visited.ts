import type { BigIntStats } from 'node:fs'
import type { FilePath } from '../../shared/domain/file-path.ts'

/** Remembers by device and inode which folders and files a walk has met. */
export class Visited {
  private readonly folders = new Set<string>()
  private readonly roots = new Set<string>()
  /** Inodes by device; as numbers where they are exact, as those take a third of a bigint's memory. */
  private readonly files = new Map<bigint, Set<number | bigint>>()

  /** Records a folder to be walked for its own sake; false when it was recorded before. */
  enterRoot(path: FilePath, state: BigIntStats): boolean {
    this.roots.add(folderKey(path, state))
    return this.enterFolder(path, state)
  }

  isRoot(path: FilePath, state: BigIntStats): boolean {
    return this.roots.has(folderKey(path, state))
  }

  /** Records a folder; false when it was met before, by whatever path. */
  enterFolder(path: FilePath, state: BigIntStats): boolean {
    const key = folderKey(path, state)
    if (this.folders.has(key)) return false
    this.folders.add(key)
    return true
  }

  /** Records a file; false when the very same file was met before and another path to it is no hard link. */
  meetFile(state: BigIntStats): boolean {
    // Some network file systems give no inode: then nothing can be said.
    if (state.ino === 0n) return true
    let inodes = this.files.get(state.dev)
    if (inodes === undefined) this.files.set(state.dev, (inodes = new Set()))
    const inode = state.ino <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(state.ino) : state.ino
    if (inodes.has(inode)) return state.nlink > 1n
    inodes.add(inode)
    return true
  }
}

/** The time of birth is in the key as some network file systems use an inode number again for another folder. */
function folderKey(path: FilePath, state: BigIntStats): string {
  return state.ino === 0n ? path : `${state.dev}:${state.ino}:${state.birthtimeNs}`
}
