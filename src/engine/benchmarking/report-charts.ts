import type { BenchmarkComparison } from '../../shared/contract/benchmark-comparison.ts'
import type { BenchmarkResult } from '../../shared/contract/benchmark.ts'
import { lightPalette, type ChartPalette } from '../../shared/charts/chart-palette.ts'
import type { Chart } from '../../shared/charts/chart-spec.ts'
import { chartSheet, chartSvg } from '../../shared/charts/chart-svg.ts'
import { chartsOf } from '../../shared/charts/charts-of.ts'
import type { ReportSection } from './report-document.ts'

/** Charts of a section of the report, by id; see `charts-of.ts`. */
const chartsBySection: Record<NonNullable<ReportSection['chart']>, readonly string[]> = {
  latency: ['latency-percentiles', 'latency-distribution'],
  batch: ['batch-latency', 'batch-throughput'],
  sweep: ['concurrent-throughput', 'sweep-throughput', 'sweep-latency', 'throughput-latency', 'open-loop'],
  serialization: ['serialization-bytes', 'serialization-time'],
}

/** What the comparison is looked at for first: at most six. */
const onTheSheet = [
  'latency-percentiles',
  'concurrent-throughput',
  'batch-latency',
  'batch-throughput',
  'sweep-throughput',
  'throughput-latency',
  'waterfall',
  'cost',
]

/** Colours are variables of the page, so that it follows the reader's light or dark setting. */
const pagePalette: ChartPalette = {
  background: null,
  text: 'currentColor',
  soft: 'currentColor',
  grid: 'var(--line)',
  series: lightPalette.series.map((_, index) => `var(--series-${index})`),
}

export interface ReportCharts {
  of(section: NonNullable<ReportSection['chart']>): string
  /** Those that no section shows. */
  others(): string
}

/** The charts of a report as SVG for its page. */
export function reportCharts(comparison: BenchmarkComparison, results: readonly BenchmarkResult[]): ReportCharts {
  const charts = chartsOf(results, comparison, null)
  const placed = new Set(Object.values(chartsBySection).flat())
  const drawn = (wanted: (chart: Chart) => boolean): string =>
    charts
      .filter(wanted)
      // Inside a page a drawing needs no name space, and a page that stands alone names no address.
      .map((chart) => chartSvg(chart, pagePalette).svg.replace(/ xmlns="[^"]*"/, ''))
      .join('')
  return {
    of: (section) => drawn(({ id }) => chartsBySection[section].includes(id)),
    others: () => drawn(({ id }) => !placed.has(id)),
  }
}

/** A picture a chart, and `comparison_chart` with the main ones, as SVG by name without extension. */
export function reportPictures(
  comparison: BenchmarkComparison,
  results: readonly BenchmarkResult[],
  p95LimitMs: number | null,
): Map<string, string> {
  const charts = chartsOf(results, comparison, p95LimitMs)
  const main = charts.filter(({ id }) => onTheSheet.includes(id)).slice(0, 6)
  const sheet = main.length > 0 ? main : charts.slice(0, 6)
  return new Map([
    ...(sheet.length > 0 ? [['comparison_chart', chartSheet(sheet, lightPalette)] as const] : []),
    ...charts.map((chart) => [chart.id, chartSvg(chart, lightPalette).svg] as const),
  ])
}
