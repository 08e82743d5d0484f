import { hexOf } from '../hex.ts'
import { TwinlensError } from '../../shared/errors.ts'
import { displayPath } from '../../shared/domain/file-path.ts'
import { hashFile, sameContent, statFile } from '../files/read.ts'
import type { Removal, Survivor } from './removal.ts'

/**
 * [Note: Checks before a file goes]
 *
 * Between the plan and the deed anything may have happened. So for each file, just before it goes: size and modification
 * time are what they were, the content hash is what it was, and in every group that it belongs to some photo that stays is
 * still there and unchanged; for identical files the two are compared byte by byte. Two names of one file (the same device
 * and inode with a single link) never vouch for each other.
 */
export async function checkRemoval(
  removal: Removal,
  checked: Map<string, boolean>,
  signal: AbortSignal,
): Promise<void> {
  const stamp = await statFile(removal.path)
  const name = displayPath(removal.path)
  if (stamp === null) throw new TwinlensError('vanished', `${name} is no longer there.`)
  const modifiedMs = Number(stamp.modifiedNs) / 1e6
  const moved = removal.modifiedMs !== null && Math.abs(modifiedMs - removal.modifiedMs) > 1
  if (stamp.bytes !== removal.bytes || moved) {
    throw new TwinlensError('changed-since-scan', `${name} has changed since the scan, so it stays.`)
  }
  if (hexOf(await hashFile(removal.path, signal)) !== removal.contentHash) {
    throw new TwinlensError('changed-since-scan', `The content of ${name} has changed since the scan, so it stays.`)
  }
  for (const group of removal.survivors) {
    let vouched = false
    for (const survivor of group.photos) {
      if (!(await stillThere(survivor, removal, checked, signal))) continue
      if (group.tier === 'exact' && !(await sameContent(survivor.path, removal.path, signal))) continue
      vouched = true
      break
    }
    if (!vouched) {
      throw new TwinlensError(
        'last-copy',
        `${name} stays: none of the photos that were to be kept for it is still there unchanged.`,
      )
    }
  }
  if (removal.survivors.length === 0) throw new TwinlensError('last-copy', `${name} stays: no other copy is known.`)
}

async function stillThere(
  survivor: Survivor,
  removal: Removal,
  checked: Map<string, boolean>,
  signal: AbortSignal,
): Promise<boolean> {
  const [theirs, mine] = [await statFile(survivor.path), await statFile(removal.path)]
  if (theirs === null || mine === null || theirs.bytes !== survivor.bytes) return false
  if (theirs.device === mine.device && theirs.inode === mine.inode && theirs.links < 2) return false
  if (survivor.contentHash === null) return true
  // A survivor is hashed once for each state that it is seen in, however many files it vouches for.
  const key = `${survivor.path}\0${theirs.modifiedNs}\0${theirs.bytes}`
  const known = checked.get(key)
  if (known !== undefined) return known
  const unchanged = hexOf(await hashFile(survivor.path, signal)) === survivor.contentHash
  checked.set(key, unchanged)
  return unchanged
}
