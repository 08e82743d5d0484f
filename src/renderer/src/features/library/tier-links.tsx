import { Copy, ScanEye, Sparkles, type LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import type { ReviewSummary, Tier } from '../../../../shared/contract/groups.ts'
import { formatBytes, formatPlural, photos } from '../../lib/format.ts'
import { goTo } from '../../lib/navigation.ts'
import { tierWords } from '../../lib/photo-words.ts'

const icons: Record<Tier, LucideIcon> = { exact: Copy, perceptual: ScanEye, ai: Sparkles }

/** The three kinds of duplicates with what they could free, each a way into its review. */
export function TierLinks({ summary }: { summary: ReviewSummary }): ReactNode {
  return (
    <div className="tier-links">
      {summary.tiers.map(({ tier, groups, photos: count, couldFreeBytes }) => {
        const Icon = icons[tier]
        return (
          <button
            key={tier}
            type="button"
            className="tier-link"
            data-testid={`tier-link-${tier}`}
            onClick={() => goTo('review', { tier })}
          >
            <span className="row">
              <Icon size={16} aria-hidden />
              {tierWords[tier].name}
            </span>
            <strong>{formatPlural(groups, 'group', 'groups')}</strong>
            <span className="soft">{tierWords[tier].about}</span>
            <span className="soft number">
              {groups === 0 ? 'nothing found' : `${photos(count)} · could free ${formatBytes(couldFreeBytes)}`}
            </span>
          </button>
        )
      })}
    </div>
  )
}
