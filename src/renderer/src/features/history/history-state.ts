import type { CleanUpProgress, CleanUpReport, Journal } from '../../../../shared/contract/clean-up.ts'

export interface HistoryState {
  /** Newest first; null until read. */
  journals: readonly Journal[] | null
  chosen: string | null
  report: CleanUpReport | null
  /** The restore at work. */
  restoring: { journalId: string; progress: CleanUpProgress | null } | null
}

export const initialHistory: HistoryState = { journals: null, chosen: null, report: null, restoring: null }

export type HistoryAction =
  | { type: 'listed'; journals: readonly Journal[] }
  | { type: 'chosen'; journalId: string }
  | { type: 'report-read'; report: CleanUpReport }
  | { type: 'restore-started'; journalId: string }
  | { type: 'restore-progressed'; progress: CleanUpProgress }
  | { type: 'restore-ended'; report: CleanUpReport | null }

function withReport(state: HistoryState, report: CleanUpReport): HistoryState {
  const journals =
    state.journals?.map((journal) => (journal.id === report.journal.id ? report.journal : journal)) ?? null
  return { ...state, journals, report: report.journal.id === state.chosen ? report : state.report }
}

export function reduceHistory(state: HistoryState, action: HistoryAction): HistoryState {
  switch (action.type) {
    case 'listed': {
      const journals = action.journals.toSorted((a, b) => b.startedMs - a.startedMs)
      const chosen = journals.some((journal) => journal.id === state.chosen) ? state.chosen : (journals[0]?.id ?? null)
      return { ...state, journals, chosen, report: chosen === state.chosen ? state.report : null }
    }
    case 'chosen':
      if (action.journalId === state.chosen) return state
      return { ...state, chosen: action.journalId, report: null }
    case 'report-read':
      return withReport(state, action.report)
    case 'restore-started':
      return state.restoring === null ? { ...state, restoring: { journalId: action.journalId, progress: null } } : state
    case 'restore-progressed':
      return state.restoring === null
        ? state
        : { ...state, restoring: { ...state.restoring, progress: action.progress } }
    case 'restore-ended': {
      const ended = { ...state, restoring: null }
      return action.report === null ? ended : withReport(ended, action.report)
    }
  }
}
