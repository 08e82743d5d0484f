import { BrushCleaning, Info, Undo2 } from 'lucide-react'
import { useEffect, useState, type ReactNode, type Ref } from 'react'
import type { GroupFilter, GroupSort, ReviewSection, ReviewSummary } from '../../../../shared/contract/groups.ts'
import { Button, IconButton } from '../../components/button.tsx'
import { Choice } from '../../components/choice.tsx'
import { SearchField } from '../../components/search-field.tsx'
import { Segments } from '../../components/segments.tsx'
import { Tip } from '../../components/tip.tsx'
import { formatBytes, formatCount, formatPlural, photos } from '../../lib/format.ts'
import { goTo } from '../../lib/navigation.ts'
import { tierWords } from '../../lib/photo-words.ts'
import { sendToReview, undo, useReview } from './review-store.ts'
import { SuggestAll } from './suggest-all.tsx'
import { ThresholdBar } from './threshold-bar.tsx'

const sorts: readonly { value: GroupSort; label: string }[] = [
  { value: 'found', label: 'As found' },
  { value: 'savings', label: 'Most to free' },
  { value: 'size', label: 'Largest photos' },
  { value: 'date', label: 'By date' },
  { value: 'name', label: 'By name' },
]
const filters: readonly { value: GroupFilter; label: string }[] = [
  { value: 'all', label: 'All groups' },
  { value: 'undecided', label: 'Undecided' },
  { value: 'decided', label: 'Decided' },
]
const similarSorts = sorts.map((sort) => (sort.value === 'found' ? { ...sort, label: 'Most alike' } : sort))
const similarFilters = filters.map((filter) => (filter.value === 'all' ? { ...filter, label: 'All pairs' } : filter))
const aiFilters = [...filters, { value: 'new-finds' as const, label: 'New finds' }]

/** Typing asks the engine once the person pauses. */
function Search({ ref }: { ref: Ref<HTMLInputElement> }): ReactNode {
  const asked = useReview((state) => state.query.search)
  const [text, setText] = useState(asked)
  const [former, setFormer] = useState(asked)
  if (former !== asked) {
    // Someone else changed the query, for example "show all groups".
    setFormer(asked)
    setText(asked)
  }
  useEffect(() => {
    if (text === asked) return
    const timer = setTimeout(() => sendToReview({ type: 'queried', query: { search: text.slice(0, 200) } }), 200)
    return () => clearTimeout(timer)
  }, [text, asked])
  return <SearchField ref={ref} label="Search photos" keys="/" value={text} onChange={setText} />
}

function Tiers({ summary, tier }: { summary: ReviewSummary; tier: ReviewSection }): ReactNode {
  const sections: { tier: ReviewSection; groups: number }[] = [
    ...summary.tiers,
    { tier: 'similar', groups: summary.similarPairs },
  ]
  return (
    <Segments
      label="Kind of duplicates"
      value={tier}
      onChange={(next) => sendToReview({ type: 'queried', query: { tier: next } })}
      options={sections.map((entry) => ({
        value: entry.tier,
        testId: `tier-${entry.tier}`,
        label: (
          <>
            {tierWords[entry.tier].name} <span className="count">{formatCount(entry.groups)}</span>
          </>
        ),
      }))}
    />
  )
}

function UndoButton(): ReactNode {
  const last = useReview((state) => state.undo.at(-1)?.label ?? null)
  return (
    <IconButton
      label={last === null ? 'Nothing to undo' : `Undo: ${last}`}
      keys="Mod+Z"
      data-testid="undo"
      disabled={last === null}
      onClick={() => void undo()}
    >
      <Undo2 size={16} aria-hidden />
    </IconButton>
  )
}

interface ReviewHeaderProps {
  summary: ReviewSummary
  search: Ref<HTMLInputElement>
}

export function ReviewHeader({ summary, search }: ReviewHeaderProps): ReactNode {
  const query = useReview((state) => state.query)
  const current = summary.tiers.find((entry) => entry.tier === query.tier)
  const { removals } = summary
  const similar = query.tier === 'similar'
  return (
    <header className="review-header">
      <div className="row wrap spread">
        <h1 className="visually-hidden">Review</h1>
        <Tiers summary={summary} tier={query.tier} />
        <p className="review-facts grow" data-testid="review-progress">
          {current === undefined ? (
            formatPlural(summary.similarPairs, 'pair', 'pairs')
          ) : (
            <>
              <strong>{formatCount(current.decidedGroups)}</strong> of {formatPlural(current.groups, 'group', 'groups')}{' '}
              decided
            </>
          )}{' '}
          · frees <strong>{formatBytes(removals.bytes)}</strong>
        </p>
        <UndoButton />
        <Tip
          text={removals.photos === 0 ? 'No photo is to be removed yet' : `Remove ${photos(removals.photos)}`}
          keys="Mod+Enter"
        >
          <Button
            look="primary"
            data-testid="clean-up"
            disabled={removals.photos === 0}
            onClick={() => goTo('clean-up')}
          >
            <BrushCleaning size={16} aria-hidden />
            Clean up…
          </Button>
        </Tip>
      </div>
      <div className="row spread review-tools">
        <p className="soft grow clip review-about">{tierWords[query.tier].about}.</p>
        <SuggestAll tier={query.tier} />
        <Choice
          label="Show"
          testId="review-filter"
          value={query.filter}
          options={query.tier === 'ai' ? aiFilters : similar ? similarFilters : filters}
          onChange={(filter) => sendToReview({ type: 'queried', query: { filter } })}
        />
        <Choice
          label="Sort"
          testId="review-sort"
          value={query.sort}
          options={similar ? similarSorts : sorts}
          onChange={(sort) => sendToReview({ type: 'queried', query: { sort } })}
        />
        <Search ref={search} />
      </div>
      {query.tier === 'perceptual' || query.tier === 'ai' ? (
        <ThresholdBar key={query.tier} tier={query.tier} summary={summary} />
      ) : null}
      {similar ? (
        <p className="row" data-testid="similar-note">
          <Info size={15} aria-hidden />
          These are not duplicates. Nothing here is suggested, and nothing is removed unless you say so.
        </p>
      ) : null}
    </header>
  )
}
