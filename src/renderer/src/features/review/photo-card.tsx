import { Check, CircleDashed, CircleHelp, HardDrive, Scissors, Target, Trash2 } from 'lucide-react'
import { memo, useEffect, useRef, type ReactNode } from 'react'
import type { Decision, GroupPhoto, ReviewSection } from '../../../../shared/contract/groups.ts'
import { IconButton } from '../../components/button.tsx'
import { Thumbnail } from '../../components/thumbnail.tsx'
import { Tip } from '../../components/tip.tsx'
import { captureMs, formatBytes, formatDay, formatDimensions, formatMoment } from '../../lib/format.ts'
import { decisionWords, linkChips, linkSentence, photoLabel } from '../../lib/photo-words.ts'

const decisionIcons: Record<Decision, typeof Check> = { keep: Check, remove: Trash2, undecided: CircleDashed }

export interface CardHandlers {
  onPoint(groupId: string, photo: number): void
  onOpen(groupId: string, photo: number): void
  onToggle(groupId: string, photo: number): void
  onKeepOnly(groupId: string, photo: number): void
  onWhy(groupId: string, photo: number): void
}

interface PhotoCardProps extends CardHandlers {
  photo: GroupPhoto
  tier: ReviewSection
  groupId: string
  index: number
  /** Whether Tab stops here: true for one card of the whole review. */
  stop: boolean
  /** Number of the key move that led here; null when the cursor is elsewhere. */
  move: number | null
}

const pictureHeight = 148

/** Wide enough for its words, wide as its picture, never wider than two. */
export function cardWidth(photo: Pick<GroupPhoto, 'width' | 'height'>): number {
  const natural = photo.height > 0 ? (pictureHeight * photo.width) / photo.height : pictureHeight
  return Math.round(Math.min(296, Math.max(172, natural)))
}

interface FactsProps {
  photo: GroupPhoto
  tier: ReviewSection
  tabIndex: number
  onWhy(): void
}

function Facts({ photo, tier, tabIndex, onWhy }: FactsProps): ReactNode {
  const taken = captureMs(photo.takenAt)
  // Shots of one scene differ by seconds.
  const formatTime = tier === 'similar' ? formatMoment : formatDay
  return (
    <div className="card-facts">
      <strong className="clip" title={`${photo.folder}/${photo.name}`}>
        {photo.name}
      </strong>
      <span className="soft clip" title={photo.folder}>
        {photo.folder}
      </span>
      <span className="soft number clip">
        {formatDimensions(photo.width, photo.height)} · {formatBytes(photo.bytes)}
      </span>
      <span className="soft number clip">
        {taken === null ? `changed ${formatTime(photo.modifiedMs)}` : `taken ${formatTime(taken)}`}
      </span>
      {photo.because === '' ? null : (
        <span className="clip" title={photo.because}>
          {photo.because}
        </span>
      )}
      {photo.link === null || tier === 'similar' ? null : (
        <span className="card-chips" title={linkSentence(photo.link, tier)}>
          {linkChips(photo.link, tier).map((chip) => (
            <span key={chip} className={chip === 'new find' ? 'badge accent' : 'badge'}>
              {chip}
            </span>
          ))}
          <IconButton
            label={`Why is ${photo.name} here?`}
            keys="W"
            size="small"
            className="card-why"
            tabIndex={tabIndex}
            data-testid="why"
            onClick={onWhy}
          >
            <CircleHelp size={14} aria-hidden />
          </IconButton>
        </span>
      )}
    </div>
  )
}

/** One photo of a group: its picture, what happens to it, and what is known of it. */
export const PhotoCard = memo(function PhotoCard(props: PhotoCardProps): ReactNode {
  const { photo, tier, groupId, index, stop, move, onPoint, onOpen, onToggle, onKeepOnly, onWhy } = props
  const picture = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    // Only moves by key take the focus; the list has brought the group into view by then.
    if (move !== null && move > 0) picture.current?.focus({ preventScroll: true })
  }, [move])
  const Icon = decisionIcons[photo.decision]
  const word = decisionWords[photo.decision]
  const tabIndex = stop ? 0 : -1
  return (
    <div
      className={`card ${photo.decision}${move === null ? '' : ' cursor'}`}
      style={{ width: cardWidth(photo) }}
      data-testid="photo-card"
      data-photo-id={photo.id}
      data-decision={photo.decision}
    >
      <button
        ref={picture}
        type="button"
        className="card-picture"
        tabIndex={tabIndex}
        aria-label={`Compare ${photoLabel(photo)}`}
        onFocus={() => onPoint(groupId, index)}
        onClick={() => onOpen(groupId, index)}
      >
        <Thumbnail photoId={photo.id} />
        <span className="card-badges">
          {photo.reference ? <span className="badge">Reference</span> : null}
          {photo.truncated ? (
            <span className="badge">
              <Scissors size={11} aria-hidden /> cut short
            </span>
          ) : null}
          {photo.offline ? (
            <span className="badge">
              <HardDrive size={11} aria-hidden /> offline
            </span>
          ) : null}
        </span>
      </button>
      <div className="card-decision">
        <Tip text={photo.decision === 'remove' ? 'Keep this photo' : 'Remove this photo'} keys="Space">
          <button
            type="button"
            className={`decision ${photo.decision}`}
            data-testid="decision-toggle"
            tabIndex={tabIndex}
            aria-label={`${word}: ${photo.name}. ${photo.decision === 'remove' ? 'Keep it' : 'Remove it'}`}
            onClick={() => onToggle(groupId, index)}
          >
            <Icon size={14} strokeWidth={2.5} aria-hidden />
            {word}
            {photo.decision !== 'undecided' && !photo.decidedByPerson ? <span className="by">suggested</span> : null}
          </button>
        </Tip>
        <IconButton
          label={`Keep only ${photo.name}`}
          size="small"
          tabIndex={tabIndex}
          data-testid="keep-only"
          {...(index < 4 ? { keys: String(index + 1) } : {})}
          onClick={() => onKeepOnly(groupId, index)}
        >
          <Target size={14} aria-hidden />
        </IconButton>
      </div>
      <Facts photo={photo} tier={tier} tabIndex={tabIndex} onWhy={() => onWhy(groupId, index)} />
    </div>
  )
})
