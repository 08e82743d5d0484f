import { Ban, Check, CircleDashed, LoaderCircle, Minus, Square, TriangleAlert, type LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import type { BenchmarkProgress, LivePoint } from '../../../../shared/contract/benchmark-run.ts'
import type { PhaseOutcome } from '../../../../shared/contract/benchmark-measures.ts'
import { hasPoints, type Chart } from '../../../../shared/charts/chart-spec.ts'
import { Button } from '../../components/button.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { Progress } from '../../components/progress.tsx'
import { useSession } from '../../lib/engine.ts'
import { formatDuration } from '../../lib/format.ts'
import { sendToBenchmark, showResults, stopRun } from './benchmark-store.ts'
import { isRunning, phaseNames, progressTitle, stateWords } from './benchmark-words.ts'
import { ChartView } from './chart-view.tsx'

const icons: Record<PhaseOutcome['state'], LucideIcon> = {
  pending: CircleDashed,
  running: LoaderCircle,
  done: Check,
  cancelled: Square,
  failed: TriangleAlert,
  skipped: Minus,
}

function liveCharts(points: readonly LivePoint[]): Chart[] {
  const common = { kind: 'line', xLabel: 'Seconds', xScale: 'linear', yScale: 'linear', notes: [] } as const
  const line = (name: string, read: (point: LivePoint) => number | null) => ({
    name,
    points: points.flatMap((point) => {
      const y = read(point)
      return y === null ? [] : [{ x: point.atSeconds, y }]
    }),
  })
  return [
    {
      ...common,
      id: 'live-throughput',
      title: 'Photos a second, now',
      yLabel: 'Photos a second',
      unit: 'photos/s',
      series: [line('Photos a second', (point) => point.imagesPerSecond)],
    },
    {
      ...common,
      id: 'live-latency',
      title: 'Latency, now',
      yLabel: 'Latency, ms',
      unit: 'ms',
      series: [line('p50', (point) => point.p50Ms), line('p95', (point) => point.p95Ms)],
    },
  ]
}

function Targets({ progress }: { progress: BenchmarkProgress }): ReactNode {
  return (
    <div className="run-targets">
      {progress.targets.map((target, place) => (
        <section key={place} className="panel">
          <h3>{target.label}</h3>
          <ul className="phase-list" data-testid="benchmark-phases">
            {target.phases.map((phase, index) => {
              const Icon = icons[phase.state]
              // The same reason for phase after phase is said once.
              const said = index > 0 && target.phases[index - 1]?.reason === phase.reason
              return (
                <li key={phase.phase} data-state={phase.state}>
                  <Icon size={14} aria-hidden />
                  <span>
                    {phaseNames[phase.phase]}{' '}
                    <span className="soft">
                      {stateWords[phase.state]}
                      {phase.seconds === undefined || phase.state !== 'done'
                        ? ''
                        : `, ${formatDuration(phase.seconds)}`}
                    </span>
                    {phase.reason === undefined || said ? null : <span className="soft block">{phase.reason}</span>}
                  </span>
                </li>
              )
            })}
          </ul>
        </section>
      ))}
    </div>
  )
}

/** The run of this moment, or the last one. */
export function RunView({ dark }: { dark: boolean }): ReactNode {
  const progress = useSession((session) => session.benchmark)
  if (progress === null) {
    return (
      <EmptyState icon={Ban} title="No benchmark has run yet">
        <p>Choose backends under Set-up and press Run.</p>
        <Button onClick={() => sendToBenchmark({ type: 'went', view: 'set-up' })}>Set-up</Button>
      </EmptyState>
    )
  }
  const ids = 'resultIds' in progress ? progress.resultIds : []
  const show = (): void => {
    sendToBenchmark({ type: 'went', view: 'results' })
    void showResults(ids)
  }
  return (
    <div className="page-column wide" data-testid="benchmark-run-view" data-state={progress.state}>
      <section className="panel">
        <div className="row wrap spread">
          <h2>{progressTitle(progress)}</h2>
          {isRunning(progress) ? (
            <Button data-testid="benchmark-stop" onClick={() => void stopRun()}>
              <Square size={14} aria-hidden />
              Stop; keep what is measured
            </Button>
          ) : ids.length > 0 ? (
            <Button look="primary" data-testid="benchmark-show" onClick={show}>
              Show the results
            </Button>
          ) : null}
        </div>
        {progress.state === 'running' ? (
          <Progress label={progressTitle(progress)} done={progress.done} total={progress.total} />
        ) : null}
        {progress.state === 'failed' ? <p role="alert">{progress.message} What was measured before is kept.</p> : null}
      </section>
      {progress.state === 'running' ? (
        <div className="chart-grid">
          {liveCharts(progress.points).map((chart) => (
            <section key={chart.id} className="panel live-chart">
              <h3>{chart.title}</h3>
              {hasPoints(chart) ? (
                <ChartView chart={chart} dark={dark} height={180} />
              ) : (
                <p className="chart-wait soft">Comes with the first measured second of this step.</p>
              )}
            </section>
          ))}
        </div>
      ) : null}
      <Targets progress={progress} />
    </div>
  )
}
