import type { BenchmarkComparison } from '../../shared/contract/benchmark-comparison.ts'
import type { BenchmarkResult } from '../../shared/contract/benchmark.ts'
import { configTable, costTable, environmentTable, notesTable } from './report-facts.ts'
import {
  batchTable,
  coldStartTable,
  concurrencyTables,
  operatorTable,
  pipelineTable,
  protocolTable,
  scalingTable,
  serializationTable,
  serverMetricsTable,
  singleTable,
} from './report-measures.ts'

/** A table as text; `-` stands for what was not measured. */
export interface ReportTable {
  head: string[]
  rows: string[][]
  /** Below the table: why cells are empty, what to know. */
  notes: string[]
}

export interface ReportSection {
  title: string
  paragraphs: string[]
  tables: ReportTable[]
  /** Key of a chart that belongs here (`report-charts.ts`); null: none. */
  chart: 'latency' | 'batch' | 'sweep' | 'serialization' | null
}

/** What a report says, whatever it is written as. */
export interface ReportDocument {
  title: string
  subtitle: string
  sections: ReportSection[]
}

/** The sections of the documented write-up, filled from the data; those that nothing was measured for are left out. */
export function reportDocument(comparison: BenchmarkComparison, results: readonly BenchmarkResult[]): ReportDocument {
  const labels = comparison.columns.map(({ label }) => label)
  const section = (
    title: string,
    tables: (ReportTable | null)[],
    chart: ReportSection['chart'] = null,
    paragraphs: string[] = [],
  ): ReportSection[] => {
    const filled = tables.filter((table) => table !== null && table.rows.length > 0) as ReportTable[]
    return filled.length + paragraphs.length === 0 ? [] : [{ title, paragraphs, tables: filled, chart }]
  }
  const cautions = results.flatMap((result) =>
    (result.source?.cautions ?? []).map((caution) => `${result.label}: ${caution}`),
  )
  return {
    title: 'Benchmark report',
    subtitle: labels.join(' · '),
    sections: [
      ...section('Before you compare', [], null, [
        ...comparison.differences.map(({ message }) => message),
        ...cautions,
      ]),
      ...section('Environment', [environmentTable(results), notesTable(results)]),
      ...section('Configuration', [configTable(results)]),
      ...section('Cold start', [coldStartTable(results)]),
      ...section('Single image', [singleTable(results)], 'latency'),
      ...section('Batch', [batchTable(results)], 'batch'),
      ...section('Concurrency', concurrencyTables(results), 'sweep'),
      ...section('Protocols', [protocolTable(results)]),
      ...section('Serialization', [serializationTable(results)], 'serialization'),
      ...section('Triton metrics', [serverMetricsTable(results)]),
      ...section('Operators', [operatorTable(results)]),
      ...section('Scaling', [scalingTable(results)]),
      ...section('Own photos', [pipelineTable(results)]),
      ...section('Observations', [], null, observations(comparison)),
      ...section('Cost', [costTable(comparison, results)]),
    ],
  }
}

/** Only what the data carry: advice with its reasons, rows with a winner, verdicts against the baseline. */
function observations(comparison: BenchmarkComparison): string[] {
  const advice = comparison.advice.map(({ text, reasons, confidence, kind }) =>
    [text, ...reasons, ...(kind === 'silence' || kind === 'caution' ? [] : [`Confidence: ${confidence}.`])].join(' '),
  )
  const winners = comparison.rows.flatMap(({ title, unit, winner, verdict }) =>
    winner === null ? [] : [`${title} (${unit}): ${verdict}`],
  )
  const regressions = comparison.regressions.flatMap((found, column) =>
    found === null
      ? []
      : [
          `${comparison.columns[column]?.label ?? ''} against the baseline ${found.baselineId}: ${found.verdict}. ${found.findings.join(' ')}`.trim(),
        ],
  )
  return [...advice, ...winners, ...regressions]
}
