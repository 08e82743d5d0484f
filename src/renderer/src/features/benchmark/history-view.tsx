import { ChartColumn, Flag, FolderInput, RotateCcw, TriangleAlert } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import type { BenchmarkEntry } from '../../../../shared/contract/benchmark-comparison.ts'
import { Button, IconButton } from '../../components/button.tsx'
import { Choice } from '../../components/choice.tsx'
import { SearchField } from '../../components/search-field.tsx'
import { formatDay, formatInstant, formatRate } from '../../lib/format.ts'
import { importResults, resumeRun, sendToBenchmark, setBaseline, showResults, useBenchmark } from './benchmark-store.ts'

type Origin = 'all' | BenchmarkEntry['origin']

const origins: readonly { value: Origin; label: string }[] = [
  { value: 'all', label: 'All' },
  { value: 'measured', label: 'Measured here' },
  { value: 'imported', label: 'Taken over' },
  { value: 'documented', label: 'Published figures' },
]

const originWords: Record<BenchmarkEntry['origin'], string> = {
  measured: '',
  imported: 'taken over',
  documented: 'published',
}

interface LineProps {
  entry: BenchmarkEntry
  chosen: boolean
  onToggle(): void
}

function measuredAt({ origin, timestamp }: BenchmarkEntry): string {
  if (timestamp === null) return 'not told'
  return origin === 'measured' ? formatInstant(Date.parse(timestamp)) : formatDay(Date.parse(timestamp))
}

function HistoryLine({ entry, chosen, onToggle }: LineProps): ReactNode {
  const own = entry.origin === 'measured'
  return (
    <tr data-testid="benchmark-entry">
      <td>
        <input type="checkbox" aria-label={`Compare ${entry.label}`} checked={chosen} onChange={onToggle} />
      </td>
      <td>
        <strong>{entry.label}</strong> {own ? null : <span className="badge">{originWords[entry.origin]}</span>}{' '}
        {entry.baseline ? <span className="badge accent">baseline</span> : null}{' '}
        {entry.complete || !own ? null : <span className="badge warn">not complete</span>}
        {entry.label.includes(entry.gpu) ? null : <span className="soft block">{entry.gpu}</span>}
      </td>
      <td className="nowrap">{measuredAt(entry)}</td>
      <td className="end nowrap">{entry.imagesPerSecond === null ? '–' : formatRate(entry.imagesPerSecond)}</td>
      <td className="end nowrap">{entry.p50Ms === null ? '–' : `${entry.p50Ms.toFixed(1)} ms`}</td>
      <td className="end">
        {entry.resumable ? (
          <IconButton
            label="Go on with the phases that are missing"
            data-testid="benchmark-resume"
            onClick={() => void resumeRun(entry.id)}
          >
            <RotateCcw size={16} aria-hidden />
          </IconButton>
        ) : null}
        {own ? (
          <IconButton
            label={entry.baseline ? 'No longer the baseline' : 'Hold later runs against this one'}
            aria-pressed={entry.baseline}
            data-testid="benchmark-baseline"
            onClick={() => void setBaseline(entry.id, !entry.baseline)}
          >
            <Flag size={16} aria-hidden />
          </IconButton>
        ) : null}
      </td>
    </tr>
  )
}

/** Every run that is kept, and the published figures; any of them can be compared. */
export function HistoryView(): ReactNode {
  const entries = useBenchmark((state) => state.entries)
  const bad = useBenchmark((state) => state.bad)
  const [chosen, setChosen] = useState<readonly string[]>([])
  const [search, setSearch] = useState('')
  const [origin, setOrigin] = useState<Origin>('all')
  const wanted = search.trim().toLowerCase()
  const shown = entries.filter(
    (entry) =>
      (origin === 'all' || entry.origin === origin) &&
      (wanted === '' || `${entry.label} ${entry.gpu} ${entry.id}`.toLowerCase().includes(wanted)),
  )
  const toggle = (id: string): void =>
    setChosen(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id])
  const compare = (): void => {
    sendToBenchmark({ type: 'went', view: 'results' })
    void showResults(chosen)
  }
  return (
    <div className="page-column wide" data-testid="benchmark-history">
      <div className="row wrap spread">
        <span className="row wrap">
          <SearchField label="Search runs" value={search} onChange={setSearch} />
          <Choice label="Show" value={origin} options={origins} onChange={(next) => setOrigin(next)} />
        </span>
        <span className="row wrap">
          <Button data-testid="benchmark-import" onClick={() => void importResults()}>
            <FolderInput size={16} aria-hidden />
            Open a file…
          </Button>
          <Button look="primary" data-testid="benchmark-compare" disabled={chosen.length === 0} onClick={compare}>
            <ChartColumn size={16} aria-hidden />
            {chosen.length < 2 ? 'Show' : `Compare ${chosen.length}`}
          </Button>
        </span>
      </div>
      <section className="panel">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">
                <span className="visually-hidden">Compare</span>
              </th>
              <th scope="col">Run</th>
              <th scope="col">When</th>
              <th scope="col" className="end">
                Most photos a second
              </th>
              <th scope="col" className="end">
                One photo (median)
              </th>
              <th scope="col">
                <span className="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((entry) => (
              <HistoryLine
                key={entry.id}
                entry={entry}
                chosen={chosen.includes(entry.id)}
                onToggle={() => toggle(entry.id)}
              />
            ))}
          </tbody>
        </table>
        {shown.length === 0 ? (
          <p className="soft">
            {entries.length === 0 || origin === 'measured'
              ? 'No run fits. Runs come here from Set-up; “Open a file…” takes over those of others.'
              : 'No run fits. Change the search or what is shown.'}
          </p>
        ) : null}
        {bad.map(({ file, message }) => (
          <p key={file} className="row">
            <TriangleAlert size={14} aria-hidden />
            {message.includes(file) ? message : `${file}: ${message}`}
          </p>
        ))}
      </section>
    </div>
  )
}
