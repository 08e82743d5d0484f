import './history.css'
import { History, RotateCcw } from 'lucide-react'
import { useEffect, type ReactNode } from 'react'
import type { Journal } from '../../../../shared/contract/clean-up.ts'
import { Button } from '../../components/button.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { Progress } from '../../components/progress.tsx'
import { ReportList } from '../../components/report-list.tsx'
import { useSession } from '../../lib/engine.ts'
import { formatBytes, formatCount, formatInstant } from '../../lib/format.ts'
import { journalSummary, restorable } from '../../lib/journal-words.ts'
import { goTo, sendToNavigation, useNavigation } from '../../lib/navigation.ts'
import { readJournals, readReport, restore, sendToHistory, useHistory } from './history-store.ts'

function Entry({ journal, current }: { journal: Journal; current: boolean }): ReactNode {
  return (
    <li>
      <button
        type="button"
        className="history-entry"
        data-testid="history-entry"
        aria-current={current}
        onClick={() => sendToHistory({ type: 'chosen', journalId: journal.id })}
      >
        <strong>{formatInstant(journal.startedMs)}</strong>
        <span className="soft">{journalSummary(journal)}</span>
        <span className="soft number">{formatBytes(journal.bytes)}</span>
        {journal.finishedMs === null ? <span className="badge warn">did not finish</span> : null}
      </button>
    </li>
  )
}

function Report({ journal }: { journal: Journal }): ReactNode {
  const report = useHistory((state) => state.report)
  const restoring = useHistory((state) => state.restoring)
  const here = restoring?.journalId === journal.id ? restoring : null
  const count = restorable(journal)
  return (
    <section className="history-report" aria-label="Clean-up">
      <div className="panel row wrap spread">
        <div className="grow">
          <h2>{journalSummary(journal)}</h2>
          <p className="soft">
            {here === null
              ? count === 0
                ? 'There is nothing to put back.'
                : 'Restore puts the photos back where they were and checks that they are unchanged. Nothing is overwritten.'
              : `${formatCount(here.progress?.done ?? 0)} of ${formatCount(here.progress?.total ?? count)} · ${here.progress?.name ?? 'starting…'}`}
          </p>
        </div>
        <Button
          look="primary"
          data-testid="restore"
          disabled={count === 0 || restoring !== null}
          onClick={() => void restore(journal.id)}
        >
          <RotateCcw size={16} aria-hidden />
          {here !== null ? 'Restoring…' : count === 0 ? 'Restore' : `Restore ${formatCount(count)}`}
        </Button>
      </div>
      {here === null ? null : (
        <Progress label="Restore" done={here.progress?.done ?? 0} total={here.progress?.total ?? null} />
      )}
      {report === null ? <p className="soft">Reading the files…</p> : <ReportList key={journal.id} report={report} />}
    </section>
  )
}

/** Every clean-up that was made, and the way back. */
export function HistoryScreen(): ReactNode {
  const journals = useHistory((state) => state.journals)
  const chosen = useHistory((state) => state.chosen)
  const generation = useSession((session) => session.generation)
  const asked = useNavigation((state) => state.journalId)
  useEffect(() => {
    void readJournals()
  }, [generation])
  useEffect(() => {
    if (asked === null) return
    sendToHistory({ type: 'chosen', journalId: asked })
    sendToNavigation({ type: 'request-taken' })
  }, [asked])
  const journal = journals?.find((entry) => entry.id === chosen)
  const known = journal !== undefined
  useEffect(() => {
    if (known && chosen !== null) void readReport(chosen)
  }, [known, chosen, generation])
  return (
    <div className="page">
      <header className="page-header">
        <h1>History</h1>
      </header>
      {journals === null ? (
        <EmptyState icon={History} title="Reading the history…" />
      ) : journal === undefined ? (
        <EmptyState icon={History} title="No clean-up yet">
          <p className="soft">
            Each clean-up is listed here with every file, and can be taken back. Start in the review.
          </p>
          <Button look="primary" onClick={() => goTo('review')}>
            Go to the review
          </Button>
        </EmptyState>
      ) : (
        <div className="history">
          <ul className="history-list" aria-label="Clean-ups, newest first">
            {journals.map((entry) => (
              <Entry key={entry.id} journal={entry} current={entry.id === chosen} />
            ))}
          </ul>
          <Report journal={journal} />
        </div>
      )}
    </div>
  )
}
