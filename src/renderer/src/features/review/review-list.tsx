import { useVirtualizer } from '@tanstack/react-virtual'
import { Loader } from 'lucide-react'
import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import type { GroupView, ReviewSection } from '../../../../shared/contract/groups.ts'
import { Button } from '../../components/button.tsx'
import { useSession } from '../../lib/engine.ts'
import { dismissWords } from '../../lib/photo-words.ts'
import { cardWidth } from './photo-card.tsx'
import { GroupRow, mostCards, type GroupHandlers } from './group-row.tsx'
import { groupsToRead, type ReviewState } from './review-state.ts'
import { readGroups, readReview, undo, useReview } from './review-store.ts'

const lineHeight = 38
const cardHeight = 286
const headerHeight = 62

/** Height of a row before it is measured, so that the bar at the side hardly jumps. */
function estimateHeight(group: GroupView | undefined, width: number): number {
  if (group === undefined) return headerHeight + cardHeight
  let rows = 1
  let used = 0
  for (const photo of group.photos.slice(0, mostCards)) {
    const card = cardWidth(photo) + 12
    if (used > 0 && used + card > width) {
      rows++
      used = 0
    }
    used += card
  }
  return headerHeight + rows * cardHeight
}

/** Reads the groups in view that are missing or out of date, one page at a time. */
function useVisibleGroups(first: number, last: number): void {
  const revision = useSession((session) => session.summary?.revision ?? 0)
  const state = useReview((review) => review)
  const [round, setRound] = useState(0)
  const underWay = useRef(false)
  useEffect(() => {
    if (underWay.current || state.loading) return
    const wanted = groupsToRead(state, first, last, revision, 60)
    if (wanted.length === 0) return
    underWay.current = true
    void readGroups(wanted).finally(() => {
      // While a scan runs the review moves on many times a second; what is in view follows calmly.
      setTimeout(() => {
        underWay.current = false
        setRound((value) => value + 1)
      }, 150)
    })
  }, [state, first, last, revision, round])
}

interface GoneLineProps {
  why: 'changed' | 'dismissed'
  tier: ReviewSection
  last: boolean
}

function GoneLine({ why, tier, last }: GoneLineProps): ReactNode {
  const changed =
    tier === 'similar'
      ? 'This pair is no longer one of those that look alike.'
      : 'This group has changed; its photos are in another group, or in none.'
  return (
    <div className="group-line">
      {why === 'dismissed' ? `Marked as ${dismissWords(tier).toLowerCase()}.` : changed}
      {why === 'dismissed' && last ? (
        <Button size="small" look="quiet" onClick={() => void undo()}>
          Undo
        </Button>
      ) : null}
    </div>
  )
}

function lastDismissed(state: ReviewState): string | null {
  const step = state.undo.at(-1)
  return step?.kind === 'dismissal' ? step.groupId : null
}

/** All groups of the tier in the order held by the page; see [Note: Stable review]. */
export function ReviewList({ handlers }: { handlers: GroupHandlers }): ReactNode {
  const ids = useReview((state) => state.ids)
  const groups = useReview((state) => state.groups)
  const gone = useReview((state) => state.gone)
  const cursor = useReview((state) => state.cursor)
  const undoable = useReview(lastDismissed)
  const tier = useReview((state) => state.query.tier)
  const scroller = useRef<HTMLDivElement>(null)
  const width = useWidth(scroller)
  const virtualizer = useVirtualizer({
    count: ids.length,
    getScrollElement: () => scroller.current,
    getItemKey: (index) => ids[index] ?? index,
    estimateSize: (index) => {
      const id = ids[index] ?? ''
      return gone.has(id) ? lineHeight : estimateHeight(groups.get(id)?.view, width)
    },
    overscan: 3,
  })
  const rows = virtualizer.getVirtualItems()
  useVisibleGroups(rows[0]?.index ?? 0, rows.at(-1)?.index ?? -1)

  useEffect(() => {
    scroller.current?.scrollTo({ top: 0 })
  }, [tier])
  const moves = cursor?.moves ?? 0
  useEffect(() => {
    const { cursor: at, ids: order } = readReview()
    if (moves === 0 || at === null) return
    const index = order.indexOf(at.groupId)
    if (index >= 0) virtualizer.scrollToIndex(index, { align: 'auto' })
  }, [moves, virtualizer])

  const firstLive = useMemo(() => ids.find((id) => !gone.has(id)), [ids, gone])
  const stopGroup = cursor?.groupId ?? firstLive
  return (
    <div ref={scroller} className="virtual-scroller review-list" data-testid="review-list">
      <ul
        className="virtual"
        style={{ height: virtualizer.getTotalSize() }}
        aria-label={tier === 'similar' ? 'Pairs of photos that look alike' : 'Groups of photos'}
      >
        {rows.map((row) => {
          const id = ids[row.index] ?? ''
          const why = gone.get(id)
          const group = groups.get(id)?.view
          return (
            <li
              key={row.key}
              ref={virtualizer.measureElement}
              data-index={row.index}
              className="virtual-item"
              aria-setsize={ids.length}
              aria-posinset={row.index + 1}
              style={{ transform: `translateY(${row.start}px)` }}
            >
              {why !== undefined ? (
                <GoneLine why={why} tier={tier} last={undoable === id} />
              ) : group === undefined ? (
                <div className="group-line" style={{ height: headerHeight + cardHeight }}>
                  <Loader size={16} aria-hidden /> Loading…
                </div>
              ) : (
                <GroupRow
                  group={group}
                  index={row.index}
                  total={ids.length}
                  stop={id === stopGroup ? (cursor?.groupId === id ? cursor.photo : 0) : null}
                  move={cursor?.groupId === id ? cursor.moves : null}
                  handlers={handlers}
                />
              )}
            </li>
          )
        })}
      </ul>
    </div>
  )
}

function useWidth(element: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(1000)
  useEffect(() => {
    if (element.current === null) return
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setWidth(entry.contentRect.width)
    })
    observer.observe(element.current)
    return () => observer.disconnect()
  }, [element])
  return width
}
