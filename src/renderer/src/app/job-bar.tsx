import { Pause, Play, Square, X } from 'lucide-react'
import type { ReactNode } from 'react'
import type { BenchmarkProgress } from '../../../shared/contract/benchmark-run.ts'
import type { ScanProgress } from '../../../shared/contract/scan.ts'
import { Button, IconButton } from '../components/button.tsx'
import { Progress } from '../components/progress.tsx'
import { isRunning, progressTitle } from '../features/benchmark/benchmark-words.ts'
import { attempt, callEngine, sendToSession, useSession } from '../lib/engine.ts'
import { formatBytes, formatCount, formatDuration, formatPlural, formatRate, photos } from '../lib/format.ts'
import { goTo } from '../lib/navigation.ts'
import { backendLabel, phaseTitle, scanAnnouncement, scanShare, timeLeft } from '../lib/scan-words.ts'
import { isScanning, type SideJob } from '../lib/session.ts'
import { useSlow } from '../lib/use-slow.ts'

function scanFacts(scan: ScanProgress): string[] {
  if (scan.phase === 'finished' || scan.phase === 'cancelled') {
    const { photos: count, seconds, photosPerSecond } = scan.stats
    return [photos(count), formatDuration(seconds), formatRate(photosPerSecond)]
  }
  if (scan.phase === 'failed') return [scan.message, 'No photo was changed.']
  if (scan.outage !== null) return [scan.outage.reason, 'Photos are still being read; the scan goes on by itself.']
  // What matters most comes first: a narrow window cuts the end off.
  const facts = [`${formatCount(scan.read)} of ${formatCount(scan.found)} read`]
  if (scan.phase === 'analysing' && scan.imagesPerSecond > 0) facts.push(formatRate(scan.imagesPerSecond))
  const left = timeLeft(scan)
  if (left !== null) facts.push(left)
  if (scan.backend !== null) facts.push(backendLabel(scan.backend))
  if (scan.phase !== 'listing') {
    facts.push(`${formatCount(scan.embedded + scan.reused)} described`, `${formatCount(scan.matched)} compared`)
  }
  return facts
}

function ScanActions({ scan }: { scan: ScanProgress }): ReactNode {
  if (!isScanning(scan)) {
    return (
      <IconButton label="Dismiss" onClick={() => sendToSession({ type: 'scan-dismissed' })}>
        <X size={16} aria-hidden />
      </IconButton>
    )
  }
  const paused = scan.phase === 'paused'
  const toggle = (): void =>
    void attempt(paused ? 'resume the scan' : 'pause the scan', () =>
      callEngine(paused ? 'scan.resume' : 'scan.pause', null),
    )
  return (
    <>
      <IconButton label={paused ? 'Resume the scan' : 'Pause the scan'} data-testid="scan-pause" onClick={toggle}>
        {paused ? <Play size={16} aria-hidden /> : <Pause size={16} aria-hidden />}
      </IconButton>
      <IconButton
        label="Cancel the scan; what is read stays"
        data-testid="scan-cancel"
        onClick={() => void attempt('cancel the scan', () => callEngine('scan.cancel', null))}
      >
        <Square size={15} aria-hidden />
      </IconButton>
    </>
  )
}

function ScanBar({ scan }: { scan: ScanProgress }): ReactNode {
  const { done, total } = scanShare(scan)
  return (
    <section className="job-bar" aria-label="Running scan" data-testid="job-bar" data-phase={scan.phase}>
      <p className="job-facts">
        <strong>{scan.outage === null ? phaseTitle(scan) : 'Waiting for the server'}</strong>
        {scanFacts(scan).map((fact) => (
          <span key={fact}>{fact}</span>
        ))}
      </p>
      {isScanning(scan) ? (
        <Progress label={phaseTitle(scan)} done={done} total={total} still={scan.phase === 'paused'} />
      ) : null}
      <div className="job-bar-actions">
        {scan.outage?.localPossible === true && isScanning(scan) ? (
          <Button
            size="small"
            data-testid="scan-use-local"
            onClick={() => void attempt('go on with this computer', () => callEngine('scan.useLocal', null))}
          >
            Use this computer
          </Button>
        ) : null}
        {scan.groups > 0 ? (
          <Button size="small" data-testid="job-groups" onClick={() => goTo('review')}>
            {formatPlural(scan.groups, 'group', 'groups')} found
          </Button>
        ) : null}
        <ScanActions scan={scan} />
      </div>
    </section>
  )
}

function sideJobWords(job: SideJob): { title: string; facts: string[]; done: number; total: number | null } {
  if (job.kind === 'download') {
    return {
      title: `Fetching ${job.title}`,
      facts: [`${formatBytes(job.receivedBytes)} of ${formatBytes(job.totalBytes)}`],
      done: job.receivedBytes,
      total: job.totalBytes,
    }
  }
  const title = job.kind === 'clean-up' ? 'Removing photos' : 'Restoring photos'
  if (job.progress === null) return { title, facts: [], done: 0, total: null }
  const { done, total, name } = job.progress
  return { title, facts: [`${formatCount(done)} of ${formatCount(total)}`, name], done, total }
}

function SideJobBar({ job }: { job: SideJob }): ReactNode {
  const { title, facts, done, total } = sideJobWords(job)
  return (
    <section className="job-bar" aria-label={title} data-testid="job-bar" data-phase={job.kind}>
      <p className="job-facts">
        <strong>{title}</strong>
        {facts.map((fact) => (
          <span key={fact}>{fact}</span>
        ))}
      </p>
      <Progress label={title} done={done} total={total} />
      <div className="job-bar-actions">
        <Button
          size="small"
          look="quiet"
          onClick={() => goTo(job.kind === 'clean-up' ? 'clean-up' : job.kind === 'restore' ? 'history' : 'backends')}
        >
          Show
        </Button>
      </div>
    </section>
  )
}

function BenchmarkBar({ progress }: { progress: BenchmarkProgress }): ReactNode {
  const running = progress.state === 'running' ? progress : null
  return (
    <section className="job-bar" aria-label="Running benchmark" data-testid="job-bar" data-phase="benchmark">
      <p className="job-facts">
        <strong>{progressTitle(progress)}</strong>
        {progress.secondsLeft === null ? null : <span>about {formatDuration(progress.secondsLeft)} left</span>}
      </p>
      <Progress label={progressTitle(progress)} done={running?.done ?? 0} total={running?.total ?? null} />
      <div className="job-bar-actions">
        <Button size="small" look="quiet" onClick={() => goTo('benchmark')}>
          Show
        </Button>
        <IconButton
          label="Stop the benchmark; what is measured stays"
          onClick={() => void attempt('stop the benchmark', () => callEngine('benchmark.cancel', null))}
        >
          <Square size={15} aria-hidden />
        </IconButton>
      </div>
    </section>
  )
}

/** Whatever runs, at the bottom of every screen. */
export function JobBar(): ReactNode {
  const scan = useSession((session) => session.scan)
  const job = useSession((session) => session.job)
  const benchmark = useSession((session) => session.benchmark)
  const spoken = useSlow(scanAnnouncement(scan), 4000)
  return (
    <div>
      {job === null ? null : <SideJobBar job={job} />}
      {benchmark === null || !isRunning(benchmark) ? null : <BenchmarkBar progress={benchmark} />}
      {scan === null ? null : <ScanBar scan={scan} />}
      <p className="visually-hidden" role="status" aria-live="polite">
        {spoken}
      </p>
    </div>
  )
}
