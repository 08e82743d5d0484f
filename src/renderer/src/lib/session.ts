import type { BenchmarkProgress } from '../../../shared/contract/benchmark-run.ts'
import type { EngineEvent, Settings } from '../../../shared/contract/calls.ts'
import type { CleanUpProgress } from '../../../shared/contract/clean-up.ts'
import type { ReviewSummary } from '../../../shared/contract/groups.ts'
import type { BackendStatus } from '../../../shared/contract/models.ts'
import type { LibraryView, ScanProgress } from '../../../shared/contract/scan.ts'
import type { Problem } from './problem.ts'

/** A job other than a scan that the job bar shows. */
export type SideJob =
  | { kind: 'clean-up' | 'restore'; progress: CleanUpProgress | null }
  | { kind: 'download'; modelId: string; title: string; receivedBytes: number; totalBytes: number }

export type Notice = { id: number } & (
  { kind: 'problem'; problem: Problem } | { kind: 'restarted' } | { kind: 'done'; text: string }
)

/** What the page knows of the engine; each screen adds its own state. */
export interface Session {
  connection: 'connecting' | 'ready'
  /** Grows with each engine: whoever holds state read from an older one reads it again. */
  generation: number
  library: LibraryView | null
  summary: ReviewSummary | null
  scan: ScanProgress | null
  backend: BackendStatus | null
  /** With all live points of the present step. */
  benchmark: BenchmarkProgress | null
  settings: Settings | null
  job: SideJob | null
  notices: readonly Notice[]
  nextNotice: number
}

export const initialSession: Session = {
  connection: 'connecting',
  generation: 0,
  library: null,
  summary: null,
  scan: null,
  backend: null,
  benchmark: null,
  settings: null,
  job: null,
  notices: [],
  nextNotice: 1,
}

export type SessionAction =
  | { type: 'connected' }
  | { type: 'engine-event'; event: EngineEvent }
  | { type: 'library-read'; library: LibraryView }
  | { type: 'summary-read'; summary: ReviewSummary }
  | { type: 'backend-read'; status: BackendStatus }
  | { type: 'settings-read'; settings: Settings }
  | { type: 'job-changed'; job: SideJob | null }
  | { type: 'problem'; problem: Problem }
  | { type: 'done'; text: string }
  | { type: 'notice-dismissed'; id: number }
  | { type: 'scan-dismissed' }

const mostNotices = 3

type NewNotice = { kind: 'problem'; problem: Problem } | { kind: 'restarted' } | { kind: 'done'; text: string }

function withNotice(session: Session, notice: NewNotice): Session {
  // The same thing said twice is shown once.
  const others = session.notices.filter((other) =>
    other.kind === 'problem' && notice.kind === 'problem'
      ? other.problem.title !== notice.problem.title || other.problem.happened !== notice.problem.happened
      : other.kind !== notice.kind,
  )
  return {
    ...session,
    notices: [...others, { ...notice, id: session.nextNotice }].slice(-mostNotices),
    nextNotice: session.nextNotice + 1,
  }
}

/** Summaries come both as replies and as events, so an older one may arrive last. */
function withSummary(session: Session, summary: ReviewSummary): Session {
  if (session.summary !== null && session.summary.revision > summary.revision) return session
  return { ...session, summary }
}

/** Progress brings new points only; those of the same step before them stay. */
function withPoints(before: BenchmarkProgress | null, next: BenchmarkProgress): BenchmarkProgress {
  if (before?.state !== 'running' || next.state !== 'running') return next
  const same = before.target === next.target && before.phase === next.phase && before.step === next.step
  return same ? { ...next, points: [...before.points, ...next.points] } : next
}

function afterEvent(session: Session, event: EngineEvent): Session {
  if (event.type === 'scan') return { ...session, scan: event.progress }
  if (event.type === 'groups-changed') return withSummary(session, event.summary)
  if (event.type === 'backend') return { ...session, backend: event.status }
  if (event.type === 'benchmark') return { ...session, benchmark: withPoints(session.benchmark, event.progress) }
  return session
}

export function reduceSession(session: Session, action: SessionAction): Session {
  switch (action.type) {
    case 'connected': {
      const first = session.generation === 0
      const next: Session = {
        ...session,
        connection: 'ready',
        generation: session.generation + 1,
        // What the lost engine was doing has ended with it; revisions start anew.
        scan: null,
        benchmark: null,
        job: null,
        summary: null,
      }
      return first ? next : withNotice(next, { kind: 'restarted' })
    }
    case 'engine-event':
      return afterEvent(session, action.event)
    case 'library-read':
      return { ...session, library: action.library }
    case 'summary-read':
      return withSummary(session, action.summary)
    case 'backend-read':
      return { ...session, backend: action.status }
    case 'settings-read':
      return { ...session, settings: action.settings }
    case 'job-changed':
      return { ...session, job: action.job }
    case 'problem':
      return withNotice(session, { kind: 'problem', problem: action.problem })
    case 'done':
      return withNotice(session, { kind: 'done', text: action.text })
    case 'notice-dismissed':
      return { ...session, notices: session.notices.filter((notice) => notice.id !== action.id) }
    case 'scan-dismissed':
      return isScanning(session.scan) ? session : { ...session, scan: null }
  }
}

/** Whether a scan is at work or waiting to go on. */
export function isScanning(scan: ScanProgress | null): scan is ScanProgress {
  return scan !== null && !['finished', 'cancelled', 'failed'].includes(scan.phase)
}
