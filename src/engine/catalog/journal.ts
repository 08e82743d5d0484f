import { randomInt } from 'node:crypto'
import { Journal, JournalState } from '../../shared/contract/clean-up.ts'
import type { JournalItem } from '../../shared/contract/clean-up.ts'
import type { FilePath, FileStamp } from '../../shared/domain/file-path.ts'
import { bytesToPath, pathToBytes } from '../../shared/domain/path-bytes.ts'
import { ErrorCode, TwinlensError } from '../../shared/errors.ts'
import { asBuffer, type Connection } from './database.ts'
import { stampValues, toStamp } from './file-rows.ts'

export interface JournalEntry {
  path: FilePath
  /** 16 bytes. */
  contentHash: Uint8Array
  stamp: FileStamp
  bytes: number
  /** For the person's eyes. */
  name: string
}

/** An item with what is needed to settle or restore it. */
export interface JournalRecord extends JournalItem {
  journalId: string
  contentHash: Uint8Array
  stamp: FileStamp
}

/** The record of every file that a clean-up touched. Each call is on the disk when it returns. */
export interface JournalStore {
  /** Writes all items as `planned`, before any file is touched. The id sorts by time. */
  begin(journal: {
    destination: 'trash' | 'folder'
    destinationPath: FilePath | null
    items: readonly JournalEntry[]
  }): string
  /** Call just before touching the file (also before restoring it). `movedTo` where that is decided already. */
  intend(itemId: number, movedTo?: FilePath): void
  /** What became of the item. A field that is left out keeps its value, but code and message, which become null. */
  settle(
    itemId: number,
    state: JournalState,
    outcome?: { code?: ErrorCode | null; message?: string | null; movedTo?: FilePath | null },
  ): void
  finish(id: string): void
  /** Newest first. */
  list(): Journal[]
  /** Throws `not-found`. */
  read(id: string): { journal: Journal; items: JournalRecord[] }
  /** Items that a crash left `intended`: nobody knows yet whether the file was touched. */
  unsettled(): JournalRecord[]
}

interface RawItem {
  id: bigint
  journalId: string
  path: Buffer
  name: string
  bytes: bigint
  contentHash: Buffer
  modifiedNs: bigint
  device: bigint
  inode: bigint
  links: bigint
  state: string
  code: string | null
  message: string | null
  movedTo: Buffer | null
}

interface RawJournal extends Omit<Journal, 'destinationPath'> {
  destinationPath: Buffer | null
}

const itemColumns = `
  id, journal_id AS journalId, path, name, bytes, content_hash AS contentHash, modified_ns AS modifiedNs, device, inode,
  links, state, code, message, moved_to AS movedTo`

const journalQuery = (where: string): string => `
  SELECT journals.id, started_ms AS startedMs, finished_ms AS finishedMs, destination, destination_path AS destinationPath,
         count(items.id) AS files, coalesce(sum(items.bytes), 0) AS bytes,
         count(*) FILTER (WHERE items.state = 'removed') AS removed,
         count(*) FILTER (WHERE items.state = 'skipped') AS skipped,
         count(*) FILTER (WHERE items.state = 'failed') AS failed,
         count(*) FILTER (WHERE items.state = 'restored') AS restored
  FROM journals LEFT JOIN journal_items AS items ON items.journal_id = journals.id
  ${where} GROUP BY journals.id ORDER BY started_ms DESC, journals.id DESC`

export function createJournal(connection: Connection): JournalStore {
  const insert = connection.prepare(
    'INSERT INTO journals (id, started_ms, destination, destination_path) VALUES (?, ?, ?, ?)',
  )
  const insertItem = connection.prepare(`
    INSERT INTO journal_items (journal_id, path, name, content_hash, bytes, modified_ns, device, inode, links, state)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'planned')`)
  const intend = connection.prepare(
    "UPDATE journal_items SET state = 'intended', moved_to = coalesce(?, moved_to) WHERE id = ?",
  )
  const settle = connection.prepare('UPDATE journal_items SET state = ?, code = ?, message = ? WHERE id = ?')
  const setMovedTo = connection.prepare('UPDATE journal_items SET moved_to = ? WHERE id = ?')
  const finish = connection.prepare('UPDATE journals SET finished_ms = ? WHERE id = ?')
  const list = connection.prepare<[], RawJournal>(journalQuery(''))
  const one = connection.prepare<[string], RawJournal>(journalQuery('WHERE journals.id = ?'))
  const items = connection
    .prepare<[string], RawItem>(`SELECT ${itemColumns} FROM journal_items WHERE journal_id = ? ORDER BY id`)
    .safeIntegers()
  const unsettled = connection
    .prepare<[], RawItem>(`SELECT ${itemColumns} FROM journal_items WHERE state = 'intended' ORDER BY id`)
    .safeIntegers()

  return {
    begin({ destination, destinationPath, items: entries }) {
      const now = Date.now()
      const id = journalId(now)
      connection.transaction(() => {
        insert.run(id, now, destination, pathBlob(destinationPath))
        for (const { path, name, contentHash, stamp, bytes } of entries) {
          const values = stampValues({ ...stamp, bytes })
          insertItem.run(id, pathBlob(path), name, asBuffer(contentHash), ...values)
        }
      })()
      return id
    },
    intend: (itemId, movedTo) => void intend.run(pathBlob(movedTo ?? null), itemId),
    settle(itemId, state, outcome = {}) {
      connection.transaction(() => {
        settle.run(state, outcome.code ?? null, outcome.message ?? null, itemId)
        if (outcome.movedTo !== undefined) setMovedTo.run(pathBlob(outcome.movedTo), itemId)
      })()
    },
    finish: (id) => void finish.run(Date.now(), id),
    list: () => list.all().map(toJournal),
    read(id) {
      const raw = one.get(id)
      if (raw === undefined) throw new TwinlensError('not-found', `There is no clean-up with the id ${id}.`)
      return { journal: toJournal(raw), items: items.all(id).map(toRecord) }
    },
    unsettled: () => unsettled.all().map(toRecord),
  }
}

/** `20261123-154619-k3`: UTC to the second, so that ids sort by time, and two characters against the same second. */
function journalId(nowMs: number): string {
  const [date = '', time = ''] = new Date(nowMs).toISOString().slice(0, 19).split('T')
  const tail = randomInt(36 ** 2)
    .toString(36)
    .padStart(2, '0')
  return `${date.replaceAll('-', '')}-${time.replaceAll(':', '')}-${tail}`
}

function pathBlob(path: FilePath | null): Buffer | null {
  return path === null ? null : asBuffer(pathToBytes(path))
}

function toJournal(raw: RawJournal): Journal {
  return Journal.parse({
    ...raw,
    destinationPath: raw.destinationPath === null ? null : bytesToPath(raw.destinationPath),
  })
}

function toRecord(raw: RawItem): JournalRecord {
  return {
    id: Number(raw.id),
    journalId: raw.journalId,
    path: bytesToPath(raw.path),
    name: raw.name,
    bytes: Number(raw.bytes),
    contentHash: raw.contentHash,
    stamp: toStamp(raw),
    state: JournalState.parse(raw.state),
    code: raw.code === null ? null : ErrorCode.parse(raw.code),
    message: raw.message,
    movedTo: raw.movedTo === null ? null : bytesToPath(raw.movedTo),
  }
}
