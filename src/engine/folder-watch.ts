import { asTwinlensError } from '../shared/errors.ts'
import type { LibraryFolder } from '../shared/contract/scan.ts'
import type { Catalog } from './catalog/catalog.ts'
import type { FolderRow } from './catalog/folders.ts'
import { isFolder } from './files/folder-state.ts'
import { watchTree } from './files/watch-tree.ts'

export type WatchState = LibraryFolder['watch']

export interface FolderWatchParts {
  catalog: Catalog
  isBusy: () => boolean
  /** Scans these folders to the end. */
  scan: (folderIds: readonly number[]) => Promise<void>
  /** The state of a folder has changed. */
  changed: () => void
}

/** Milliseconds. */
export const watchTimes = {
  /** After the last change, so that a copy of many files is one scan. */
  settle: 3_000,
  /** After the first change at the latest. */
  patience: 60_000,
  /** Between two scans of a folder whose changes can't be watched. */
  interval: 10 * 60_000,
  /** Between two looks at whether each folder is there. */
  look: 15_000,
}

interface Watched {
  folder: FolderRow
  state: Exclude<WatchState, 'off'>
  stop: (() => Promise<void>) | null
  /** When it was scanned, or opened, last. */
  scannedMs: number
}

/**
 * Watches the folders that the person chose, while the app is open: changes are scanned some seconds after they settle, with
 * everything that is known reused; a drive that goes and comes back is noticed; where the system tells no changes (network
 * drives, no watches left) the folder is scanned at intervals. A scan waits until nothing else runs.
 */
export class FolderWatch {
  readonly #parts: FolderWatchParts
  readonly #times: typeof watchTimes
  readonly #watched = new Map<number, Watched>()
  /** Folders to scan, and since when. */
  readonly #due = new Map<number, number>()
  #settling: NodeJS.Timeout | null = null
  #looking: NodeJS.Timeout | null = null
  #closed = false
  /** Opening and closing of folders, one after the other. */
  #work: Promise<void> = Promise.resolve()

  constructor(parts: FolderWatchParts, times = watchTimes) {
    this.#parts = parts
    this.#times = times
  }

  /** Takes up what the person chose earlier; what has changed meanwhile is scanned. */
  begin(): Promise<void> {
    this.#look()
    return this.#inOrder(async () => {
      for (const folder of this.#parts.catalog.folders.list()) if (folder.watched) await this.#open(folder)
    })
  }

  stateOf(folderId: number): WatchState {
    return this.#watched.get(folderId)?.state ?? 'off'
  }

  /** From now on, and at every start, until told otherwise. */
  set(folderId: number, on: boolean): Promise<void> {
    return this.#inOrder(async () => {
      const { folders } = this.#parts.catalog
      folders.setWatched(folderId, on)
      const folder = folders.list().find(({ id }) => id === folderId)
      if (folder === undefined || !on) await this.#drop(folderId)
      else if (!this.#watched.has(folderId)) await this.#open(folder)
    })
  }

  close(): Promise<void> {
    this.#closed = true
    for (const timer of [this.#settling, this.#looking]) if (timer !== null) clearTimeout(timer)
    return this.#inOrder(async () => {
      for (const id of [...this.#watched.keys()]) await this.#drop(id)
    })
  }

  #inOrder(work: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(work).catch((error: unknown) => console.error(asTwinlensError(error).message))
    return this.#work
  }

  async #open(folder: FolderRow): Promise<void> {
    const watched: Watched = { folder, state: 'away', stop: null, scannedMs: 0 }
    this.#watched.set(folder.id, watched)
    if (await isFolder(folder.path)) await this.#attach(watched)
    this.#parts.changed()
  }

  async #attach(watched: Watched): Promise<void> {
    const { id, path } = watched.folder
    // What changed before the notices began is found by the scan that follows them.
    this.#mark(id)
    try {
      watched.stop = await watchTree(
        path,
        () => this.#mark(id),
        () => void this.#inOrder(() => this.#lost(id)),
      )
      watched.state = 'events'
    } catch {
      watched.state = 'intervals'
    }
  }

  /** The notices of a folder have ended: begin anew, and scan for what they may have missed. */
  async #lost(id: number): Promise<void> {
    const watched = this.#watched.get(id)
    if (watched === undefined || watched.stop === null) return
    await this.#detach(watched)
    if (await isFolder(watched.folder.path)) await this.#attach(watched)
    else this.#away(watched)
    this.#parts.changed()
  }

  async #detach(watched: Watched): Promise<void> {
    const { stop } = watched
    watched.stop = null
    // A folder that is gone has nothing to stop.
    await stop?.().catch(() => undefined)
  }

  async #drop(id: number): Promise<void> {
    const watched = this.#watched.get(id)
    this.#watched.delete(id)
    this.#due.delete(id)
    if (watched !== undefined) await this.#detach(watched)
  }

  #away(watched: Watched): void {
    watched.state = 'away'
    this.#due.delete(watched.folder.id)
    this.#parts.catalog.folders.setOnline(watched.folder.id, false)
  }

  #look(): void {
    this.#looking = setTimeout(() => {
      void this.#inOrder(() => this.#lookAtAll()).then(() => {
        if (!this.#closed) this.#look()
      })
    }, this.#times.look)
    this.#looking.unref()
  }

  async #lookAtAll(): Promise<void> {
    for (const watched of this.#watched.values()) {
      const there = await isFolder(watched.folder.path)
      if (this.#closed) return
      if (there && watched.state === 'away') await this.#attach(watched)
      else if (!there && watched.state !== 'away') {
        await this.#detach(watched)
        this.#away(watched)
      } else {
        const late = performance.now() - watched.scannedMs > this.#times.interval
        if (there && watched.state === 'intervals' && late) this.#mark(watched.folder.id)
        continue
      }
      this.#parts.changed()
    }
  }

  #mark(id: number): void {
    if (this.#closed) return
    const now = performance.now()
    if (!this.#due.has(id)) this.#due.set(id, now)
    const first = Math.min(...this.#due.values())
    const wait = Math.max(0, Math.min(this.#times.settle, first + this.#times.patience - now))
    this.#scanIn(wait)
  }

  #scanIn(ms: number): void {
    if (this.#settling !== null) clearTimeout(this.#settling)
    this.#settling = setTimeout(() => void this.#scan(), ms)
    this.#settling.unref()
  }

  async #scan(): Promise<void> {
    this.#settling = null
    if (this.#closed || this.#due.size === 0) return
    if (this.#parts.isBusy()) return this.#scanIn(this.#times.settle)
    const ids = [...this.#due.keys()]
    this.#due.clear()
    for (const id of ids) {
      const watched = this.#watched.get(id)
      if (watched !== undefined) watched.scannedMs = performance.now()
    }
    try {
      await this.#parts.scan(ids)
    } catch (error) {
      // A backend that can't be had, say. The next change, or the person's own scan, tries again.
      console.error(asTwinlensError(error).message)
    }
  }
}
