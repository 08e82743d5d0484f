import { readFile, realpath } from 'node:fs/promises'
import type { FilePath } from '../../shared/domain/file-path.ts'
import { toNativePath } from './native-path.ts'

/** File systems whose changes by other computers, or by the program behind them, the kernel does not tell. */
const remoteTypes = /^(nfs\d?|cifs|smb\w*|9p|afs|ceph|glusterfs|davfs|ncpfs|vboxsf|fuse\..*|fuse)$/

/**
 * Calls back after changes below a folder, several changes as one call. The system's own notices (inotify, FSEvents,
 * ReadDirectoryChangesW) through @parcel/watcher, which watches folders, not files.
 *
 * @param onLost the notices have ended (too many at once, the folder is gone): look for yourself
 * @returns stops watching
 * @throws Error where the folder can't be watched: out of watches, a name that is no Unicode, a remote file system
 */
export async function watchTree(
  folder: FilePath,
  onChange: () => void,
  onLost: (error: Error) => void,
): Promise<() => Promise<void>> {
  const native = toNativePath(folder)
  if (typeof native !== 'string') throw new Error('its name is not valid Unicode')
  const type = await fileSystemOf(native)
  if (remoteTypes.test(type)) throw new Error(`changes on ${type} are not told`)
  // Here, not above: where the package has no binary for a system, only watching is missing.
  const { subscribe } = await import('@parcel/watcher')
  const subscription = await subscribe(native, (error, events) => {
    if (error !== null) onLost(error)
    else if (events.length > 0) onChange()
  })
  return () => subscription.unsubscribe()
}

/** The type of the file system that holds a path, as Linux names it; empty where that is not known. */
async function fileSystemOf(path: string): Promise<string> {
  if (process.platform !== 'linux') return ''
  const [mounts, real] = await Promise.all([readFile('/proc/self/mountinfo', 'utf8'), realpath(path)])
  return typeAt(mounts, real)
}

/**
 * @param mountInfo lines of /proc/self/mountinfo: … mount point at the fifth place, after a lone `-` the type (proc(5))
 * @param path absolute, without links
 */
export function typeAt(mountInfo: string, path: string): string {
  let best = { length: -1, type: '' }
  for (const line of mountInfo.split('\n')) {
    const fields = line.split(' ')
    const point = fields[4]?.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)))
    const type = fields[fields.indexOf('-') + 1]
    if (point === undefined || type === undefined) continue
    const holds = point === '/' || path === point || path.startsWith(`${point}/`)
    // Of two mounts at one point the later hides the earlier.
    if (holds && point.length >= best.length) best = { length: point.length, type }
  }
  return best.type
}
