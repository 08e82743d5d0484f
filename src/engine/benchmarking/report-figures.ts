import type { Interval, LatencyMeasure } from '../../shared/contract/benchmark-measures.ts'

/** What was not measured. */
export const none = '–'

/** Three significant digits, whole from 1,000 on: measurements here are not better than that. */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined) return none
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en')
  return value.toLocaleString('en', { maximumSignificantDigits: 3 })
}

/** `42.1 (40.9–43.4)`: the value with its 95 % interval, where there is one. */
export function withInterval(value: number | null | undefined, interval: Interval | null | undefined): string {
  if (interval === null || interval === undefined || value === undefined || value === null) return figure(value)
  return `${figure(value)} (${figure(interval[0])}–${figure(interval[1])})`
}

export function latencyCells(measure: LatencyMeasure | undefined): string[] {
  const at = (field: 'mean_ms' | 'p50_ms' | 'p90_ms' | 'p95_ms' | 'p99_ms'): string =>
    withInterval(measure?.[field], measure?.intervals?.[field])
  return [
    at('mean_ms'),
    at('p50_ms'),
    at('p90_ms'),
    at('p95_ms'),
    at('p99_ms'),
    figure(measure?.min_ms),
    figure(measure?.max_ms),
    figure(measure?.std_ms),
    figure(measure?.count),
  ]
}

export const latencyHead = ['mean ms', 'p50 ms', 'p90 ms', 'p95 ms', 'p99 ms', 'min ms', 'max ms', 'std ms', 'n']

/** Why figures are absent or doubtful, said once for each reason. */
export function measureNotes(label: string, measure: LatencyMeasure | undefined): string[] {
  if (measure === undefined) return []
  const { withheld = [], unstable, error, outliers } = measure
  const count = (outliers?.mild ?? 0) + (outliers?.severe ?? 0)
  return [
    ...withheld.map(({ reason }) => reason),
    ...(unstable === undefined ? [] : [`Unstable: ${unstable}`]),
    ...(error === undefined ? [] : [error]),
    ...(count > 0 ? [`${count} outliers (${outliers?.severe ?? 0} severe), kept in all figures.`] : []),
  ].map((note) => `${label}: ${note}`)
}

export function sizeWords(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined) return none
  if (bytes >= 1e6) return `${figure(bytes / 1e6)} MB`
  return bytes >= 1e3 ? `${figure(bytes / 1e3)} kB` : `${bytes} bytes`
}

export function shareWords(share: number | null | undefined): string {
  return share === null || share === undefined ? none : `${figure(share * 100)} %`
}
