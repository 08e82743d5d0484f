import { stat } from 'node:fs/promises'
import type { ScanOptions } from '../../shared/contract/scan.ts'
import { displayPath, type FilePath, type FileStamp } from '../../shared/domain/file-path.ts'
import { throwIfCancelled, type UnreadableCode } from '../../shared/errors.ts'
import { describeReadError } from './file-errors.ts'
import { lookAt, readNames, stampOf, type Listed } from './list-folder.ts'
import { joinPath, toNativePath } from './native-path.ts'
import { compilePatterns, isSkippedFolder, type PathFilter } from './patterns.ts'
import { Visited } from './visited.ts'

export type PassedOverReason = 'hidden' | 'excluded' | 'too-small' | 'link' | 'special' | 'alias'

export type WalkEntry =
  | { kind: 'file'; folder: FilePath; path: FilePath; stamp: FileStamp }
  | { kind: 'problem'; path: FilePath; code: UnreadableCode; message: string }
  | { kind: 'passed-over'; path: FilePath; why: PassedOverReason }

const batchSize = 500
/** A batch is handed on after this long even when it is not full, so that work starts early on slow disks. */
const batchMs = 200
/** How many folders are read ahead of the one whose entries are being handed on. */
const foldersAhead = 4

interface PendingFolder {
  root: FilePath
  path: FilePath
  name: string
  /** Below the root with posix separators; empty for the root. */
  relative: string
  /** An include pattern fits this folder or one above it. */
  included: boolean
  names?: Promise<string[] | { error: unknown }>
}

interface Walk {
  options: ScanOptions & { signal?: AbortSignal | undefined }
  filter: PathFilter
  visited: Visited
  /** The folder to list next is the last. */
  pending: PendingFolder[]
  /** Links to look behind once nothing is pending. */
  links: { from: PendingFolder; listed: Listed }[]
}

/**
 * Lists the files below `folders`, depth first, names in UTF-16 order, in batches of at most 500.
 *
 * - A folder inside another one of `folders` is listed once, under the inner one (patterns count below that).
 * - Links are passed over unless `followLinks`; then they are followed after everything else, so that a file that can also
 *   be reached by its own name is listed under that. Loops end at the set of visited folders.
 * - A file met again by device and inode with one hard link is the same file by another path (bind mount, link): `alias`.
 *   Hard links are listed each, with `stamp.links` > 1.
 * - Names that start with a dot are hidden unless `hidden`. Trash folders, NAS thumbnails and the insides of photo library
 *   bundles are never entered. Windows' hidden and system attributes are not looked at: Node does not give them.
 * - What cannot be read is a `problem`, and the walk goes on.
 *
 * Throws `cancelled` when the signal is raised.
 */
export async function* walk(
  folders: FilePath[],
  options: ScanOptions & { signal?: AbortSignal | undefined },
): AsyncGenerator<WalkEntry[]> {
  let batch: WalkEntry[] = []
  let handedOnAt = performance.now()
  for await (const entries of walkTrees(folders, options)) {
    for (const entry of entries) {
      batch.push(entry)
      if (batch.length < batchSize) continue
      yield batch
      batch = []
      handedOnAt = performance.now()
    }
    if (batch.length > 0 && performance.now() - handedOnAt > batchMs) {
      yield batch
      batch = []
      handedOnAt = performance.now()
    }
  }
  if (batch.length > 0) yield batch
}

async function* walkTrees(folders: FilePath[], options: Walk['options']): AsyncGenerator<WalkEntry[]> {
  const walk: Walk = { options, filter: compilePatterns(options), visited: new Visited(), pending: [], links: [] }
  yield await enterRoots(walk, folders)
  for (;;) {
    throwIfCancelled(options.signal)
    const folder = walk.pending.pop()
    if (folder !== undefined) {
      readAhead(walk)
      yield* listFolder(walk, folder)
    } else if (walk.links.length > 0) {
      // Folders found behind links wait their turn below, last first, hence the reversal to keep the order.
      const links = walk.links.splice(0)
      const below: PendingFolder[] = []
      yield links.flatMap(({ from, listed }) => classify(walk, from, listed, below))
      walk.pending.push(...below.reverse())
    } else return
  }
}

async function enterRoots(walk: Walk, folders: FilePath[]): Promise<WalkEntry[]> {
  const entries: WalkEntry[] = []
  for (const path of folders) {
    try {
      const state = await stat(toNativePath(path), { bigint: true })
      if (!state.isDirectory()) {
        entries.push({ kind: 'problem', path, code: 'read-error', message: `${displayPath(path)} is not a folder.` })
      } else if (!walk.visited.enterRoot(path, state)) {
        entries.push({ kind: 'passed-over', path, why: 'alias' })
      } else walk.pending.unshift({ root: path, path, name: '', relative: '', included: false })
    } catch (error) {
      entries.push({ kind: 'problem', path, ...describeReadError(error, path) })
    }
  }
  return entries
}

/** Starts reading the names of the next few folders while the present one is looked at. */
function readAhead(walk: Walk): void {
  for (const folder of walk.pending.slice(-foldersAhead)) {
    folder.names ??= readNames(folder.path).catch((error: unknown) => ({ error }))
  }
}

async function* listFolder(walk: Walk, folder: PendingFolder): AsyncGenerator<WalkEntry[]> {
  const names = await (folder.names ?? readNames(folder.path).catch((error: unknown) => ({ error })))
  if ('error' in names) {
    yield [{ kind: 'problem', path: folder.path, ...describeReadError(names.error, folder.path) }]
    return
  }
  // The trash of this user's home has a plain name; its two folders give it away.
  if (folder.name === 'Trash' && names.includes('files') && names.includes('info')) {
    yield [{ kind: 'passed-over', path: folder.path, why: 'hidden' }]
    return
  }
  const below: PendingFolder[] = []
  for (let at = 0; at < names.length; at += batchSize) {
    throwIfCancelled(walk.options.signal)
    const hidden: WalkEntry[] = []
    const visible: string[] = []
    for (const name of names.slice(at, at + batchSize)) {
      if (walk.options.hidden || !name.startsWith('.')) visible.push(name)
      else hidden.push({ kind: 'passed-over', path: joinPath(folder.path, name), why: 'hidden' })
    }
    const entries = await lookAt(folder.path, visible, walk.options.followLinks)
    yield hidden
    yield entries.flatMap((listed) => {
      if (!listed.isLink || !walk.options.followLinks) return classify(walk, folder, listed, below)
      walk.links.push({ from: folder, listed })
      return []
    })
  }
  walk.pending.push(...below.reverse())
}

/** The entry for one name; none where it is a folder, which then is added to `below`. */
function classify(walk: Walk, from: PendingFolder, listed: Listed, below: PendingFolder[]): WalkEntry[] {
  const { path, name, state } = listed
  const passedOver = (why: PassedOverReason): WalkEntry[] => [{ kind: 'passed-over', path, why }]
  const relative = from.relative === '' ? name : `${from.relative}/${name}`
  if (walk.filter.excludes(relative, name)) return passedOver('excluded')
  if ('error' in state) {
    // A link that leads nowhere (or in a circle) is no photo that could not be read.
    return listed.isLink ? passedOver('link') : [{ kind: 'problem', path, ...describeReadError(state.error, path) }]
  }
  if (state.isSymbolicLink()) return passedOver('link')
  const included = from.included || walk.filter.includes(relative, name)
  if (state.isDirectory()) {
    if (isSkippedFolder(name)) return passedOver('hidden')
    // A folder that is walked for its own sake is listed there.
    if (!listed.isLink && walk.visited.isRoot(path, state)) return []
    if (!walk.visited.enterFolder(path, state)) return passedOver('alias')
    below.push({ root: from.root, path, name, relative, included })
    return []
  }
  if (!state.isFile()) return passedOver('special')
  if (!included) return passedOver('excluded')
  if (state.size < walk.options.minBytes) return passedOver('too-small')
  if (!walk.visited.meetFile(state)) return passedOver('alias')
  return [{ kind: 'file', folder: from.root, path, stamp: stampOf(state) }]
}
