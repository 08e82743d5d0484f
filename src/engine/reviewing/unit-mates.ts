import type { FilePath } from '../../shared/domain/file-path.ts'
import type { PhotoRow } from '../catalog/photos.ts'
import { folderOf, nameOf } from '../files/native-path.ts'
import { areMates, readUnitName } from '../keeping/unit.ts'
import { pairKey } from './link-index.ts'

/** Keys (`pairKey`) of contents that lie in one folder as raw file and JPEG, or as original and edited picture, of one shot. */
export function findMates(photos: Iterable<PhotoRow>): Set<number> {
  const units = new Map<string, PhotoRow[]>()
  const others: PhotoRow[] = []
  // Only where one of these is there, its neighbours matter: most libraries have few.
  for (const photo of photos) {
    if (photo.format !== 'raw' && !/img_e\d/i.test(photo.path)) others.push(photo)
    else append(units, photo)
  }
  const keys = new Set(units.keys())
  if (keys.size === 0) return new Set()
  for (const photo of others) if (keys.has(unitKey(photo.path) ?? '')) append(units, photo)
  const mates = new Set<number>()
  for (const unit of units.values()) {
    unit.forEach((a, at) => {
      for (const b of unit.slice(at + 1)) {
        if (areMates(pictureOf(a), pictureOf(b))) mates.add(pairKey(a.contentId, b.contentId))
      }
    })
  }
  return mates
}

function pictureOf({ path, takenAt }: PhotoRow): { name: string; takenAt: string | null } {
  return { name: nameOf(path), takenAt }
}

function unitKey(path: FilePath): string | null {
  const unit = readUnitName(nameOf(path))
  return unit === null ? null : `${folderOf(path)}\0${unit.stem}`
}

function append(units: Map<string, PhotoRow[]>, photo: PhotoRow): void {
  const key = unitKey(photo.path)
  if (key === null) return
  const unit = units.get(key)
  if (unit === undefined) units.set(key, [photo])
  else unit.push(photo)
}
