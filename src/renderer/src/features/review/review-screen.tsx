import './review.css'
import { Images, PartyPopper, SearchX } from 'lucide-react'
import { useEffect, useMemo, useRef, type ComponentType, type ReactNode } from 'react'
import type { GroupView, ReviewSection, ReviewSummary } from '../../../../shared/contract/groups.ts'
import { Button } from '../../components/button.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { useSession } from '../../lib/engine.ts'
import { formatPlural } from '../../lib/format.ts'
import { useKeys } from '../../lib/keys.ts'
import { goTo, sendToNavigation, useNavigation } from '../../lib/navigation.ts'
import { tierWords } from '../../lib/photo-words.ts'
import { isScanning } from '../../lib/session.ts'
import { useSlow } from '../../lib/use-slow.ts'
import type { ViewerProps } from '../../lib/viewer-props.ts'
import { askWhy, useAskedPair } from '../../lib/why-request.ts'
import { applySuggestion, keepAll, keepOnly, togglePhoto } from './group-actions.ts'
import type { GroupHandlers } from './group-row.tsx'
import { ReviewHeader } from './review-header.tsx'
import { ReviewList } from './review-list.tsx'
import { currentGroup, type Move } from './review-state.ts'
import { decide, dismiss, readList, readReview, removals, sendToReview, undo, useReview } from './review-store.ts'

function groupOf(groupId: string): GroupView | null {
  const state = readReview()
  return state.gone.has(groupId) ? null : (state.groups.get(groupId)?.view ?? null)
}

const acts = {
  toggle(group: GroupView, photo: number): void {
    void decide(`Change ${group.photos[photo]?.name ?? ''}`, togglePhoto(group, photo))
  },
  keepOnly(group: GroupView, photo: number): void {
    void decide(`Keep only ${group.photos[photo]?.name ?? ''}`, keepOnly(group, photo))
  },
  keepAll: (group: GroupView): void => void decide('Keep all', keepAll(group)),
  suggest: (group: GroupView): void => void decide('Apply the suggestion', applySuggestion(group)),
  dismiss: (group: GroupView): void => void dismiss(group),
  why: (group: GroupView, photo: number): void => askWhy(group.photos, photo),
}

function onGroup(act: (group: GroupView, photo: number) => void): (groupId: string, photo?: number) => void {
  return (groupId, photo = 0) => {
    const group = groupOf(groupId)
    if (group === null) return
    if (readReview().cursor?.groupId !== groupId) sendToReview({ type: 'pointed', groupId, photo })
    act(group, photo)
  }
}

const handlers: GroupHandlers = {
  onPoint: (groupId, photo) => {
    const { cursor } = readReview()
    if (cursor?.groupId !== groupId || cursor.photo !== photo) sendToReview({ type: 'pointed', groupId, photo })
  },
  onOpen: (groupId, photo) => {
    sendToReview({ type: 'pointed', groupId, photo })
    sendToReview({ type: 'compare-toggled', open: true })
  },
  onToggle: onGroup(acts.toggle),
  onKeepOnly: onGroup(acts.keepOnly),
  onKeepAll: onGroup(acts.keepAll),
  onSuggest: onGroup(acts.suggest),
  onDismiss: onGroup(acts.dismiss),
  onWhy: onGroup(acts.why),
}

const moveKeys: Partial<Record<string, Move>> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
  n: 'next',
  p: 'previous',
  Home: 'first',
  End: 'last',
}

/** A key on the group under the cursor. @returns whether it means anything */
function actOnCurrent(key: string): boolean {
  const current = currentGroup(readReview())
  if (current === null) return false
  const { group, photo } = current
  if (key === ' ') acts.toggle(group, photo)
  else if (key === 'Enter') sendToReview({ type: 'compare-toggled', open: true })
  else if (key === 'k') acts.keepAll(group)
  else if (key === 'a') acts.suggest(group)
  else if (key === 'x') acts.dismiss(group)
  else if (key === 'w') acts.why(group, photo)
  else if (['1', '2', '3', '4'].includes(key)) acts.keepOnly(group, Number(key) - 1)
  else return false
  return true
}

/** Keys belong to the control that has the focus, unless that is a photo or nothing. */
function focusedElsewhere(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.closest('[role="dialog"], [role="menu"], [role="slider"]')) return true
  if (target.closest('[role="radio"]') && ['ArrowLeft', 'ArrowRight', 'Home', 'End'].includes(key)) return true
  const pressesButton = key === ' ' || key === 'Enter'
  return pressesButton && target.closest('button, a') !== null && !target.classList.contains('card-picture')
}

function useReviewKeys(search: { readonly current: HTMLInputElement | null }, active: boolean): void {
  useKeys((key, event) => {
    if (key === 'mod+z') {
      void undo()
      return true
    }
    if (key === 'mod+Enter') {
      if (removals().photos > 0) goTo('clean-up')
      return true
    }
    if (key === '/') {
      search.current?.focus()
      search.current?.select()
      return true
    }
    if (focusedElsewhere(event.target, key)) return false
    const move = moveKeys[key]
    if (move !== undefined) {
      sendToReview({ type: 'moved', move })
      return true
    }
    return actOnCurrent(key)
  }, active)
}

/** Keeps the list in step: a new question at once, changes in the library calmly. */
function useList(summary: ReviewSummary | null, tier: ReviewSection): void {
  const query = useReview((state) => state.query)
  const generation = useSession((session) => session.generation)
  const scanning = useSession((session) => isScanning(session.scan))
  const known = useRef(generation)
  useEffect(() => {
    if (known.current !== generation) {
      known.current = generation
      sendToReview({ type: 'restarted' })
    } else void readList()
  }, [query, generation])
  const shown = summary?.tiers.find((entry) => entry.tier === tier)?.groups
  const groups = shown ?? summary?.similarPairs ?? 0
  // While a scan runs a group can take another's place without any change in number.
  const change = useSlow(scanning ? `${groups} ${summary?.revision ?? 0}` : String(groups), 1000)
  const first = useRef(change)
  useEffect(() => {
    if (first.current === change) return
    first.current = change
    void readList()
  }, [change])
}

/** What to do where a section is empty. */
const nextWords: Record<ReviewSection, string> = {
  exact: 'Look at the other tiers for copies that were saved, sized or cropped.',
  perceptual: 'A looser threshold finds more.',
  ai: 'Pictures that are only alike are under Similar.',
  similar: 'Every pair that looked alike is either a duplicate, in its group, or nothing of the kind.',
}

function NothingHere({ tier, scanning }: { tier: ReviewSection; scanning: boolean }): ReactNode {
  const { search, filter } = useReview((state) => state.query)
  const library = useSession((session) => session.library)
  if (search !== '' || filter !== 'all') {
    return (
      <EmptyState icon={SearchX} title="Nothing fits">
        <p className="soft">The rest is hidden by the search or the filter.</p>
        <Button onClick={() => sendToReview({ type: 'queried', query: { search: '', filter: 'all' } })}>
          Show all
        </Button>
      </EmptyState>
    )
  }
  if (scanning) {
    return (
      <EmptyState icon={Images} title="Nothing found yet">
        <p className="soft">The scan is still running. Groups appear here as soon as they are found.</p>
      </EmptyState>
    )
  }
  if ((library?.photos ?? 0) === 0) {
    return (
      <EmptyState icon={Images} title="No photos scanned yet">
        <p className="soft">Scan your folders first; the duplicates found will be here.</p>
        <Button look="primary" onClick={() => goTo('library')}>
          Go to the library
        </Button>
      </EmptyState>
    )
  }
  return (
    <EmptyState icon={PartyPopper} title="Nothing to decide here">
      <p className="soft">
        {tierWords[tier].about}: none found. {nextWords[tier]}
      </p>
    </EmptyState>
  )
}

function Viewer({ viewer: View }: { viewer: ComponentType<ViewerProps> }): ReactNode {
  const state = useReview((review) => review)
  const current = currentGroup(state)
  if (!state.comparing || current === null) return null
  const { group, index, photo } = current
  return (
    <View
      group={group}
      index={index}
      total={state.ids.length}
      photo={photo}
      onToggle={(at) => acts.toggle(group, at)}
      onKeepOnly={(at) => acts.keepOnly(group, at)}
      onKeepAll={() => acts.keepAll(group)}
      onDismiss={() => acts.dismiss(group)}
      onSuggest={() => acts.suggest(group)}
      onUndo={() => void undo()}
      onNext={() => sendToReview({ type: 'moved', move: 'next' })}
      onPrevious={() => sendToReview({ type: 'moved', move: 'previous' })}
      onClose={() => sendToReview({ type: 'compare-toggled', open: false })}
    />
  )
}

/** Groups of a tier, one row each, with everything that decides what stays. */
export function ReviewScreen({ viewer }: { viewer: ComponentType<ViewerProps> }): ReactNode {
  const summary = useSession((session) => session.summary)
  const scanning = useSession((session) => isScanning(session.scan))
  const asked = useNavigation((state) => state.tier)
  const keysOpen = useNavigation((state) => state.keysOpen)
  const tier = useReview((state) => state.query.tier)
  const loading = useReview((state) => state.loading)
  const empty = useReview((state) => state.ids.length === 0)
  const waiting = useReview((state) => state.waiting.length)
  const comparing = useReview((state) => state.comparing)
  const search = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (asked === null) return
    sendToNavigation({ type: 'request-taken' })
    if (asked !== readReview().query.tier) sendToReview({ type: 'queried', query: { tier: asked } })
  }, [asked])
  useList(summary, tier)
  const explaining = useAskedPair() !== null
  useReviewKeys(search, !comparing && !keysOpen && !explaining)
  const body = useMemo(() => <ReviewList handlers={handlers} />, [])
  if (summary === null) return <EmptyState icon={Images} title="Opening the review…" />
  return (
    <div className="review">
      <ReviewHeader summary={summary} search={search} />
      {waiting === 0 || empty ? null : (
        <div className="review-pill">
          <Button size="small" data-testid="show-new-groups" onClick={() => sendToReview({ type: 'waiting-shown' })}>
            {formatPlural(waiting, 'new group', 'new groups')} — show at the end
          </Button>
        </div>
      )}
      {!empty ? (
        body
      ) : loading ? (
        <EmptyState icon={Images} title="Loading…" />
      ) : waiting > 0 ? (
        <ShowWaiting />
      ) : (
        <NothingHere tier={tier} scanning={scanning} />
      )}
      <Viewer viewer={viewer} />
    </div>
  )
}

/** With nothing in view there is nothing to disturb: the first groups show themselves. */
function ShowWaiting(): ReactNode {
  useEffect(() => sendToReview({ type: 'waiting-shown' }), [])
  return null
}
