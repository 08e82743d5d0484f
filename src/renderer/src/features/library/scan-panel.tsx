import type { ReactNode } from 'react'
import type { ScanProgress } from '../../../../shared/contract/scan.ts'
import { Progress } from '../../components/progress.tsx'
import { formatCount, formatDuration, formatPercent, formatRate, photos } from '../../lib/format.ts'
import { backendLabel, phaseTitle, timeLeft } from '../../lib/scan-words.ts'

interface StepProps {
  name: string
  done: number
  total: number | null
  still: boolean
}

function Step({ name, done, total, still }: StepProps): ReactNode {
  return (
    <div className="scan-step">
      <p className="row spread">
        <span className="soft">{name}</span>
        {total === null || total === 0 ? null : <span className="soft number">{formatPercent(done, total)}</span>}
      </p>
      <strong>{formatCount(done)}</strong>
      <Progress label={name} done={done} total={total} still={still} />
    </div>
  )
}

function facts(scan: ScanProgress): string[] {
  if (scan.phase === 'finished' || scan.phase === 'cancelled') {
    const { stats } = scan
    const list = [photos(stats.photos), formatDuration(stats.seconds), formatRate(stats.photosPerSecond)]
    if (stats.reused > 0) list.push(`${formatCount(stats.reused)} known from before`)
    if (stats.passedOver > 0) list.push(`${formatCount(stats.passedOver)} other files passed over`)
    return list
  }
  if (scan.phase === 'failed')
    return [scan.message, 'No photo was changed. What was read so far is kept; scan again to go on.']
  const list = scan.imagesPerSecond > 0 && scan.phase !== 'paused' ? [formatRate(scan.imagesPerSecond)] : []
  const left = timeLeft(scan)
  if (left !== null) list.push(left)
  else if (scan.phase === 'analysing') list.push('working out the time left…')
  if (scan.reused > 0) list.push(`${formatCount(scan.reused)} known from before`)
  if (scan.unreadable > 0) list.push(`${formatCount(scan.unreadable)} unreadable`)
  return list
}

/** The scan in full: every stage, since they all run at the same time. */
export function ScanPanel({ scan }: { scan: ScanProgress }): ReactNode {
  const listing = scan.phase === 'listing'
  const still = scan.phase === 'paused' || scan.phase === 'cancelled' || scan.phase === 'failed'
  const total = listing ? null : scan.found
  const readable = total === null ? null : Math.max(0, total - scan.unreadable)
  return (
    <section className="panel scan-panel" aria-label="Scan" data-testid="scan-panel" data-phase={scan.phase}>
      <div className="row spread wrap">
        <h2>{phaseTitle(scan)}</h2>
        {scan.backend === null ? null : (
          <span className="badge" title={scan.backend.fallbackReason ?? 'The provider and device that really run'}>
            {backendLabel(scan.backend)}
          </span>
        )}
      </div>
      <div className="scan-steps">
        <Step name="Found" done={scan.found} total={listing ? null : scan.found} still={still} />
        <Step name="Read" done={scan.read} total={total} still={still} />
        <Step name="Described" done={scan.embedded + scan.reused} total={readable} still={still} />
        <Step name="Compared" done={scan.matched} total={readable} still={still} />
      </div>
      <p className="soft number">{facts(scan).join(' · ')}</p>
      {scan.backend?.fallbackReason ? <p className="soft">{scan.backend.fallbackReason}</p> : null}
    </section>
  )
}
