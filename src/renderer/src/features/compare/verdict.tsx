import { Check, CircleDashed, CircleHelp, FolderSearch, Target, Trash2 } from 'lucide-react'
import type { ReactNode } from 'react'
import type { GroupPhoto, ReviewSection } from '../../../../shared/contract/groups.ts'
import { IconButton } from '../../components/button.tsx'
import { Tip } from '../../components/tip.tsx'
import { bridge } from '../../lib/bridge.ts'
import { attempt } from '../../lib/engine.ts'
import { formatBytes, formatDimensions } from '../../lib/format.ts'
import { decisionWords, linkChips } from '../../lib/photo-words.ts'

const icons = { keep: Check, remove: Trash2, undecided: CircleDashed }

interface VerdictProps {
  photo: GroupPhoto
  tier: ReviewSection
  number: number
  onToggle(): void
  onKeepOnly(): void
  onWhy(): void
}

/** What happens to a photo, under its picture. */
export function Verdict({ photo, tier, number, onToggle, onKeepOnly, onWhy }: VerdictProps): ReactNode {
  const Icon = icons[photo.decision]
  return (
    <div className="compare-caption">
      <Tip text={photo.decision === 'remove' ? 'Keep this photo' : 'Remove this photo'} keys="Space">
        <button
          type="button"
          className={`decision ${photo.decision}`}
          data-testid="compare-toggle"
          aria-label={`${decisionWords[photo.decision]}: ${photo.name}. ${photo.decision === 'remove' ? 'Keep it' : 'Remove it'}`}
          onClick={onToggle}
        >
          <Icon size={14} strokeWidth={2.5} aria-hidden />
          {decisionWords[photo.decision]}
        </button>
      </Tip>
      <span className="compare-chips">
        {photo.reference ? <span className="badge">reference</span> : null}
        {photo.link === null
          ? null
          : linkChips(photo.link, tier).map((chip) => (
              <span key={chip} className="badge">
                {chip}
              </span>
            ))}
      </span>
      <span>
        {photo.link === null ? null : (
          <IconButton
            label={tier === 'similar' ? 'Why?' : `Why is ${photo.name} here?`}
            keys="W"
            size="small"
            data-testid="compare-why"
            onClick={onWhy}
          >
            <CircleHelp size={14} aria-hidden />
          </IconButton>
        )}
        <IconButton label={`Keep only ${photo.name}`} keys={String(number)} size="small" onClick={onKeepOnly}>
          <Target size={14} aria-hidden />
        </IconButton>
        <IconButton
          label="Show in its folder"
          size="small"
          onClick={() => void attempt('show the photo in its folder', () => bridge.showInFolder(photo.id))}
        >
          <FolderSearch size={14} aria-hidden />
        </IconButton>
      </span>
      <span className="compare-name clip" title={`${photo.folder}/${photo.name}`}>
        <strong>{photo.name}</strong>{' '}
        <span className="soft number">
          {formatDimensions(photo.width, photo.height)} · {formatBytes(photo.bytes)}
        </span>
      </span>
    </div>
  )
}
