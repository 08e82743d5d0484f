/**
 * [Note: Charts are data]
 * A chart is described once, from results, as plain data: the panel draws it, the table view and the Markdown list it, the report
 * embeds it. What was not measured is no point; nothing is drawn as zero that was not measured as zero.
 */
export interface ChartPoint {
  /** A number on a numeric axis, a name on a category axis. */
  x: number | string
  y: number
  /** 95 % interval of y; absent where none was measured. */
  low?: number
  high?: number
  /** What to know of this point (unstable, an error near it); a sentence. */
  note?: string
}

export interface ChartSeries {
  name: string
  points: ChartPoint[]
  /** Drawn as a thin dashed line: published figures, not measured here. */
  reference?: boolean
}

export interface Chart {
  /** Names its picture file too: `latency-percentiles`. */
  id: string
  title: string
  /** `path`: points joined in their own order, not by x. */
  kind: 'line' | 'bar' | 'stacked-bar' | 'step' | 'path'
  /** With units: `Images at a time`. */
  xLabel: string
  yLabel: string
  xScale: 'category' | 'linear' | 'log'
  yScale: 'linear' | 'log'
  /** Unit of y for hover and tables: `ms`, `images/s`, … */
  unit: string
  series: ChartSeries[]
  /** A point to mark, such as the best one under a limit. */
  mark?: { series: string; x: number | string; y: number; label: string }
  /** A horizontal limit line. */
  limit?: { y: number; label: string }
  /** What the reader has to know: withheld percentiles, unstable points; sentences. */
  notes: readonly string[]
}

/** A chart with no point says nothing; it is left out. */
export function hasPoints(chart: Chart): boolean {
  return chart.series.some((series) => series.points.length > 0)
}

export interface DrawnSeries {
  series: ChartSeries
  /** Its place among all series: its colour is the same in every chart, also where others have no point. */
  index: number
}

/** The series that have something to show. */
export function drawnSeries(chart: Chart): DrawnSeries[] {
  return chart.series.map((series, index) => ({ series, index })).filter(({ series }) => series.points.length > 0)
}

/** The x values of all series in the order in which they first appear; numbers ascending. */
export function positionsOf(chart: Chart): (number | string)[] {
  const all = [...new Set(chart.series.flatMap((series) => series.points.map((point) => point.x)))]
  return all.every((x) => typeof x === 'number') ? all.sort((a, b) => a - b) : all
}

/** A number for people: three significant digits, no exponent. */
export function figure(value: number): string {
  if (value === 0) return '0'
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))))
  return value.toLocaleString('en', { maximumFractionDigits: Math.min(digits, 6) })
}

/** The same where there is little room: `100 k`, `10 M`. */
export function axisFigure(value: number): string {
  if (Math.abs(value) >= 1e6) return `${figure(value / 1e6)} M`
  return Math.abs(value) >= 1e5 ? `${figure(value / 1e3)} k` : figure(value)
}

/** The series to name in a legend; none where the axis says the same already. */
export function namedSeries(chart: Chart): DrawnSeries[] {
  const drawn = drawnSeries(chart)
  const [only] = drawn
  const said = [chart.title, chart.yLabel].map((words) => words.toLowerCase())
  return drawn.length === 1 && only !== undefined && said.includes(only.series.name.toLowerCase()) ? [] : drawn
}

/** Header and rows of the same chart as a table; an empty cell was not measured. */
export function tableOf(chart: Chart): { header: string[]; rows: string[][] } {
  const drawn = drawnSeries(chart)
  const header = [chart.xLabel, ...drawn.map(({ series }) => `${series.name} (${chart.unit})`)]
  const rows = positionsOf(chart).map((x) => [
    typeof x === 'number' ? figure(x) : x,
    ...drawn.map(({ series }) => cellOf(series.points.find((point) => point.x === x))),
  ])
  return { header, rows }
}

function cellOf(point: ChartPoint | undefined): string {
  if (point === undefined) return ''
  const span =
    point.low === undefined || point.high === undefined ? '' : ` (${figure(point.low)}–${figure(point.high)})`
  return `${figure(point.y)}${span}`
}

/** The chart as a Markdown section with its table. */
export function markdownOf(chart: Chart): string {
  const { header, rows } = tableOf(chart)
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  const table = [line(header), line(header.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows.map(line)]
  return [`### ${chart.title}`, '', ...table, ...chart.notes.flatMap((note) => ['', note]), ''].join('\n')
}
