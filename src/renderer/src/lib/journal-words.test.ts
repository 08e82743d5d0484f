import { describe, expect, test } from 'vitest'
import type { Journal, JournalItem, JournalState } from '../../../shared/contract/clean-up.ts'
import { itemNote, journalSummary, reportItems } from './journal-words.ts'

const journal: Journal = {
  id: 'j',
  startedMs: 0,
  finishedMs: 1,
  destination: 'trash',
  destinationPath: null,
  files: 5,
  bytes: 5000,
  removed: 2,
  skipped: 1,
  failed: 1,
  restored: 1,
}
const item = (id: number, state: JournalState, changes: Partial<JournalItem> = {}): JournalItem => ({
  id,
  path: `/photos/${id}.jpg`,
  name: `${id}.jpg`,
  bytes: 1000,
  state,
  code: null,
  message: null,
  movedTo: null,
  ...changes,
})

describe('a clean-up in words', () => {
  test('restored photos count as moved, and nothing that went wrong is left out', () => {
    expect(journalSummary(journal)).toBe('3 photos moved to the trash, 1 restored, 1 skipped, 1 failed')
    expect(
      journalSummary({
        ...journal,
        destination: 'folder',
        destinationPath: '/old',
        restored: 0,
        skipped: 0,
        failed: 0,
      }),
    ).toBe('2 photos moved to /old')
  })

  test('what went wrong comes first; a search looks at the whole path', () => {
    const items = [item(1, 'removed'), item(2, 'skipped'), item(3, 'failed'), item(4, 'unknown')]
    expect(reportItems(items, 'all', '').map((i) => i.id)).toEqual([3, 4, 2, 1])
    expect(reportItems(items, 'not-done', '').map((i) => i.id)).toEqual([3, 4, 2])
    expect(reportItems(items, 'all', ' PHOTOS/1').map((i) => i.id)).toEqual([1])
  })

  test('a file of which nobody knows where it is says where to look', () => {
    expect(itemNote(item(1, 'unknown'))).toMatch(/trash/)
    expect(itemNote(item(1, 'removed', { movedTo: '/trash/1.jpg' }))).toContain('/trash/1.jpg')
    expect(itemNote(item(1, 'skipped', { message: 'Changed since the scan.' }))).toBe('Changed since the scan.')
    expect(itemNote(item(1, 'restored'))).toBeNull()
  })
})
