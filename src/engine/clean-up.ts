import type { CleanUpReport, Journal } from '../shared/contract/clean-up.ts'
import { asTwinlensError, isCancellation, TwinlensError } from '../shared/errors.ts'
import { displayPath, type FilePath } from '../shared/domain/file-path.ts'
import type { Catalog } from './catalog/catalog.ts'
import type { JournalRecord } from './catalog/journal.ts'
import { checkCompanion, checkContents } from './cleaning/check-companions.ts'
import { checkRemoval } from './cleaning/check-removal.ts'
import type { Destination, Removal } from './cleaning/removal.ts'
import { moveBack, moveToFolder } from './files/move.ts'
import { joinPath } from './files/native-path.ts'
import { hexOf } from './hex.ts'
import { hashFile, statFile } from './files/read.ts'
import { findInTrash, restoreFromTrash } from './files/xdg-trash.ts'

/** Puts one file in the system's trash. Throws `trash-unavailable`. */
export type Trash = (path: FilePath) => Promise<void>

export interface CleanUpParts {
  catalog: Catalog
  trash: Trash
  signal: AbortSignal
  onProgress?: (progress: { done: number; total: number; name: string }) => void
}

/**
 * Removes photos one by one, each with what belongs to it ([Note: Units]) and checked just before it goes (see [Note: Checks
 * before a file goes]). The journal says what
 * is intended before and what happened after each file, so a failure or a pulled plug halfway leaves the truth. A file that
 * cannot go is skipped with its reason; the rest goes on. Cancelling stops between two photos.
 */
export async function applyRemovals(
  removals: readonly Removal[],
  destination: Destination,
  parts: CleanUpParts,
): Promise<CleanUpReport> {
  const { catalog, signal } = parts
  const units = await hashCompanions(removals, signal)
  const journalId = catalog.journal.begin({
    destination: destination.kind,
    destinationPath: destination.kind === 'folder' ? destination.path : null,
    items: units.flat().map(({ path, name, bytes, contentHash, stamp }) => ({
      path,
      name,
      bytes,
      stamp,
      contentHash: Buffer.from(contentHash, 'hex'),
    })),
  })
  const ids = catalog.journal.read(journalId).items.map(({ id }) => id)
  const checked = new Map<string, boolean>()
  for (const [index, removal] of removals.entries()) {
    const unit = units[index] ?? []
    const itemIds = ids.splice(0, unit.length)
    if (signal.aborted) break
    parts.onProgress?.({ done: index, total: removals.length, name: displayPath(removal.name) })
    await removeUnit(removal, unit, itemIds, { destination, parts, checked })
  }
  catalog.journal.finish(journalId)
  parts.onProgress?.({ done: removals.length, total: removals.length, name: '' })
  return reportOf(catalog, journalId)
}

/** A file on its way: a photo or what belongs to it. `contentHash` is lower-case hex. */
type LeavingFile = Pick<Removal, 'path' | 'name' | 'bytes' | 'stamp' | 'contentHash'>

/** What a companion's journal item says when its content could not be read: nothing is equal to it, so the file stays. */
const unknownHash = '0'.repeat(32)

/** For each photo the files that go together, the photo first. */
async function hashCompanions(removals: readonly Removal[], signal: AbortSignal): Promise<LeavingFile[][]> {
  const units: LeavingFile[][] = []
  for (const removal of removals) {
    const unit: LeavingFile[] = [removal]
    for (const companion of removal.companions) {
      const hash = await hashFile(companion.path, signal).then(hexOf, () => unknownHash)
      unit.push({ ...companion, contentHash: hash })
    }
    units.push(unit)
  }
  return units
}

interface Removing {
  destination: Destination
  parts: CleanUpParts
  checked: Map<string, boolean>
}

/** Removes a photo and then what belongs to it; nothing of it where the photo cannot go or a part has no other copy. */
async function removeUnit(
  removal: Removal,
  unit: readonly LeavingFile[],
  itemIds: readonly number[],
  { destination, parts, checked }: Removing,
): Promise<void> {
  const { catalog, signal } = parts
  const skip = (at: number, error: unknown): void => {
    const { code, message } = asTwinlensError(error)
    catalog.journal.settle(itemIds[at] ?? 0, 'skipped', { code, message, movedTo: null })
  }
  let gone = false
  try {
    await checkRemoval(removal, checked, signal)
    await checkContents(removal, signal)
    gone = await removeOne(removal, removal.folder, itemIds[0] ?? 0, destination, parts)
  } catch (error) {
    if (isCancellation(error)) return
    skip(0, error)
  }
  for (const [at, companion] of removal.companions.entries()) {
    const file = unit[at + 1]
    if (file === undefined) continue
    try {
      if (!gone)
        throw new TwinlensError('last-copy', `${displayPath(removal.name)} stays, so what belongs to it stays.`)
      await checkCompanion(companion, file.contentHash, removal.path)
    } catch (error) {
      skip(at + 1, error)
      continue
    }
    await removeOne(file, removal.folder, itemIds[at + 1] ?? 0, destination, parts)
  }
}

/** Returns whether the file is gone. */
async function removeOne(
  file: LeavingFile,
  folder: FilePath,
  itemId: number,
  destination: Destination,
  { catalog, trash }: CleanUpParts,
): Promise<boolean> {
  const relative = file.path.slice(folder.length).replace(/^[/\\]+/, '')
  // Where it is about to go, so that a process that is cut off here leaves word of it.
  catalog.journal.intend(itemId, destination.kind === 'folder' ? joinPath(destination.path, relative) : undefined)
  try {
    let movedTo: FilePath | null = null
    if (destination.kind === 'folder') {
      movedTo = await moveToFolder(file.path, destination.path, relative)
    } else {
      const startedMs = Date.now()
      await trash(file.path)
      movedTo = await findInTrash(file.path, { trashedAfterMs: startedMs - 2000 }).catch(() => null)
    }
    catalog.journal.settle(itemId, 'removed', { code: null, message: null, movedTo })
    const row = catalog.photos.lookup([file.path]).get(file.path)
    if (row !== undefined) catalog.photos.removeFiles([row.id])
    return true
  } catch (error) {
    const { code, message } = asTwinlensError(error)
    const stillThere = (await statFile(file.path)) !== null
    const note = stillThere ? message : `${message} The file is no longer at its place.`
    catalog.journal.settle(itemId, stillThere ? 'failed' : 'unknown', { code, message: note, movedTo: null })
    return !stillThere
  }
}

/**
 * Puts back what a clean-up removed, each file verified by its hash; nothing is overwritten. Files that cannot be put back
 * keep their state and say why.
 */
export async function restoreJournal(journalId: string, parts: Omit<CleanUpParts, 'trash'>): Promise<CleanUpReport> {
  const { catalog, signal, onProgress } = parts
  const { journal, items } = catalog.journal.read(journalId)
  const gone = items.filter((item) => item.state === 'removed' || item.state === 'unknown')
  for (const [index, item] of gone.entries()) {
    if (signal.aborted) break
    onProgress?.({ done: index, total: gone.length, name: displayPath(item.name) })
    try {
      await restoreOne(journal, item)
      catalog.journal.settle(item.id, 'restored', { code: null, message: null, movedTo: null })
    } catch (error) {
      const { code, message } = asTwinlensError(error)
      catalog.journal.settle(item.id, item.state, { code, message, movedTo: item.movedTo })
    }
  }
  onProgress?.({ done: gone.length, total: gone.length, name: '' })
  return reportOf(catalog, journalId)
}

async function restoreOne(journal: Journal, item: JournalRecord): Promise<void> {
  if (journal.destination === 'trash') {
    await restoreFromTrash(item.path, item.contentHash, { trashedAfterMs: journal.startedMs - 2000 })
    return
  }
  if (item.movedTo === null) {
    throw new TwinlensError('not-found', `It is not known where ${displayPath(item.name)} was moved to.`)
  }
  await moveBack(item.movedTo, item.path, item.contentHash)
}

/**
 * Looks at the disk for every file that was about to go when the program ended, and writes down what is true. Call once at
 * start, before anything else touches files.
 */
export async function settleInterrupted(catalog: Catalog): Promise<number> {
  const open = catalog.journal.unsettled()
  for (const item of open) {
    if (await holds(item.path, item.contentHash)) {
      const message = 'The program ended before this file went; it is where it was.'
      catalog.journal.settle(item.id, 'skipped', { code: null, message, movedTo: null })
      continue
    }
    const moved = item.movedTo !== null && (await holds(item.movedTo, item.contentHash))
    const movedTo = moved ? item.movedTo : await trashedFrom(catalog, item)
    const message = 'The program ended while this file went.'
    if (movedTo !== null) catalog.journal.settle(item.id, 'removed', { code: null, message, movedTo })
    else
      catalog.journal.settle(item.id, 'unknown', {
        code: null,
        message: `${message} Look in the trash or the folder it was to be moved to.`,
        movedTo: null,
      })
  }
  for (const journal of catalog.journal.list()) if (journal.finishedMs === null) catalog.journal.finish(journal.id)
  return open.length
}

/** Whether a file is there with this content. What can't be looked at now is not: a locked file must not keep the library shut. */
async function holds(path: FilePath, contentHash: Uint8Array): Promise<boolean> {
  try {
    return (await statFile(path)) !== null && hexOf(await hashFile(path)) === hexOf(contentHash)
  } catch {
    return false
  }
}

function trashedFrom(catalog: Catalog, item: JournalRecord): Promise<FilePath | null> {
  const { startedMs } = catalog.journal.read(item.journalId).journal
  return findInTrash(item.path, { trashedAfterMs: startedMs - 2000 }).catch(() => null)
}

/** A journal as the person sees it. Throws `not-found`. */
export function reportOf(catalog: Catalog, journalId: string): CleanUpReport {
  const { journal, items } = catalog.journal.read(journalId)
  return {
    journal,
    items: items.map(({ id, path, name, bytes, state, code, message, movedTo }) => ({
      id,
      path: displayPath(path),
      name: displayPath(name),
      bytes,
      state,
      code,
      message,
      movedTo: movedTo === null ? null : displayPath(movedTo),
    })),
  }
}
