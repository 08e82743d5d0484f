import type { Journal, JournalItem, JournalState } from '../../../shared/contract/clean-up.ts'
import { formatBytes, formatCount, photos } from './format.ts'

export const journalStateWords: Record<JournalState, string> = {
  planned: 'not reached',
  intended: 'begun',
  removed: 'removed',
  skipped: 'skipped',
  failed: 'failed',
  restored: 'restored',
  unknown: 'not known',
}

/** "34 photos moved to the trash, 2 skipped". */
export function journalSummary(journal: Journal): string {
  const where = journal.destination === 'trash' ? 'the trash' : (journal.destinationPath ?? 'a folder')
  const parts = [`${photos(journal.removed + journal.restored)} moved to ${where}`]
  if (journal.restored > 0) parts.push(`${formatCount(journal.restored)} restored`)
  if (journal.skipped > 0) parts.push(`${formatCount(journal.skipped)} skipped`)
  if (journal.failed > 0) parts.push(`${formatCount(journal.failed)} failed`)
  return parts.join(', ')
}

/** Why a file did not go as planned, or where it went; null when its state says everything. */
export function itemNote(item: JournalItem): string | null {
  if (item.message !== null) return item.message
  if (item.state === 'unknown')
    return 'The app ended while this file was being moved. Look for it in its folder and in the trash.'
  if (item.state === 'removed' && item.movedTo !== null) return `Now at ${item.movedTo}`
  return null
}

export type ReportFilter = 'all' | 'removed' | 'restored' | 'not-done'

const order: Record<JournalState, number> = {
  failed: 0,
  unknown: 1,
  skipped: 3,
  intended: 2,
  planned: 4,
  restored: 5,
  removed: 6,
}

/** Files of a report that fit, what went wrong first. */
export function reportItems(items: readonly JournalItem[], filter: ReportFilter, search: string): JournalItem[] {
  const wanted = search.trim().toLocaleLowerCase()
  return items
    .filter((item) => {
      if (filter === 'removed' && item.state !== 'removed') return false
      if (filter === 'restored' && item.state !== 'restored') return false
      if (filter === 'not-done' && (item.state === 'removed' || item.state === 'restored')) return false
      return wanted === '' || item.path.toLocaleLowerCase().includes(wanted)
    })
    .toSorted((a, b) => order[a.state] - order[b.state] || a.id - b.id)
}

/** What a restore can still bring back. */
export function restorable(journal: Journal): number {
  return journal.removed
}

export function restoredNotice(journal: Journal): string {
  return `${formatCount(journal.restored)} of ${formatCount(journal.files)} photos are back in their folders (${formatBytes(journal.bytes)} in the clean-up).`
}
