import './report-list.css'
import { CircleHelp, CircleSlash, RotateCcw, Trash2, TriangleAlert, type LucideIcon } from 'lucide-react'
import { useMemo, useState, type ReactNode } from 'react'
import type { CleanUpReport, JournalState } from '../../../shared/contract/clean-up.ts'
import { formatBytes } from '../lib/format.ts'
import { itemNote, journalStateWords, reportItems, type ReportFilter } from '../lib/journal-words.ts'
import { Choice } from './choice.tsx'
import { SearchField } from './search-field.tsx'
import { VirtualList } from './virtual-list.tsx'

const icons: Record<JournalState, LucideIcon> = {
  planned: CircleSlash,
  intended: CircleSlash,
  removed: Trash2,
  skipped: CircleSlash,
  failed: TriangleAlert,
  restored: RotateCcw,
  unknown: CircleHelp,
}

const filters: readonly { value: ReportFilter; label: string }[] = [
  { value: 'all', label: 'All files' },
  { value: 'removed', label: 'Removed' },
  { value: 'restored', label: 'Restored' },
  { value: 'not-done', label: 'Skipped or failed' },
]

/** What became of each file of a clean-up. */
export function ReportList({ report }: { report: CleanUpReport }): ReactNode {
  const [search, setSearch] = useState('')
  const [filter, setFilter] = useState<ReportFilter>('all')
  const items = useMemo(() => reportItems(report.items, filter, search), [report, filter, search])
  return (
    <>
      <div className="row wrap">
        <SearchField label="Search files" value={search} onChange={setSearch} />
        <Choice label="Show" value={filter} options={filters} onChange={(next) => setFilter(next)} />
      </div>
      <VirtualList
        label="Files"
        className="report-list"
        items={items}
        keyOf={(item) => item.id}
        estimate={(item) => (itemNote(item) === null ? 50 : 68)}
        render={(item) => {
          const Icon = icons[item.state]
          const note = itemNote(item)
          const bad = item.state === 'failed' || item.state === 'unknown'
          return (
            <div className="report-row" data-testid="report-row" data-state={item.state}>
              <span className={bad ? 'badge warn' : 'badge'}>
                <Icon size={12} aria-hidden />
                {journalStateWords[item.state]}
              </span>
              <div className="grow">
                <p className="clip">
                  <strong>{item.name}</strong> <span className="soft number">{formatBytes(item.bytes)}</span>
                </p>
                <p className="soft clip" title={item.path}>
                  {item.path}
                </p>
                {note === null ? null : <p>{note}</p>}
              </div>
            </div>
          )
        }}
      />
    </>
  )
}
