/** A promise about speed, memory or quality, and what was measured of it. */
export type BarResult = MeasuredBar | UnmeasuredBar

interface MeasuredBar {
  state: 'measured'
  /** What is promised, in words that stand alone. */
  bar: string
  limit: Limit
  /** One value a run, in the unit of the limit. */
  samples: number[]
  median: number
  low: number
  high: number
  met: boolean
  /** What the value was computed from, for the reader of the table. */
  basis: string
}

interface UnmeasuredBar {
  state: 'not-measured'
  bar: string
  reason: string
}

interface Limit {
  side: 'at-most' | 'at-least'
  value: number
  unit: 'ratio' | 's' | 'ms' | 'MB' | 'KB' | 'photos/s' | 'share' | 'files'
}

export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('median of nothing')
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? NaN)) / 2
}

/** The median decides whether a bar is met. */
export function measured(bar: string, limit: Limit, samples: readonly number[], basis: string): MeasuredBar {
  const value = median(samples)
  return {
    state: 'measured',
    bar,
    limit,
    samples: [...samples],
    median: value,
    low: Math.min(...samples),
    high: Math.max(...samples),
    met: limit.side === 'at-most' ? value <= limit.value : value >= limit.value,
    basis,
  }
}

export function notMeasured(bar: string, reason: string): UnmeasuredBar {
  return { state: 'not-measured', bar, reason }
}

function shown(value: number, unit: Limit['unit']): string {
  const digits = unit === 'share' ? 4 : unit === 'ratio' ? 2 : value >= 100 ? 0 : 2
  return value.toFixed(digits)
}

/** Rows of a Markdown table: bar, limit, median, spread, whether met, basis. */
export function formatBars(results: readonly BarResult[]): string {
  const rows = results.map((result) => {
    if (result.state === 'not-measured') return `| ${result.bar} | | not measured | | | ${result.reason} |`
    const { limit, samples } = result
    const unit = limit.unit === 'ratio' || limit.unit === 'share' ? '' : ` ${limit.unit}`
    const sign = limit.side === 'at-most' ? '≤' : '≥'
    const spread = `${shown(result.low, limit.unit)}–${shown(result.high, limit.unit)} (n ${samples.length})`
    const verdict = result.met ? 'yes' : '**no**'
    return `| ${result.bar} | ${sign} ${limit.value}${unit} | ${shown(result.median, limit.unit)}${unit} | ${spread} | ${verdict} | ${result.basis} |`
  })
  return ['| bar | limit | median | low–high | met | from |', '|---|---|---|---|---|---|', ...rows].join('\n')
}
