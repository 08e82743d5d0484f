import './benchmark.css'
import { useEffect, type ReactNode } from 'react'
import { Segments } from '../../components/segments.tsx'
import { useSession } from '../../lib/engine.ts'
import { useDark } from '../../lib/use-theme.ts'
import { readHistory, sendToBenchmark, useBenchmark, type BenchmarkView } from './benchmark-store.ts'
import { isRunning } from './benchmark-words.ts'
import { HistoryView } from './history-view.tsx'
import { ResultsView } from './results-view.tsx'
import { RunView } from './run-view.tsx'
import { SetUpView } from './set-up-view.tsx'

const views: readonly { value: BenchmarkView; label: string; testId: string }[] = [
  { value: 'set-up', label: 'Set-up', testId: 'benchmark-view-set-up' },
  { value: 'run', label: 'Run', testId: 'benchmark-view-run' },
  { value: 'results', label: 'Results', testId: 'benchmark-view-results' },
  { value: 'history', label: 'History', testId: 'benchmark-view-history' },
]

/** Which backend suits this computer and this library, measured. */
export function BenchmarkScreen(): ReactNode {
  const view = useBenchmark((state) => state.view)
  const generation = useSession((session) => session.generation)
  const running = useSession((session) => isRunning(session.benchmark))
  const dark = useDark()
  // The list changes when a run ends, and with a new engine.
  useEffect(() => void readHistory(), [generation, running])
  return (
    <div className="page">
      <header className="page-header">
        <h1>Benchmark</h1>
        <Segments
          label="Part of the benchmark"
          value={view}
          options={views}
          onChange={(next) => sendToBenchmark({ type: 'went', view: next })}
        />
      </header>
      <div className="page-body">
        {view === 'set-up' ? <SetUpView /> : null}
        {view === 'run' ? <RunView dark={dark} /> : null}
        {view === 'results' ? <ResultsView dark={dark} /> : null}
        {view === 'history' ? <HistoryView /> : null}
      </div>
    </div>
  )
}
