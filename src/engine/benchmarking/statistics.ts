import { mean, sampleStandardDeviation } from 'simple-statistics'
import { minimumSamples, type LatencyMeasure, type Withheld } from '../../shared/contract/benchmark-measures.ts'
import { bootstrapIntervals, type Statistic } from './statistics-bootstrap.ts'

/** Samples kept in a file; longer series keep their histogram and intervals. */
const mostSamplesKept = 5000
/** Of HDR histograms. */
export const significantDigits = 3
/** Fewer cannot say how far a mean may be off. */
const fewest = 5

/**
 * Whether a series is long enough for an interval: 5 samples, and of a closed loop two rounds of all its workers, for the first
 * round alone tells of the start only.
 */
export function carriesInterval(count: number, blockLength = 1): boolean {
  return count >= fewest && (blockLength === 1 || count >= 2 * blockLength)
}

/**
 * The `share` quantile by linear interpolation between order statistics (Hyndman and Fan's definition 7, numpy's default):
 * position share × (n − 1) in the sorted samples.
 *
 * @param sorted ascending, not empty
 */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const position = share * (sorted.length - 1)
  const below = Math.floor(position)
  const low = sorted[below] ?? Number.NaN
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? Number.NaN
  return low + (high - low) * (position - below)
}

/** Arithmetic mean; standard deviation with n − 1 (absent for a single sample). */
export function meanAndDeviation(samples: readonly number[]): { mean: number; std: number | undefined } {
  return { mean: mean([...samples]), std: samples.length < 2 ? undefined : sampleStandardDeviation([...samples]) }
}

/** How many lie beyond Tukey's inner (mild) and outer (severe) fences: 1.5 and 3 interquartile ranges off the quartiles. */
export function countOutliers(sorted: readonly number[]): { mild: number; severe: number } {
  const low = quantile(sorted, 0.25)
  const high = quantile(sorted, 0.75)
  const range = high - low
  const beyond = (times: number): number =>
    sorted.filter((value) => value < low - times * range || value > high + times * range).length
  const severe = beyond(3)
  return { mild: beyond(1.5) - severe, severe }
}

const percentiles = { p90_ms: 0.9, p95_ms: 0.95, p99_ms: 0.99, p999_ms: 0.999 } as const
type Percentile = keyof typeof percentiles

/** Why a percentile is not shown; null when there are samples enough. See `minimumSamples`. */
export function withheldPercentile(field: Percentile, have: number): Withheld | null {
  const needed = minimumSamples[field]
  if (have >= needed) return null
  const name = { p90_ms: '90th', p95_ms: '95th', p99_ms: '99th', p999_ms: '99.9th' }[field]
  const reason = `The ${name} percentile is not shown: it takes ${needed} samples to be believed, and there are ${have}.`
  return { field, have, needed, reason }
}

export interface SummaryOptions {
  /**
   * Successive samples that hang together, as the requests of a closed loop with so many workers do; the bootstrap then
   * draws blocks of this length. 1: each stands alone.
   */
  blockLength?: number
  seed?: number
  /** HDR buckets of the same samples: upper edge in milliseconds and count. */
  histogram?: { significantDigits: number; buckets: [number, number][] }
}

/**
 * Everything that a result file says of a series of latencies: mean, deviation, percentiles (those with too few samples withheld,
 * with the reason), 95 % bootstrap intervals, outliers counted and none dropped.
 *
 * @param samples milliseconds, in order of completion; none gives a count of 0 and nothing else
 */
export function summariseLatencies(samples: ArrayLike<number>, options: SummaryOptions = {}): LatencyMeasure {
  const values = Array.from(samples)
  if (values.length === 0) return { count: 0 }
  const sorted = values.toSorted((a, b) => a - b)
  const spread = meanAndDeviation(values)
  const measure: LatencyMeasure = {
    mean_ms: spread.mean,
    ...(spread.std === undefined ? {} : { std_ms: spread.std }),
    min_ms: sorted[0],
    p50_ms: quantile(sorted, 0.5),
    max_ms: sorted.at(-1),
    count: values.length,
    outliers: countOutliers(sorted),
  }
  const statistics: Record<string, Statistic> = { mean_ms: 'mean', p50_ms: 0.5 }
  const withheld: Withheld[] = []
  for (const field of ['p90_ms', 'p95_ms', 'p99_ms', 'p999_ms'] as const) {
    const missing = withheldPercentile(field, values.length)
    if (missing === null) {
      measure[field] = quantile(sorted, percentiles[field])
      statistics[field] = percentiles[field]
    } else if (field !== 'p999_ms') withheld.push(missing)
  }
  if (withheld.length > 0) measure.withheld = withheld
  if (carriesInterval(values.length, options.blockLength))
    measure.intervals = bootstrapIntervals(values, statistics, options)
  if (values.length <= mostSamplesKept) measure.samples_ms = values
  if (options.histogram !== undefined)
    measure.histogram = {
      significant_digits: options.histogram.significantDigits,
      buckets: options.histogram.buckets,
    }
  return measure
}
