import { describe, expect, test } from 'vitest'
import type { CleanUpReport, Journal } from '../../../../shared/contract/clean-up.ts'
import { initialHistory, reduceHistory, type HistoryAction, type HistoryState } from './history-state.ts'

const journal = (id: string, startedMs: number, restored = 0): Journal => ({
  id,
  startedMs,
  finishedMs: startedMs,
  destination: 'trash',
  destinationPath: null,
  files: 2,
  bytes: 10,
  removed: 2 - restored,
  skipped: 0,
  failed: 0,
  restored,
})
const report = (of: Journal): CleanUpReport => ({ journal: of, items: [] })
const run = (state: HistoryState, ...actions: HistoryAction[]): HistoryState => actions.reduce(reduceHistory, state)
const listed = run(initialHistory, { type: 'listed', journals: [journal('old', 1), journal('new', 5)] })

describe('the history', () => {
  test('shows the newest first and opens it, but stays on what the person opened', () => {
    expect(listed.journals?.map((j) => j.id)).toEqual(['new', 'old'])
    expect(listed.chosen).toBe('new')
    const onOld = run(
      listed,
      { type: 'chosen', journalId: 'old' },
      { type: 'report-read', report: report(journal('old', 1)) },
    )
    const again = run(onOld, { type: 'listed', journals: [journal('old', 1), journal('newest', 9)] })
    expect(again).toMatchObject({ chosen: 'old', report: { journal: { id: 'old' } } })
  })

  test('a report that comes after the person went on is not shown in the wrong place', () => {
    const state = run(
      listed,
      { type: 'chosen', journalId: 'old' },
      { type: 'report-read', report: report(journal('new', 5)) },
    )
    expect(state.report).toBeNull()
  })

  test('a restore updates its own entry, also when another is open, and a failed one ends', () => {
    const restoring = run(
      listed,
      { type: 'restore-started', journalId: 'new' },
      { type: 'restore-started', journalId: 'old' },
    )
    expect(restoring.restoring?.journalId).toBe('new')
    const done = run(
      restoring,
      { type: 'chosen', journalId: 'old' },
      { type: 'restore-ended', report: report(journal('new', 5, 2)) },
    )
    expect(done.journals?.[0]).toMatchObject({ id: 'new', restored: 2 })
    expect(done).toMatchObject({ chosen: 'old', report: null, restoring: null })
    expect(run(restoring, { type: 'restore-ended', report: null }).restoring).toBeNull()
  })
})
