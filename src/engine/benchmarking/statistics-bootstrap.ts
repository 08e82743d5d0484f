import type { Interval } from '../../shared/contract/benchmark-measures.ts'
import { seededRandom } from '../../shared/domain/seeded-random.ts'

/** The mean, or a quantile by its share (0.5: the median). */
export type Statistic = 'mean' | number

const resamples = 2000
/** Draws in all for one series: very long ones get fewer resamples (never under 200), so that a summary stays quick. */
const mostDraws = 20_000_000
/** A resample of fewer blocks than this would hardly vary, and the interval come out too narrow. */
const fewestBlocks = 8
const defaultSeed = 20_260_214

export interface BootstrapOptions {
  blockLength?: number
  seed?: number
}

/** The same number for each resample: what the statistic of the resampled series is. */
type Replicates = Map<string, Float64Array>

/**
 * 95 % percentile-bootstrap intervals (Efron 1979) of several statistics from the same resamples. With a block length over 1 whole
 * circular blocks are drawn (Politis and Romano 1992), which keeps the dependence of neighbouring samples; blocks are never longer
 * than an eighth of the series.
 *
 * @param samples in order; at least 2
 * @param statistics by the name that the interval gets
 */
export function bootstrapIntervals(
  samples: readonly number[],
  statistics: Readonly<Record<string, Statistic>>,
  options: BootstrapOptions = {},
): Record<string, Interval> {
  return Object.fromEntries(
    [...replicate(samples, statistics, options)].map(([name, values]) => [name, middle95(values)]),
  )
}

/** Ratio of two measured values, with the span in which it lies with 95 % confidence. */
export interface Ratio {
  value: number
  low: number
  high: number
}

/**
 * statistic(a) ÷ statistic(b) of two independent series, with its 95 % percentile-bootstrap interval.
 * A claim such as "faster" is only made when the interval excludes 1: see `excludesOne`.
 */
export function bootstrapRatio(
  a: { samples: readonly number[]; blockLength?: number },
  b: { samples: readonly number[]; blockLength?: number },
  statistic: Statistic,
  seed = defaultSeed,
): Ratio {
  const over = (side: typeof a, sideSeed: number): Float64Array => {
    const options = { blockLength: side.blockLength ?? 1, seed: sideSeed }
    return replicate(side.samples, { it: statistic }, options).get('it') ?? new Float64Array()
  }
  const above = over(a, seed)
  const below = over(b, seed + 1)
  const count = Math.min(above.length, below.length)
  const ratios = Float64Array.from({ length: count }, (_, k) => (above[k] ?? Number.NaN) / (below[k] ?? Number.NaN))
  const [low, high] = middle95(ratios)
  return { value: statisticOf(a.samples, statistic) / statisticOf(b.samples, statistic), low, high }
}

/**
 * The same from two stated intervals, for series whose samples are not at hand: half-widths on a log scale add as independent
 * errors do (the delta method).
 */
export function ratioOfIntervals(
  a: { value: number; interval: Interval },
  b: { value: number; interval: Interval },
): Ratio {
  const value = a.value / b.value
  const up = Math.hypot(Math.log(a.interval[1] / a.value), Math.log(b.value / b.interval[0]))
  const down = Math.hypot(Math.log(a.value / a.interval[0]), Math.log(b.interval[1] / b.value))
  return { value, low: value * Math.exp(-down), high: value * Math.exp(up) }
}

/** Whether a difference is more than chance: 1 lies outside of the interval. */
export function excludesOne(ratio: Ratio): boolean {
  return ratio.low > 1 || ratio.high < 1
}

function statisticOf(samples: readonly number[], statistic: Statistic): number {
  if (statistic === 'mean') return samples.reduce((sum, value) => sum + value, 0) / samples.length
  const sorted = Float64Array.from(samples).sort()
  const counts = new Uint32Array(sorted.length).fill(1)
  return quantileOfCounts(sorted, counts, statistic)
}

/** Resamples by counting how often each order statistic was drawn: no sorting inside the loop. */
function replicate(
  samples: readonly number[],
  statistics: Readonly<Record<string, Statistic>>,
  options: BootstrapOptions,
): Replicates {
  const n = samples.length
  const rounds = Math.max(200, Math.min(resamples, Math.floor(mostDraws / n)))
  const order = Uint32Array.from(samples.keys()).sort((a, b) => (samples[a] ?? 0) - (samples[b] ?? 0))
  const sorted = Float64Array.from(order, (index) => samples[index] ?? Number.NaN)
  const rank = new Uint32Array(n)
  order.forEach((index, position) => (rank[index] = position))
  const result: Replicates = new Map(Object.keys(statistics).map((name) => [name, new Float64Array(rounds)]))
  const draw = drawer(
    rank,
    Math.max(1, Math.min(options.blockLength ?? 1, Math.floor(n / fewestBlocks))),
    seededRandom(options.seed ?? defaultSeed),
  )
  const counts = new Uint32Array(n)
  for (let round = 0; round < rounds; round++) {
    counts.fill(0)
    draw(counts)
    for (const [name, statistic] of Object.entries(statistics)) {
      const values = result.get(name)
      if (values)
        values[round] = statistic === 'mean' ? meanOf(sorted, counts) : quantileOfCounts(sorted, counts, statistic)
    }
  }
  return result
}

/** Fills `counts` with one resample of n draws, in blocks of `length` neighbours (the last one cut short). */
function drawer(rank: Uint32Array, length: number, random: () => number): (counts: Uint32Array) => void {
  const n = rank.length
  return (counts) => {
    for (let drawn = 0; drawn < n;) {
      const start = Math.floor(random() * n)
      const end = Math.min(length, n - drawn)
      for (let k = 0; k < end; k++) {
        const position = rank[(start + k) % n] ?? 0
        counts[position] = (counts[position] ?? 0) + 1
      }
      drawn += end
    }
  }
}

function meanOf(sorted: Float64Array, counts: Uint32Array): number {
  let sum = 0
  for (let k = 0; k < sorted.length; k++) sum += (sorted[k] ?? 0) * (counts[k] ?? 0)
  return sum / sorted.length
}

/** Quantile (definition 7) of the series in which `sorted[k]` stands `counts[k]` times; the counts add up to the length. */
function quantileOfCounts(sorted: Float64Array, counts: Uint32Array, share: number): number {
  const position = share * (sorted.length - 1)
  const below = Math.floor(position)
  let passed = 0
  let low: number | null = null
  for (let k = 0; k < sorted.length; k++) {
    passed += counts[k] ?? 0
    if (low === null && passed > below) low = sorted[k] ?? Number.NaN
    if (low !== null && (position === below || passed > below + 1)) {
      return low + ((sorted[k] ?? Number.NaN) - low) * (position - below)
    }
  }
  return low ?? Number.NaN
}

function middle95(values: Float64Array): Interval {
  const sorted = values.toSorted()
  const ones = new Uint32Array(sorted.length).fill(1)
  return [quantileOfCounts(sorted, ones, 0.025), quantileOfCounts(sorted, ones, 0.975)]
}
