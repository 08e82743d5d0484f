import { CircleCheck, CircleHelp, Columns2, CopyX, Images, WandSparkles } from 'lucide-react'
import { memo, useState, type ReactNode } from 'react'
import type { GroupView } from '../../../../shared/contract/groups.ts'
import { Button, IconButton } from '../../components/button.tsx'
import { formatBytes, formatCount, photos } from '../../lib/format.ts'
import { dismissWords, linkChips, linkSentence } from '../../lib/photo-words.ts'
import { PhotoCard, type CardHandlers } from './photo-card.tsx'

/** Photos of one group shown at first; a burst of hundreds opens on request. */
export const mostCards = 24

export interface GroupHandlers extends CardHandlers {
  onKeepAll(groupId: string): void
  onSuggest(groupId: string): void
  onDismiss(groupId: string): void
}

interface GroupRowProps {
  group: GroupView
  index: number
  total: number
  /** Photo that Tab stops at; null when it is in another group. */
  stop: number | null
  /** Number of the key move that led to `stop`; null when no cursor was set. */
  move: number | null
  handlers: GroupHandlers
}

/** What a group is and comes to, in one line. */
function GroupTitle({ group, index }: { group: GroupView; index: number }): ReactNode {
  const link = group.tier === 'similar' ? (group.photos[1]?.link ?? null) : null
  return (
    <p className="row wrap grow">
      <span className="group-title number">{formatCount(index + 1)}</span>
      {link === null
        ? null
        : linkChips(link, 'similar').map((chip) => (
            <span key={chip} className="badge" title={linkSentence(link, 'similar')}>
              {chip}
            </span>
          ))}
      <span className="soft number">
        {link === null ? photos(group.photos.length) : ''}
        {group.freesBytes > 0 ? ` · frees ${formatBytes(group.freesBytes)}` : ''}
      </span>
      {group.newFind ? <span className="badge accent">new find</span> : null}
      {group.decided ? (
        <span className="badge">
          <CircleCheck size={12} aria-hidden /> decided
        </span>
      ) : null}
    </p>
  )
}

interface GroupActionsProps {
  group: GroupView
  tabIndex: number
  handlers: GroupHandlers
}

/** Everything that can be done with a whole group. */
function GroupActions({ group: { id, tier }, tabIndex, handlers }: GroupActionsProps): ReactNode {
  const similar = tier === 'similar'
  const shared = { size: 'small', tabIndex } as const
  return (
    <div className="group-actions">
      {similar ? (
        <IconButton label="Why?" keys="W" {...shared} data-testid="why" onClick={() => handlers.onWhy(id, 1)}>
          <CircleHelp size={15} aria-hidden />
        </IconButton>
      ) : null}
      <IconButton label="Compare" keys="Enter" {...shared} onClick={() => handlers.onOpen(id, 0)}>
        <Columns2 size={15} aria-hidden />
      </IconButton>
      <IconButton
        label={similar ? 'Keep both' : 'Keep all'}
        keys="K"
        {...shared}
        onClick={() => handlers.onKeepAll(id)}
      >
        <Images size={15} aria-hidden />
      </IconButton>
      {similar ? null : (
        <IconButton
          label={tier === 'exact' ? 'Apply the suggestion' : 'Keep the reference photo, remove the others'}
          keys="A"
          {...shared}
          onClick={() => handlers.onSuggest(id)}
        >
          <WandSparkles size={15} aria-hidden />
        </IconButton>
      )}
      <IconButton label={dismissWords(tier)} keys="X" {...shared} onClick={() => handlers.onDismiss(id)}>
        <CopyX size={15} aria-hidden />
      </IconButton>
    </div>
  )
}

export const GroupRow = memo(function GroupRow(props: GroupRowProps): ReactNode {
  const { group, index, total, stop, move, handlers } = props
  const [open, setOpen] = useState(false)
  const all = open || group.photos.length <= mostCards || (stop !== null && stop >= mostCards)
  const shown = all ? group.photos : group.photos.slice(0, mostCards)
  const tabIndex = stop === null ? -1 : 0
  return (
    <section
      className={stop !== null && move !== null ? 'group current' : 'group'}
      aria-label={`${group.tier === 'similar' ? 'Pair' : 'Group'} ${index + 1} of ${total}: ${photos(group.photos.length)}`}
      data-testid="group-row"
      data-group-id={group.id}
    >
      <header className="group-header">
        <GroupTitle group={group} index={index} />
        <GroupActions group={group} tabIndex={tabIndex} handlers={handlers} />
      </header>
      <div className="group-photos">
        {shown.map((photo, at) => (
          <PhotoCard
            key={photo.id}
            photo={photo}
            tier={group.tier}
            groupId={group.id}
            index={at}
            stop={stop === at}
            move={stop === at ? move : null}
            onPoint={handlers.onPoint}
            onOpen={handlers.onOpen}
            onWhy={handlers.onWhy}
            onToggle={handlers.onToggle}
            onKeepOnly={handlers.onKeepOnly}
          />
        ))}
      </div>
      {all ? null : (
        <Button size="small" look="quiet" onClick={() => setOpen(true)}>
          Show all {photos(group.photos.length)}
        </Button>
      )}
    </section>
  )
})
