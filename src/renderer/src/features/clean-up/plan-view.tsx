import { ChevronDown, TriangleAlert } from 'lucide-react'
import { useMemo, type ReactNode } from 'react'
import type { CleanUpPlan } from '../../../../shared/contract/clean-up.ts'
import { Choice } from '../../components/choice.tsx'
import { SearchField } from '../../components/search-field.tsx'
import { Thumbnail } from '../../components/thumbnail.tsx'
import { VirtualList } from '../../components/virtual-list.tsx'
import { formatBytes, formatPlural, photos } from '../../lib/format.ts'
import { tierWords } from '../../lib/photo-words.ts'
import { companionWords, planRows, type PlanGrouping, type PlanRow } from './clean-up-state.ts'
import { sendToCleanUp, useCleanUp } from './clean-up-store.ts'

const groupings: readonly { value: PlanGrouping; label: string }[] = [
  { value: 'tier', label: 'By kind' },
  { value: 'folder', label: 'By folder' },
  { value: 'keeps', label: 'By the photo that stays' },
]

function Warnings({ plan }: { plan: CleanUpPlan }): ReactNode {
  if (plan.warnings.length === 0) return null
  return (
    <details className="plan-warnings" data-testid="plan-warnings">
      <summary>
        <TriangleAlert size={15} aria-hidden />
        {formatPlural(plan.warnings.length, 'warning', 'warnings')}
        <ChevronDown size={15} aria-hidden />
      </summary>
      <ul>
        {plan.warnings.map((warning) => (
          <li key={`${warning.code} ${warning.message}`}>
            {warning.message}
            {warning.photoIds.length > 1 ? <span className="soft"> ({photos(warning.photoIds.length)})</span> : null}
          </li>
        ))}
      </ul>
    </details>
  )
}

function Row({ row }: { row: PlanRow }): ReactNode {
  if (row.kind === 'heading') {
    return (
      <div className="plan-heading">
        <h2 className="clip">{row.title}</h2>
        <span className="soft number">
          {photos(row.files)} · {formatBytes(row.bytes)}
        </span>
      </div>
    )
  }
  const { item } = row
  return (
    <div className="plan-item" data-testid="plan-item">
      <Thumbnail photoId={item.photoId} />
      <div className="grow">
        <p className="clip">
          <strong>{item.name}</strong> <span className="soft">{item.folder}</span>
        </p>
        <p className="soft clip">
          stays: {item.keeps}
          {item.because === '' ? '' : ` · ${item.because}`}
        </p>
        {item.companions.length === 0 ? null : (
          <p className="soft clip" data-testid="plan-companions">
            goes with it: {companionWords(item.companions)}
          </p>
        )}
      </div>
      <span className="row">
        <span className="badge">{tierWords[item.tier].name}</span>
        <span className="number">{formatBytes(item.bytes)}</span>
      </span>
    </div>
  )
}

/** Everything that would be moved, with warnings first. */
export function PlanView({ plan }: { plan: CleanUpPlan }): ReactNode {
  const search = useCleanUp((state) => state.search)
  const grouping = useCleanUp((state) => state.grouping)
  const rows = useMemo(() => planRows(plan.items, grouping, search), [plan, grouping, search])
  return (
    <>
      <Warnings plan={plan} />
      <div className="row wrap">
        <SearchField
          label="Search the plan"
          value={search}
          onChange={(text) => sendToCleanUp({ type: 'searched', search: text })}
        />
        <Choice
          label="Group"
          value={grouping}
          options={groupings}
          onChange={(next) => sendToCleanUp({ type: 'grouped', grouping: next })}
        />
        {rows.length === 0 ? <span className="soft">No photo of the plan fits the search.</span> : null}
      </div>
      <VirtualList
        label="Photos to be moved"
        className="plan-list"
        items={rows}
        keyOf={(row) => row.key}
        estimate={(row) => (row.kind === 'heading' ? 36 : row.item.companions.length === 0 ? 53 : 72)}
        render={(row) => <Row row={row} />}
      />
    </>
  )
}
