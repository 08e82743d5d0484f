import type { BenchmarkComparison } from '../../shared/contract/benchmark-comparison.ts'

const columns = [
  'result',
  'label',
  'backend',
  'gpu',
  'measured',
  'metric',
  'unit',
  'value',
  'low95',
  'high95',
  'n',
  'note',
]

/** One row a figure of a result (RFC 4180, CRLF, with a byte-order mark so that spreadsheets read UTF-8). */
export function csvReport(comparison: BenchmarkComparison): string {
  const rows = comparison.columns.flatMap((entry, column) =>
    comparison.rows.flatMap(({ metric, unit, cells }) => {
      const cell = cells[column]
      if (cell === undefined || (cell.value === null && cell.note === null)) return []
      const { id, label, backend, gpu, timestamp } = entry
      const [low, high] = cell.interval ?? ['', '']
      return [
        [
          id,
          label,
          backend,
          gpu,
          timestamp ?? '',
          metric,
          unit,
          cell.value ?? '',
          low,
          high,
          cell.count ?? '',
          cell.note ?? '',
        ],
      ]
    }),
  )
  return `\uFEFF${[columns, ...rows].map((row) => row.map(csvCell).join(',')).join('\r\n')}\r\n`
}

/** Quotes where needed, and disarms text that a spreadsheet would run as a formula. */
function csvCell(value: string | number): string {
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value).toWellFormed()
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
