import type { GroupSort } from '../../shared/contract/groups.ts'
import { displayPath } from '../../shared/domain/file-path.ts'
import { nameOf } from '../files/native-path.ts'
import type { PhotoGroup } from './group-builder.ts'

type SortKey = (string | number)[]

const sortKeys: Record<GroupSort, (group: PhotoGroup) => SortKey> = {
  found: (group) => [Math.min(...group.photos.map((photo) => photo.fileId))],
  savings: (group) => {
    const bytes = group.photos.map((photo) => photo.stamp.bytes)
    return [Math.max(...bytes) - bytes.reduce((sum, each) => sum + each, 0), group.photos[0]?.fileId ?? 0]
  },
  size: (group) => [-group.photos.length, group.photos[0]?.fileId ?? 0],
  date: (group) => [
    group.photos.map((photo) => photo.takenAt ?? '9999').sort()[0] ?? '9999',
    group.photos[0]?.fileId ?? 0,
  ],
  name: (group) => [nameOf(group.photos[0]?.path ?? '').toLocaleLowerCase(), group.photos[0]?.fileId ?? 0],
}

function compare(a: SortKey, b: SortKey): number {
  for (let k = 0; k < a.length; k++) {
    const [x, y] = [a[k] ?? 0, b[k] ?? 0]
    if (x < y) return -1
    if (x > y) return 1
  }
  return 0
}

export function sortGroups(groups: readonly PhotoGroup[], sort: GroupSort): PhotoGroup[] {
  const key = sortKeys[sort]
  const keyed = groups.map((group) => ({ group, key: key(group) })).sort((x, y) => compare(x.key, y.key))
  return keyed.map(({ group }) => group)
}

/** Whether any photo of the group has these words in its path, whatever the case. */
export function isFound(group: PhotoGroup, search: string): boolean {
  const words = search.toLocaleLowerCase().trim()
  if (words === '') return true
  return group.photos.some((photo) => displayPath(photo.path).toLocaleLowerCase().includes(words))
}
