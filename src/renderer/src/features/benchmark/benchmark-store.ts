import type {
  BadResultFile,
  BenchmarkComparison,
  BenchmarkEntry,
} from '../../../../shared/contract/benchmark-comparison.ts'
import type { BenchmarkResult, RunNotes } from '../../../../shared/contract/benchmark.ts'
import { bridge } from '../../lib/bridge.ts'
import { attempt, callEngine, sendToSession } from '../../lib/engine.ts'
import { createReducerStore } from '../../lib/reducer-store.ts'
import { initialForm, readPlan, type PlanForm } from './plan-form.ts'

export type BenchmarkView = 'set-up' | 'run' | 'results' | 'history'

interface BenchmarkState {
  view: BenchmarkView
  form: PlanForm
  mistake: string | null
  entries: readonly BenchmarkEntry[]
  bad: readonly BadResultFile[]
  /** Results that are shown side by side. */
  chosen: readonly string[]
  results: readonly BenchmarkResult[]
  comparison: BenchmarkComparison | null
  p95LimitMs: number | null
}

type BenchmarkAction =
  | { type: 'went'; view: BenchmarkView }
  | { type: 'typed'; part: Partial<PlanForm> }
  | { type: 'mistaken'; mistake: string | null }
  | { type: 'listed'; entries: readonly BenchmarkEntry[]; bad: readonly BadResultFile[] }
  | { type: 'chose'; ids: readonly string[] }
  | { type: 'limited'; p95LimitMs: number | null }
  | { type: 'compared'; ids: readonly string[]; results: readonly BenchmarkResult[]; comparison: BenchmarkComparison }

const initial: BenchmarkState = {
  view: 'set-up',
  form: initialForm,
  mistake: null,
  entries: [],
  bad: [],
  chosen: [],
  results: [],
  comparison: null,
  p95LimitMs: null,
}

function reduce(state: BenchmarkState, action: BenchmarkAction): BenchmarkState {
  switch (action.type) {
    case 'went':
      return { ...state, view: action.view }
    case 'typed':
      return { ...state, form: { ...state.form, ...action.part }, mistake: null }
    case 'mistaken':
      return { ...state, mistake: action.mistake }
    case 'listed':
      return { ...state, entries: action.entries, bad: action.bad }
    case 'chose':
      return action.ids.length === 0
        ? { ...state, chosen: [], results: [], comparison: null }
        : { ...state, chosen: action.ids }
    case 'limited':
      return { ...state, p95LimitMs: action.p95LimitMs }
    case 'compared':
      // An answer to an older choice is of no use any more.
      return action.ids === state.chosen ? { ...state, results: action.results, comparison: action.comparison } : state
  }
}

const store = createReducerStore(reduce, initial)

export function useBenchmark<T>(select: (state: BenchmarkState) => T): T {
  return store((held) => select(held.state))
}

export const sendToBenchmark = store.getState().send

function present(): BenchmarkState {
  return store.getState().state
}

export async function readHistory(): Promise<void> {
  await attempt('read the history of benchmarks', async () => {
    sendToBenchmark({ type: 'listed', ...(await callEngine('benchmark.list', null)) })
  })
}

export async function startRun(): Promise<void> {
  const read = readPlan(present().form)
  if ('mistake' in read) return sendToBenchmark({ type: 'mistaken', mistake: read.mistake })
  const started = await attempt('start the benchmark', () => callEngine('benchmark.start', read.plan))
  if (started) sendToBenchmark({ type: 'went', view: 'run' })
}

export async function stopRun(): Promise<void> {
  await attempt('stop the benchmark', () => callEngine('benchmark.cancel', null), 'What was measured is kept.')
}

export async function resumeRun(id: string): Promise<void> {
  const started = await attempt('go on with the benchmark', () => callEngine('benchmark.resume', { id }))
  if (started) sendToBenchmark({ type: 'went', view: 'run' })
}

/** Shows these results side by side. */
export async function showResults(ids: readonly string[]): Promise<void> {
  sendToBenchmark({ type: 'chose', ids })
  if (ids.length === 0) return
  const { p95LimitMs } = present()
  await attempt('read the results', async () => {
    const [results, comparison] = await Promise.all([
      Promise.all(ids.map((id) => callEngine('benchmark.read', { id }))),
      callEngine('benchmark.compare', { ids: [...ids], libraryPhotos: null, p95LimitMs }),
    ])
    sendToBenchmark({ type: 'compared', ids, results, comparison })
  })
}

export async function limitP95(p95LimitMs: number | null): Promise<void> {
  sendToBenchmark({ type: 'limited', p95LimitMs })
  await showResults([...present().chosen])
}

export async function importResults(): Promise<void> {
  const grant = await bridge.chooseBenchmarkFile()
  if (grant === null) return
  await attempt(
    'take over the results',
    async () => {
      const { entries } = await callEngine('benchmark.import', { grant })
      sendToSession({
        type: 'done',
        text: `${entries.length} ${entries.length === 1 ? 'result was' : 'results were'} taken over.`,
      })
      await readHistory()
    },
    'The history is as it was.',
  )
}

export async function exportResults(format: 'json' | 'csv' | 'markdown' | 'html'): Promise<void> {
  const { chosen } = present()
  const grant = await bridge.chooseExportFile(format, 'twinlens-benchmark')
  if (grant === null || chosen.length === 0) return
  await attempt('save the results', async () => {
    const { path } = await callEngine('benchmark.export', { ids: [...chosen], format, grant })
    sendToSession({ type: 'done', text: `Saved as ${path}.` })
  })
}

export async function keepNotes(id: string, notes: RunNotes): Promise<void> {
  const kept = await attempt('keep the notes', () => callEngine('benchmark.setNotes', { id, notes }))
  // Prices change what the comparison may say.
  if (kept) await showResults([...present().chosen])
}

export async function copyReport(): Promise<void> {
  await attempt('copy the report', async () => {
    const { text } = await callEngine('benchmark.markdown', { ids: [...present().chosen] })
    await bridge.copyText(text)
    sendToSession({ type: 'done', text: 'The report is copied as Markdown.' })
  })
}

export async function setBaseline(id: string, on: boolean): Promise<void> {
  await attempt('set the baseline', async () => {
    sendToBenchmark({ type: 'listed', ...(await callEngine('benchmark.setBaseline', { id, on })) })
  })
}
