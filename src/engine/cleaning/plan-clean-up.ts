import type { CleanUpPlan, PlanItem, PlanWarning } from '../../shared/contract/clean-up.ts'
import type { Tier } from '../../shared/contract/groups.ts'
import { displayPath, type FilePath } from '../../shared/domain/file-path.ts'
import { isUnicode } from '../../shared/domain/path-bytes.ts'
import type { PhotoRow } from '../catalog/photos.ts'
import { folderOf, nameOf } from '../files/native-path.ts'
import { hasTrash } from '../files/trash.ts'
import { planRemovals, type PlanGroup, type PlannedRemoval } from '../keeping/plan.ts'
import type { PhotoGroup } from '../reviewing/group-builder.ts'
import type { ReviewSession } from '../reviewing/review-session.ts'
import { planUnits } from './companions.ts'
import type { Companion, Destination, Removal, Survivor } from './removal.ts'

export interface PreparedPlan {
  plan: CleanUpPlan
  removals: Removal[]
  destination: Destination
}

/**
 * What would be removed from the given tiers by the present decisions: nothing is touched. A photo that is the last one of
 * any of its groups, whatever the tier, is left out and named in a warning.
 */
export async function planCleanUp(
  id: string,
  session: ReviewSession,
  tiers: readonly Tier[],
  destination: Destination,
  folderPath: (folderId: number) => string,
  hashOf: (photo: PhotoRow) => string,
): Promise<PreparedPlan> {
  const duplicates = (['exact', 'perceptual', 'ai'] as const).flatMap((tier) => [...session.groupsOf(tier)])
  const allGroups = [...duplicates, ...lonelyPairs(session, duplicates)]
  const chosen = allGroups.filter((group) => tiers.includes(group.tier))
  const firstGroup = new Map<number, PhotoGroup>()
  const offline = new Map<number, PhotoRow>()
  for (const group of chosen) {
    for (const photo of group.photos) {
      if (firstGroup.has(photo.fileId) || session.verdict(photo.fileId).decision !== 'remove') continue
      if (photo.offline) offline.set(photo.fileId, photo)
      else firstGroup.set(photo.fileId, group)
    }
  }
  const result = planRemovals(
    allGroups.map((group) => planGroup(session, group)),
    new Set(firstGroup.keys()),
  )
  const wholly = await planWholeUnits(session, allGroups, result.removals)
  const going = new Set(wholly.removals.map((removal) => removal.id))
  const groupsOf = groupsByPhoto(allGroups, going)
  const removals: Removal[] = []
  const items: PlanItem[] = []
  for (const { id: photoId, keeps } of wholly.removals) {
    const [photo, group] = [session.photo(photoId), firstGroup.get(photoId)]
    if (photo === undefined || group === undefined) continue
    const companions = wholly.companions.get(photo.path) ?? []
    const survivors = (groupsOf.get(photoId) ?? []).map((each) => survivorsOf(each, going, hashOf))
    const verdict = session.verdict(photoId)
    removals.push({
      path: photo.path,
      name: nameOf(photo.path),
      bytes: photo.stamp.bytes,
      modifiedMs: Number(photo.stamp.modifiedNs) / 1e6,
      stamp: photo.stamp,
      contentHash: hashOf(photo),
      folder: folderPath(photo.folderId),
      tier: group.tier,
      because: verdict.because,
      survivors,
      companions,
    })
    items.push({
      photoId,
      name: displayPath(nameOf(photo.path)),
      folder: displayPath(folderOf(photo.path)),
      bytes: photo.stamp.bytes,
      tier: group.tier,
      because: verdict.because,
      keeps: displayPath(session.photo(keeps)?.path ?? ''),
      companions: companions.map(({ name, bytes, kind, unique }) => ({ name: displayPath(name), bytes, kind, unique })),
    })
  }
  const left = { refused: result.refused, offline, incomplete: wholly.incomplete }
  const warnings = await warningsOf(session, removals, items, left, destination)
  const shown =
    destination.kind === 'trash' ? destination : { kind: 'folder' as const, path: displayPath(destination.path) }
  return { plan: { id, destination: shown, items, ...totalsOf(removals), warnings }, removals, destination }
}

function totalsOf(removals: readonly Removal[]): Pick<CleanUpPlan, 'files' | 'companions' | 'bytes'> {
  const companions = removals.flatMap((removal) => removal.companions)
  const bytes = [...removals, ...companions].reduce((sum, each) => sum + each.bytes, 0)
  return { files: removals.length, companions: companions.length, bytes }
}

interface WholeUnits {
  removals: readonly PlannedRemoval[]
  companions: ReadonlyMap<FilePath, readonly Companion[]>
  /** Photos that stay because a part of their unit has no other copy. */
  incomplete: { photoId: number; part: string }[]
}

/** The planned removals whose whole unit can go ([Note: Units]), and what goes with them. */
async function planWholeUnits(
  session: ReviewSession,
  allGroups: readonly PhotoGroup[],
  planned: readonly PlannedRemoval[],
): Promise<WholeUnits> {
  const going = new Set(planned.map(({ id }) => id))
  const groupsOf = groupsByPhoto(allGroups, going)
  const idOf = new Map<FilePath, number>()
  const photos = planned.flatMap(({ id }) => {
    const photo = session.photo(id)
    if (photo === undefined) return []
    idOf.set(photo.path, id)
    const stay = (groupsOf.get(id) ?? []).flatMap((group) =>
      group.photos.filter((each) => !going.has(each.fileId) && !each.offline).map(({ path }) => path),
    )
    return [{ path: photo.path, takenAt: photo.takenAt, survivors: [...new Set(stay)] }]
  })
  const takenAt = new Map(session.allPhotos().map((photo) => [photo.path, photo.takenAt]))
  const { companions, incomplete } = await planUnits(photos, (path) => takenAt.get(path) ?? null)
  const stays = new Set([...incomplete.keys()].map((path) => idOf.get(path)))
  return {
    removals: planned.filter(({ id }) => !stays.has(id)),
    companions,
    incomplete: [...incomplete].map(([path, part]) => ({ photoId: idOf.get(path) ?? 0, part })),
  }
}

/**
 * Similar pairs that speak for a photo which the person removes and which has no duplicate: it goes only while the one that it
 * looks like stays. Photos with duplicates are none of their business.
 */
function lonelyPairs(session: ReviewSession, duplicates: readonly PhotoGroup[]): PhotoGroup[] {
  const grouped = new Set(duplicates.flatMap((group) => group.photos.map((photo) => photo.fileId)))
  const isLonely = ({ fileId }: PhotoRow): boolean =>
    !grouped.has(fileId) && session.verdict(fileId).decision === 'remove'
  return session.similarPairs().filter(({ photos }) => photos.some(isLonely))
}

/** The photo that the group is shown from comes first: of several that could stay, the plan spares it. */
function planGroup(session: ReviewSession, group: PhotoGroup): PlanGroup {
  const best = session.referenceOf(group)
  return {
    id: group.id,
    tier: group.tier,
    members: [best, ...group.photos.filter((photo) => photo !== best)].map((photo) => ({
      id: photo.fileId,
      online: !photo.offline,
      truncated: photo.truncated,
      device: photo.stamp.device,
      inode: photo.stamp.inode,
      links: photo.stamp.links,
      bytes: photo.stamp.bytes,
    })),
  }
}

function groupsByPhoto(groups: readonly PhotoGroup[], going: ReadonlySet<number>): Map<number, PhotoGroup[]> {
  const found = new Map<number, PhotoGroup[]>()
  for (const group of groups) {
    for (const photo of group.photos) {
      if (!going.has(photo.fileId)) continue
      const list = found.get(photo.fileId)
      if (list === undefined) found.set(photo.fileId, [group])
      else list.push(group)
    }
  }
  return found
}

function survivorsOf(group: PhotoGroup, going: ReadonlySet<number>, hashOf: (photo: PhotoRow) => string) {
  const photos: Survivor[] = group.photos
    .filter((photo) => !going.has(photo.fileId) && !photo.offline)
    .map((photo) => ({ path: photo.path, contentHash: hashOf(photo), bytes: photo.stamp.bytes }))
  return { groupId: group.id, tier: group.tier, photos }
}

async function warningsOf(
  session: ReviewSession,
  removals: readonly Removal[],
  items: readonly PlanItem[],
  left: {
    refused: readonly { id: number }[]
    offline: ReadonlyMap<number, PhotoRow>
    incomplete: WholeUnits['incomplete']
  },
  destination: Destination,
): Promise<PlanWarning[]> {
  const warnings: PlanWarning[] = []
  const warn = (code: PlanWarning['code'], photoIds: number[], message: (count: string) => string): void => {
    if (photoIds.length === 0) return
    const count = photoIds.length === 1 ? '1 photo' : `${photoIds.length} photos`
    warnings.push({ code, message: message(count), photoIds })
  }
  const idOf = (k: number): number => items[k]?.photoId ?? 0
  const where = (test: (removal: Removal) => boolean): number[] =>
    removals.flatMap((removal, k) => (test(removal) ? [idOf(k)] : []))
  warn(
    'last-copy',
    left.refused.map(({ id }) => id),
    (n) => `${n} marked for removal stay: each is the last one of its group.`,
  )
  warn('offline', [...left.offline.keys()], (n) => `${n} marked for removal stay: the drive is not connected.`)
  warn(
    'unit-incomplete',
    left.incomplete.map(({ photoId }) => photoId),
    (n) =>
      `${n} marked for removal stay: a raw file, JPEG or video that belongs to each has no other copy (${examplesOf(left.incomplete)}).`,
  )
  warn(
    'unique-sidecar',
    where((removal) => removal.companions.some(({ unique, kind }) => unique && kind === 'sidecar')),
    (n) => `${n} take along edits or notes (XMP, AAE) of which no copy lies beside the photo that stays.`,
  )
  warn(
    'similar-only',
    where((removal) => removal.tier === 'ai'),
    (n) => `${n} go because they look alike, not because they are copies. Look at them once more.`,
  )
  warn(
    'hard-link',
    where((removal) => removal.stamp.links > 1),
    (n) => `${n} share their data with another name (hard links): removing them frees no space.`,
  )
  warn(
    'truncated-kept',
    keptTruncated(session, removals),
    (n) => `${n} that would be kept for others are cut short (incomplete files).`,
  )
  if (destination.kind === 'trash') {
    warn(
      'not-unicode',
      where((removal) => !isUnicode(removal.path)),
      (n) => `${n} have names that the trash can't take. Move them to a folder instead.`,
    )
    const without = new Map<string, boolean>()
    for (const removal of removals) {
      if (!without.has(removal.folder)) without.set(removal.folder, !(await hasTrash(removal.folder)))
    }
    warn(
      'no-trash',
      where((removal) => without.get(removal.folder) === true),
      (n) => `${n} lie on a drive that has no trash. Move them to a folder instead.`,
    )
  }
  return warnings
}

function keptTruncated(session: ReviewSession, removals: readonly Removal[]): number[] {
  const paths = new Set(
    removals.flatMap((removal) => removal.survivors.flatMap((group) => group.photos.map((photo) => photo.path))),
  )
  const kept: number[] = []
  for (const tier of ['exact', 'perceptual', 'ai'] as const) {
    for (const group of session.groupsOf(tier)) {
      for (const photo of group.photos) if (photo.truncated && paths.has(photo.path)) kept.push(photo.fileId)
    }
  }
  return [...new Set(kept)]
}

/** The names of a few parts. */
function examplesOf(incomplete: WholeUnits['incomplete']): string {
  const names = incomplete.slice(0, 3).map(({ part }) => displayPath(part))
  return incomplete.length > 3 ? `${names.join(', ')} …` : names.join(', ')
}
