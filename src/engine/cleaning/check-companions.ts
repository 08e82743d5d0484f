import { displayPath, type FilePath, type FileStamp } from '../../shared/domain/file-path.ts'
import { TwinlensError } from '../../shared/errors.ts'
import { readNames } from '../files/list-folder.ts'
import { folderOf, joinPath, nameOf } from '../files/native-path.ts'
import { hashFile, sameContent, sameStamp, statFile } from '../files/read.ts'
import { hexOf } from '../hex.ts'
import { areMates, readUnitName } from '../keeping/unit.ts'
import type { Companion, Removal } from './removal.ts'

/**
 * Just before a photo goes: its raw file, JPEG and video are what they were, and a copy of each, byte for byte, still lies beside
 * a photo that stays. Throws `changed-since-scan`, `last-copy`, `cancelled`: then the whole unit stays.
 */
export async function checkContents(removal: Removal, signal: AbortSignal): Promise<void> {
  for (const companion of removal.companions) {
    if (companion.kind === 'sidecar') continue
    await assertUnchanged(companion)
    if (await hasTwin(companion, signal)) continue
    throw new TwinlensError(
      'last-copy',
      `${displayPath(removal.path)} stays: no other copy of ${displayPath(companion.name)}, which belongs to it, is there.`,
    )
  }
}

async function hasTwin(companion: Companion, signal: AbortSignal): Promise<boolean> {
  for (const twin of companion.twins) {
    const [theirs, mine] = [await statFile(twin), await statFile(companion.path)]
    if (theirs === null || mine === null || isSameEntry(theirs, mine)) continue
    if (await sameContent(twin, companion.path, signal)) return true
  }
  return false
}

/** Two names of one file, unless they are hard links. */
function isSameEntry(a: FileStamp, b: FileStamp): boolean {
  return a.inode !== 0n && a.device === b.device && a.inode === b.inode && a.links < 2
}

/**
 * After its photo has gone: a companion is what it was, and no picture that has come or stayed in the folder needs it. Throws
 * `changed-since-scan`, `vanished`, `last-copy`.
 */
export async function checkCompanion(companion: Companion, contentHash: string, photo: FilePath): Promise<void> {
  await assertUnchanged(companion)
  if (hexOf(await hashFile(companion.path)) !== contentHash) throw changed(companion)
  const owner = await ownerOf(companion, photo)
  if (owner === null) return
  throw new TwinlensError('last-copy', `${displayPath(companion.path)} stays: ${displayPath(owner)} needs it.`)
}

/** A picture of the unit that is still in the folder, whatever the plan said. */
async function ownerOf(companion: Companion, photo: FilePath): Promise<string | null> {
  const [own, gone] = [readUnitName(companion.name), nameOf(photo)]
  const folder = folderOf(companion.path)
  for (const name of await readNames(folder).catch(() => [])) {
    const unit = readUnitName(name)
    if (unit === null || own === null || unit.stem !== own.stem) continue
    if (name === companion.name || name === gone || (unit.kind !== 'photo' && unit.kind !== 'raw')) continue
    // A raw file or JPEG of the same shot is on its way as well, unless it was refused.
    if (companion.kind !== 'sidecar' && areMates({ name, takenAt: null }, { name: gone, takenAt: null })) continue
    if ((await statFile(joinPath(folder, name)).catch(() => null)) !== null) return name
  }
  return null
}

async function assertUnchanged(companion: Companion): Promise<void> {
  const stamp = await statFile(companion.path)
  if (stamp === null) throw new TwinlensError('vanished', `${displayPath(companion.path)} is no longer there.`)
  if (!sameStamp(stamp, companion.stamp)) throw changed(companion)
}

function changed({ path }: Companion): TwinlensError {
  return new TwinlensError('changed-since-scan', `${displayPath(path)} has changed since the plan, so it stays.`)
}
