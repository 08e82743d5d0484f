import type { BenchmarkComparison } from '../../shared/contract/benchmark-comparison.ts'
import type { BenchmarkResult } from '../../shared/contract/benchmark.ts'
import { reportCharts } from './report-charts.ts'
import { csvReport } from './report-csv.ts'
import { reportDocument } from './report-document.ts'
import { htmlReport } from './report-html.ts'
import { markdownReport } from './report-markdown.ts'

export type ReportFormat = 'json' | 'csv' | 'markdown' | 'html'

/**
 * A report as a file's text. JSON: the result itself when there is one (a file that the history reads), else comparison and
 * results together.
 */
export function exportReport(
  format: ReportFormat,
  comparison: BenchmarkComparison,
  results: readonly BenchmarkResult[],
): string {
  switch (format) {
    case 'json': {
      const [only] = results
      const content =
        results.length === 1 && only !== undefined
          ? only
          : { schema: 'twinlens/benchmark-comparison@1', comparison, results }
      return `${JSON.stringify(content, null, 1)}\n`
    }
    case 'csv':
      return csvReport(comparison)
    case 'markdown':
      return markdownReport(reportDocument(comparison, results))
    case 'html':
      return htmlReport(reportDocument(comparison, results), reportCharts(comparison, results))
  }
}
