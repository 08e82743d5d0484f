import type { FilePath } from '../../shared/domain/file-path.ts'
import type { PhotoRow } from '../catalog/photos.ts'
import { folderOf, nameOf } from '../files/native-path.ts'
import { areMates, readUnitName } from '../keeping/unit.ts'
import { pairKey } from '../../shared/domain/pair-key.ts'

/** What belongs together in the library ([Note: Units]), as far as the catalog knows. */
export class UnitBook {
  /** Keys (`pairKey`) of contents that lie in one folder as two sides of one shot. */
  readonly mates: ReadonlySet<number>
  /** Photos of units in which one is a raw file or an edited picture. */
  readonly #pictures: ReadonlyMap<string, readonly PhotoRow[]>
  readonly #videos: ReadonlyMap<string, number>

  /** @param others paths of files that are no photos */
  constructor(photos: Iterable<PhotoRow>, others: Iterable<FilePath>) {
    this.#pictures = gatherUnits(photos)
    this.mates = findMates(this.#pictures.values())
    const videos = new Map<string, number>()
    for (const path of others) {
      if (readUnitName(nameOf(path))?.kind !== 'video') continue
      const key = unitKey(path) ?? ''
      videos.set(key, (videos.get(key) ?? 0) + 1)
    }
    this.#videos = videos
  }

  /** How many pictures and videos belong to this photo. */
  partsOf(photo: PhotoRow): number {
    if (this.#pictures.size + this.#videos.size === 0) return 0
    const key = unitKey(photo.path) ?? ''
    const beside = this.#pictures.get(key) ?? []
    const mates = beside.filter((other) => other !== photo && areMates(pictureOf(other), pictureOf(photo)))
    return mates.length + (this.#videos.get(key) ?? 0)
  }
}

function gatherUnits(photos: Iterable<PhotoRow>): Map<string, PhotoRow[]> {
  const units = new Map<string, PhotoRow[]>()
  const others: PhotoRow[] = []
  // Only where one of these is there, its neighbours matter: most libraries have few.
  for (const photo of photos) {
    if (photo.format === 'raw' || /img_e\d/i.test(photo.path)) append(units, photo)
    else others.push(photo)
  }
  const keys = new Set(units.keys())
  if (keys.size === 0) return units
  for (const photo of others) if (keys.has(unitKey(photo.path) ?? '')) append(units, photo)
  return units
}

function findMates(units: Iterable<readonly PhotoRow[]>): Set<number> {
  const mates = new Set<number>()
  for (const unit of units) {
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
