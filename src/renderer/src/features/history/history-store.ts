import { attempt, callEngine, sendToSession } from '../../lib/engine.ts'
import { restoredNotice } from '../../lib/journal-words.ts'
import { createReducerStore } from '../../lib/reducer-store.ts'
import { initialHistory, reduceHistory, type HistoryState } from './history-state.ts'

const store = createReducerStore(reduceHistory, initialHistory)

export function useHistory<T>(select: (state: HistoryState) => T): T {
  return store((held) => select(held.state))
}

export const sendToHistory = store.getState().send

export async function readJournals(): Promise<void> {
  await attempt('read the history', async () => {
    sendToHistory({ type: 'listed', journals: await callEngine('history.list', null) })
  })
}

export async function readReport(journalId: string): Promise<void> {
  await attempt('read the clean-up', async () => {
    sendToHistory({ type: 'report-read', report: await callEngine('history.read', { journalId }) })
  })
}

/** Puts back what a clean-up moved; one at a time. */
export async function restore(journalId: string): Promise<void> {
  if (store.getState().state.restoring !== null) return
  sendToHistory({ type: 'restore-started', journalId })
  sendToSession({ type: 'job-changed', job: { kind: 'restore', progress: null } })
  let ended = false
  await attempt(
    'restore the photos',
    async () => {
      const report = await callEngine(
        'history.restore',
        { journalId },
        {
          onProgress: (progress) => {
            sendToHistory({ type: 'restore-progressed', progress })
            sendToSession({ type: 'job-changed', job: { kind: 'restore', progress } })
          },
        },
      )
      ended = true
      sendToHistory({ type: 'restore-ended', report })
      sendToSession({ type: 'done', text: restoredNotice(report.journal) })
    },
    'Photos not restored are still where the clean-up put them.',
  )
  if (!ended) sendToHistory({ type: 'restore-ended', report: null })
  sendToSession({ type: 'job-changed', job: null })
}
