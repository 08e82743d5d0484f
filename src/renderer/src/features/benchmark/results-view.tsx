import { ChartColumn, Copy, FileDown, Info, Trophy, TriangleAlert } from 'lucide-react'
import { useMemo, useState, type ReactNode } from 'react'
import type {
  BenchmarkComparison,
  ComparedCell,
  ComparedRow,
} from '../../../../shared/contract/benchmark-comparison.ts'
import { chartsOf, distinctLabels } from '../../../../shared/charts/charts-of.ts'
import { figure } from '../../../../shared/charts/chart-spec.ts'
import { Button } from '../../components/button.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { copyReport, exportResults, limitP95, sendToBenchmark, useBenchmark } from './benchmark-store.ts'
import { ChartFrame } from './chart-frame.tsx'
import { NotesPanel } from './notes-panel.tsx'

const verdictNames = {
  better: 'better',
  same: 'no different',
  worse: 'worse',
  'not-comparable': 'not the same work, so not compared',
} as const
const confidenceWords = { high: 'sure', medium: 'likely', low: 'a hint' } as const

/** The same said of several columns is said once. */
function adviceGroups({ advice }: BenchmarkComparison): BenchmarkComparison['advice'] {
  const groups = new Map<string, BenchmarkComparison['advice'][number]>()
  for (const one of advice) {
    const before = groups.get(one.text)
    groups.set(one.text, { ...one, reasons: [...new Set([...(before?.reasons ?? []), ...one.reasons])] })
  }
  return [...groups.values()]
}

function AdviceList({ comparison }: { comparison: BenchmarkComparison }): ReactNode {
  if (comparison.advice.length === 0) return null
  return (
    <section className="panel" data-testid="benchmark-advice">
      <h2>What this says</h2>
      {adviceGroups(comparison).map((advice) => (
        <div key={advice.text} className="advice">
          <p className="row wrap">
            {advice.kind === 'caution' ? <span>{advice.text}</span> : <strong>{advice.text}</strong>}
            {advice.kind === 'silence' || advice.kind === 'caution' ? null : (
              <span className="badge">{confidenceWords[advice.confidence]}</span>
            )}
          </p>
          {advice.reasons.map((reason) => (
            <p key={reason} className="soft">
              {reason}
            </p>
          ))}
        </div>
      ))}
    </section>
  )
}

function Differences({ comparison }: { comparison: BenchmarkComparison }): ReactNode {
  if (comparison.differences.length === 0) return null
  return (
    <section className="panel" data-testid="benchmark-differences">
      <h2 className="row">
        <TriangleAlert size={18} aria-hidden />
        Not the same work: shown side by side, not ranked
      </h2>
      {comparison.differences.map((difference) => (
        <p key={`${difference.kind} ${difference.what}`}>{difference.message}</p>
      ))}
    </section>
  )
}

function Cell({ cell, wins }: { cell: ComparedCell; wins: boolean }): ReactNode {
  return (
    <td className="end" title={cell.note ?? undefined}>
      {wins ? <Trophy size={12} aria-label="best" /> : null} {cell.value === null ? '–' : figure(cell.value)}{' '}
      {cell.interval === null ? null : (
        <span className="soft">
          ({figure(cell.interval[0])}–{figure(cell.interval[1])})
        </span>
      )}
      {cell.note === null ? null : <Info size={12} className="soft" aria-label={cell.note} />}
    </td>
  )
}

function Row({ row, ranked }: { row: ComparedRow; ranked: boolean }): ReactNode {
  return (
    <tr>
      <th scope="row">
        {row.title} <span className="soft">{row.unit}</span>
      </th>
      {row.cells.map((cell, index) => (
        <Cell key={index} cell={cell} wins={row.winner === index} />
      ))}
      {ranked ? <td className="soft">{row.verdict}</td> : null}
    </tr>
  )
}

function CompareTable({ comparison }: { comparison: BenchmarkComparison }): ReactNode {
  const labels = distinctLabels(comparison.columns)
  return (
    <section className="panel">
      <h2>Figures</h2>
      <div className="chart-table" tabIndex={0} role="region" aria-label="Figures side by side">
        <table className="table figures" data-testid="benchmark-table">
          <thead>
            <tr>
              <th scope="col">Measure</th>
              {comparison.columns.map((column, index) => (
                <th key={column.id} scope="col" className="end">
                  {labels[index]}
                  {column.label.includes(column.gpu) ? null : <span className="soft block">{column.gpu}</span>}
                </th>
              ))}
              {comparison.rankable ? <th scope="col">Verdict</th> : null}
            </tr>
          </thead>
          <tbody>
            {comparison.rows.map((row) => (
              <Row key={row.metric} row={row} ranked={comparison.rankable} />
            ))}
          </tbody>
        </table>
      </div>
      <p className="soft">
        In brackets: the 95 % interval. Where a mark stands beside a figure or in its place, point at it to read why.
      </p>
      {comparison.regressions.map((regression, index) =>
        regression === null ? null : (
          <p key={regression.baselineId}>
            {labels[index]} against its baseline: <strong>{verdictNames[regression.verdict]}</strong>.{' '}
            <span className="soft">{regression.findings.join(' ')}</span>
          </p>
        ),
      )}
    </section>
  )
}

function Limit(): ReactNode {
  const limit = useBenchmark((state) => state.p95LimitMs)
  const [text, setText] = useState(limit === null ? '' : String(limit))
  const apply = (): void => {
    const value = Number(text.replace(',', '.'))
    void limitP95(text.trim() === '' || !Number.isFinite(value) || value <= 0 ? null : value)
  }
  return (
    <label className="row">
      Longest wait that 95 % of the requests may have, ms
      <input
        className="field narrow"
        inputMode="decimal"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onBlur={apply}
        onKeyDown={(event) => (event.key === 'Enter' ? apply() : undefined)}
      />
    </label>
  )
}

/** Advice first, then the figures, then every chart that has data. */
export function ResultsView({ dark }: { dark: boolean }): ReactNode {
  const results = useBenchmark((state) => state.results)
  const comparison = useBenchmark((state) => state.comparison)
  const limit = useBenchmark((state) => state.p95LimitMs)
  const charts = useMemo(() => chartsOf(results, comparison, limit), [results, comparison, limit])
  if (comparison === null) {
    return (
      <EmptyState icon={ChartColumn} title="No results chosen">
        <p>Run a benchmark, or choose runs to compare from the history.</p>
        <Button onClick={() => sendToBenchmark({ type: 'went', view: 'history' })}>History</Button>
      </EmptyState>
    )
  }
  return (
    <div className="page-column wide" data-testid="benchmark-results">
      <div className="row wrap spread">
        <Limit />
        <span className="row wrap">
          <Button size="small" onClick={() => void copyReport()}>
            <Copy size={14} aria-hidden />
            Copy as Markdown
          </Button>
          {(['markdown', 'html', 'csv', 'json'] as const).map((format) => (
            <Button
              key={format}
              size="small"
              data-testid={`benchmark-export-${format}`}
              aria-label={`Save as ${format === 'markdown' ? 'Markdown' : format.toUpperCase()}`}
              onClick={() => void exportResults(format)}
            >
              <FileDown size={14} aria-hidden />
              {format === 'markdown' ? 'Markdown' : format.toUpperCase()}
            </Button>
          ))}
        </span>
      </div>
      <Differences comparison={comparison} />
      <AdviceList comparison={comparison} />
      <CompareTable comparison={comparison} />
      <NotesPanel results={results} comparison={comparison} />
      <div className="chart-grid">
        {charts.map((chart) => (
          <ChartFrame key={chart.id} chart={chart} dark={dark} />
        ))}
      </div>
    </div>
  )
}
