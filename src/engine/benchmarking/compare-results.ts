import type { BenchmarkComparison, BenchmarkEntry, ComparedRow } from '../../shared/contract/benchmark-comparison.ts'
import type { BenchmarkResult } from '../../shared/contract/benchmark.ts'
import { adviseOn } from './advice.ts'
import { regressionOf } from './compare-baseline.ts'
import { cellOf, metricsOf, timesBetter, type Metric } from './compare-metrics.ts'
import { costOf } from './cost.ts'
import { fairnessOf, type Fairness } from './fairness.ts'
import { excludesOne, type Ratio } from './statistics-bootstrap.ts'

export interface Compared {
  entry: BenchmarkEntry
  result: BenchmarkResult
}

export interface CompareOptions {
  /** Of the library that the advice reckons for; null: none is open, so no spans of time are given. */
  libraryPhotos: number | null
  p95LimitMs: number | null
  /** Runs that later ones are held against. */
  baselines: readonly Compared[]
}

/**
 * Puts results side by side. Ratios, winners and costs only where they are fair (`fairness.ts`), and "better" only where the 95 %
 * interval of the ratio excludes 1.
 */
export function compareResults(columns: readonly Compared[], options: CompareOptions): BenchmarkComparison {
  const results = columns.map(({ result }) => result)
  const fairness = fairnessOf(results)
  return {
    columns: columns.map(({ entry }) => entry),
    ...fairness,
    rows: metricsOf(results).map((metric) => compareRow(metric, results, fairness)),
    costs: results.map((result, column) =>
      fairness.rankable && !fairness.excluded.includes(column) ? costOf(result, options.p95LimitMs) : null,
    ),
    advice: adviseOn(results, options),
    regressions: columns.map((column) => regressionOf(column, options.baselines)),
  }
}

function compareRow(metric: Metric, results: readonly BenchmarkResult[], fairness: Fairness): ComparedRow {
  const cells = results.map((result) => cellOf(metric, result))
  const ranked = results.flatMap((_, column) =>
    cells[column]?.value !== null && !fairness.excluded.includes(column) ? [column] : [],
  )
  const ratio = (a: number, b: number): Ratio | null => {
    const [ours, theirs] = [results[a], results[b]]
    return ours === undefined || theirs === undefined ? null : timesBetter(metric, ours, theirs)
  }
  const allowed = fairness.rankable && ranked.length > 1
  const ratios = results.map((_, column) =>
    allowed && column > 0 && ranked.includes(0) && ranked.includes(column) ? ratio(column, 0) : null,
  )
  const best = allowed ? bestColumn(metric, cells, ranked) : null
  const against = best === null ? [] : ranked.filter((column) => column !== best).map((column) => ratio(best, column))
  const sure = against.length > 0 && against.every((each) => each !== null && each.low > 1)
  return {
    metric: metric.path,
    title: metric.title,
    unit: metric.unit,
    better: metric.better,
    cells,
    winner: sure ? best : null,
    ratios,
    verdict: verdictOf({ fairness, ranked, against, best: best === null ? undefined : results[best]?.label, sure }),
  }
}

function bestColumn(metric: Metric, cells: ComparedRow['cells'], ranked: readonly number[]): number | null {
  const value = (column: number): number => (cells[column]?.value ?? NaN) * (metric.better === 'higher' ? 1 : -1)
  return ranked.toSorted((a, b) => value(b) - value(a))[0] ?? null
}

function verdictOf(found: {
  fairness: Fairness
  ranked: readonly number[]
  against: readonly (Ratio | null)[]
  best: string | undefined
  sure: boolean
}): string {
  if (found.fairness.differences.some(({ kind }) => kind !== 'parity')) return 'Not ranked: see the differences above.'
  if (found.ranked.length < 2) return 'Nothing to compare with.'
  if (found.against.some((ratio) => ratio === null))
    return 'Not ranked: without samples or a steady state the spread is not known.'
  const ratios = found.against.filter((ratio) => ratio !== null)
  const next = ratios.toSorted((a, b) => a.value - b.value)[0]
  if (next === undefined) return 'Nothing to compare with.'
  if (!found.sure || !excludesOne(next)) return 'No difference beyond chance.'
  return `${found.best ?? ''} is ${times(next.low)}–${times(next.high)} × better than the next (95 % interval).`
}

function times(value: number): string {
  return value >= 10 ? value.toFixed(0) : value.toFixed(2)
}
