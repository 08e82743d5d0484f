import type { FilePath, FileStamp } from '../../shared/domain/file-path.ts'
import { readNames } from '../files/list-folder.ts'
import { folderOf, joinPath, nameOf } from '../files/native-path.ts'
import { statFile } from '../files/read.ts'
import { partsBeside, readUnitName, type UnitName, type UnitParts } from '../keeping/unit.ts'
import type { Companion } from './removal.ts'

/** A photo that is to go, when it was taken (local time), and the photos that stay for it. */
export interface GoingPhoto {
  path: FilePath
  takenAt: string | null
  survivors: readonly FilePath[]
}

export interface UnitPlan {
  /** By the path of the photo that they go with. */
  companions: Map<FilePath, Companion[]>
  /** Photos that stay after all, each with the name of the part that no photo that stays has. */
  incomplete: Map<FilePath, string>
}

/** Survivors whose folders are looked at for a copy of a part. */
const mostSurvivors = 16

/**
 * What goes along with photos that are to go, and which of them have to stay because their unit would lose a part that nothing
 * else holds ([Note: Units]). Sizes tell a copy here; bytes are compared before anything goes. Only looks at the disk.
 *
 * @param takenAtOf the capture time of a photo that is known, by path
 */
export async function planUnits(
  photos: readonly GoingPhoto[],
  takenAtOf: (path: FilePath) => string | null,
): Promise<UnitPlan> {
  const disk = new DiskView()
  const going = new Map(photos.map((photo) => [photo.path, photo]))
  const incomplete = new Map<FilePath, string>()
  for (;;) {
    const claims = await claimParts(going, disk, takenAtOf)
    const isLeaving = (path: FilePath): boolean => going.has(path) || claims.has(path)
    const before = going.size
    for (const [path, { photo, part }] of claims) {
      if (part === 'sidecar' || !going.has(photo.path) || (await disk.stamp(path)) === null) continue
      if ((await twinsOf(path, photo, disk, isLeaving)).length > 0) continue
      // From here on its unit stays for others.
      going.delete(photo.path)
      for (const [claimed, claim] of claims) if (claim.photo === photo) claims.delete(claimed)
      incomplete.set(photo.path, nameOf(path))
    }
    // A photo that stays may be what another one's parts were left behind for, so all is looked at again; it ends with no more.
    if (going.size === before) return { companions: await companionsOf(claims, disk, isLeaving), incomplete }
  }
}

interface Claim {
  photo: GoingPhoto
  part: 'content' | 'sidecar'
}

/** Every part beside a going photo. A part of several goes with the last of them, when nobody needs it any more. */
async function claimParts(
  going: ReadonlyMap<FilePath, GoingPhoto>,
  disk: DiskView,
  takenAtOf: (path: FilePath) => string | null,
): Promise<Map<FilePath, Claim>> {
  const claims = new Map<FilePath, Claim>()
  for (const photo of going.values()) {
    const { folder, contents, sidecars } = await partsOf(photo, disk, (path) => going.has(path), takenAtOf)
    for (const name of contents) claims.set(joinPath(folder, name), { photo, part: 'content' })
    for (const name of sidecars) claims.set(joinPath(folder, name), { photo, part: 'sidecar' })
  }
  return claims
}

async function partsOf(
  { path, takenAt }: { path: FilePath; takenAt: string | null },
  disk: DiskView,
  isGoing: (path: FilePath) => boolean,
  takenAtOf: (path: FilePath) => string | null,
): Promise<UnitParts & { folder: FilePath }> {
  const folder = folderOf(path)
  const at = (name: string): FilePath => joinPath(folder, name)
  const parts = partsBeside(
    { name: nameOf(path), takenAt },
    await disk.names(folder),
    (name) => isGoing(at(name)),
    (name) => takenAtOf(at(name)),
  )
  return { folder, ...parts }
}

/** Files of the same part and size in the units of photos that stay. */
async function twinsOf(
  path: FilePath,
  photo: GoingPhoto,
  disk: DiskView,
  isLeaving: (path: FilePath) => boolean,
): Promise<FilePath[]> {
  const [unit, stamp] = [readUnitName(nameOf(path)), await disk.stamp(path)]
  if (unit === null || stamp === null) return []
  const found: FilePath[] = []
  for (const survivor of photo.survivors.slice(0, mostSurvivors)) {
    const kept = readUnitName(nameOf(survivor))
    if (kept === null || isLeaving(survivor)) continue
    for (const name of await disk.names(folderOf(survivor))) {
      const other = readUnitName(name)
      const twin = joinPath(folderOf(survivor), name)
      if (other === null || other.stem !== kept.stem || !isSamePart(other, unit)) continue
      if (twin === path || isLeaving(twin) || (await disk.stamp(twin))?.bytes !== stamp.bytes) continue
      found.push(twin)
    }
  }
  return found
}

function isSamePart(a: UnitName, b: UnitName): boolean {
  return a.kind === b.kind && a.edited === b.edited
}

async function companionsOf(
  claims: ReadonlyMap<FilePath, Claim>,
  disk: DiskView,
  isLeaving: (path: FilePath) => boolean,
): Promise<Map<FilePath, Companion[]>> {
  const companions = new Map<FilePath, Companion[]>()
  // Contents first: sidecars stay where one of those has to.
  const ordered = [...claims].sort(([, a], [, b]) => Number(a.part === 'sidecar') - Number(b.part === 'sidecar'))
  for (const [path, { photo, part }] of ordered) {
    const stamp = await disk.stamp(path)
    const kind = readUnitName(nameOf(path))?.kind
    if (stamp === null || kind === undefined) continue
    const twins = await twinsOf(path, photo, disk, isLeaving)
    const companion: Companion = {
      path,
      name: nameOf(path),
      bytes: stamp.bytes,
      stamp,
      kind,
      unique: twins.length === 0,
      twins: part === 'content' ? twins : [],
    }
    const list = companions.get(photo.path)
    if (list === undefined) companions.set(photo.path, [companion])
    else list.push(companion)
  }
  return companions
}

/** Folders and states as one plan saw them, each read once. */
class DiskView {
  readonly #names = new Map<FilePath, Promise<string[]>>()
  readonly #stamps = new Map<FilePath, Promise<FileStamp | null>>()

  /** None where the folder cannot be read. */
  names(folder: FilePath): Promise<string[]> {
    const known = this.#names.get(folder)
    if (known !== undefined) return known
    const names = readNames(folder).catch(() => [])
    this.#names.set(folder, names)
    return names
  }

  stamp(path: FilePath): Promise<FileStamp | null> {
    const known = this.#stamps.get(path)
    if (known !== undefined) return known
    const stamp = statFile(path).catch(() => null)
    this.#stamps.set(path, stamp)
    return stamp
  }
}
