import type { ScanOptions } from '../../shared/contract/scan.ts'
import type { FilePath, FileStamp } from '../../shared/domain/file-path.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { FileRow } from '../catalog/file-rows.ts'
import type { FolderRow } from '../catalog/folders.ts'
import { walk, type WalkEntry } from '../files/walk.ts'
import type { BoundedQueue } from './bounded-queue.ts'
import type { Gate } from './gate.ts'
import type { WalkedFile } from './outcome.ts'
import type { Recorder } from './recorder.ts'
import type { ScanMeter } from './scan-meter.ts'

/** A file that has to be read. */
export interface FoundFile {
  file: WalkedFile
  folderId: number
}

/** Reasons that may be gone next time although the file did not change: such files are tried in every scan. */
const passingReasons = new Set([
  'permission-denied',
  'vanished',
  'read-error',
  'changed-while-reading',
  'decode-timeout',
])

export interface ListerParts {
  catalog: Catalog
  /** The space that photos must have an embedding in; null when only hashes are wanted. */
  spaceId: number | null
  meter: ScanMeter
  gate: Gate
  queue: BoundedQueue<FoundFile>
  recorder: Recorder
  scanId: number
  /** Filled with folders and files that could not be looked at, by library folder. */
  unsure: Map<number, string[]>
}

/** Walks the folders: what is unchanged is ticked off, what is new or changed goes to the queue. */
export class Lister {
  readonly #parts: ListerParts

  constructor(parts: ListerParts) {
    this.#parts = parts
  }

  /** Resolves when everything is listed. Throws `cancelled`. */
  async list(folders: readonly FolderRow[], options: ScanOptions & { signal: AbortSignal }): Promise<void> {
    const idOf = folderFinder(folders)
    const entries = walk(
      folders.map((folder) => folder.path),
      options,
    )
    for await (const batch of entries) {
      await this.#parts.gate.pass(options.signal)
      await this.#listBatch(batch, idOf)
    }
  }

  async #listBatch(batch: WalkEntry[], idOf: (path: FilePath) => number | undefined): Promise<void> {
    const { catalog, meter, queue, recorder, scanId, unsure } = this.#parts
    const files = batch.filter((entry) => entry.kind === 'file')
    const known = catalog.photos.lookup(files.map((file) => file.path))
    for (const entry of batch) {
      if (entry.kind === 'passed-over') {
        meter.passedOver++
        continue
      }
      const folderId = idOf(entry.kind === 'file' ? entry.folder : entry.path)
      if (folderId === undefined) continue
      if (entry.kind === 'problem') {
        meter.found++
        meter.done++
        meter.unreadable++
        unsure.get(folderId)?.push(entry.path)
        const outcome = { kind: 'unreadable', code: entry.code, message: entry.message, contentHash: null } as const
        recorder.add({ folderId, path: entry.path, stamp: noStamp, scanId, outcome })
        continue
      }
      meter.found++
      const row = known.get(entry.path)
      if (row !== undefined && this.#unchanged(row, entry)) this.#reuse(row)
      else await queue.push({ file: entry, folderId })
    }
  }

  #unchanged(row: FileRow, file: WalkedFile): boolean {
    if (row.stamp.bytes !== file.stamp.bytes || row.stamp.modifiedNs !== file.stamp.modifiedNs) return false
    if (row.state === 'unreadable') return !passingReasons.has(row.code ?? '')
    if (row.state === 'other' || row.contentId === null) return row.state === 'other'
    const { spaceId, catalog } = this.#parts
    return spaceId === null || catalog.embeddings.has(spaceId, row.contentId)
  }

  #reuse(row: FileRow): void {
    const { meter, recorder } = this.#parts
    meter.done++
    recorder.touch(row.id)
    if (row.state === 'other') {
      meter.found--
      meter.done--
      meter.passedOver++
    } else if (row.state === 'unreadable') {
      meter.unreadable++
    } else {
      meter.reused++
      meter.photos++
      meter.bytes += row.stamp.bytes
    }
  }
}

/** Of a file or folder that could not even be looked at. */
const noStamp: FileStamp = { bytes: 0, modifiedNs: 0n, device: 0n, inode: 0n, links: 0 }

/** The innermost folder of the library that a path is in. */
function folderFinder(folders: readonly FolderRow[]): (path: FilePath) => number | undefined {
  const innermostFirst = [...folders].sort((a, b) => b.path.length - a.path.length)
  const exact = new Map(folders.map((folder) => [folder.path, folder.id]))
  return (path) => exact.get(path) ?? innermostFirst.find((folder) => path.startsWith(folder.path))?.id
}
