/** A file about to go. */
export interface TotalItem {
  id: number
  /** For display. */
  folder: string
  bytes: number
  device: bigint
  /** 0 where the file system has none. */
  inode: bigint
  /** Number of names (hard links) of the physical file. */
  links: number
}

export interface FolderTotal {
  folder: string
  files: number
  bytes: number
}

export interface PlanTotals {
  files: number
  /** Sum of file sizes, each name counted. */
  bytes: number
  /** What the disk gets back once the trash is emptied: a file with names that stay frees nothing. */
  freedBytes: number
  /** The one with most bytes first, then by name. */
  folders: FolderTotal[]
}

/** Sums of a plan, over all and by folder. */
export function planTotals(items: readonly TotalItem[]): PlanTotals {
  const folders = new Map<string, FolderTotal>()
  const names = new Map<string, { bytes: number; links: number; going: number }>()
  for (const item of items) {
    const folder = folders.get(item.folder) ?? { folder: item.folder, files: 0, bytes: 0 }
    folder.files++
    folder.bytes += item.bytes
    folders.set(item.folder, folder)
    const key = item.inode === 0n ? `photo ${item.id}` : `${item.device}:${item.inode}`
    const file = names.get(key) ?? { bytes: item.bytes, links: item.links, going: 0 }
    file.going++
    names.set(key, file)
  }
  const freed = [...names.values()].filter(({ going, links }) => going >= links)
  return {
    files: items.length,
    bytes: items.reduce((sum, { bytes }) => sum + bytes, 0),
    freedBytes: freed.reduce((sum, { bytes }) => sum + bytes, 0),
    folders: [...folders.values()].sort((x, y) => y.bytes - x.bytes || (x.folder < y.folder ? -1 : 1)),
  }
}
