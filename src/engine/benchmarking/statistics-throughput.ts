import type { Interval } from '../../shared/contract/benchmark-measures.ts'
import { seededRandom } from '../../shared/domain/seeded-random.ts'
import { quantile } from './statistics.ts'

/** Something that ended: when (milliseconds since the start), and how many pictures with it. */
export interface Ended {
  atMs: number
  count: number
}

const fewestEnds = 8
const resamples = 2000

/**
 * 95 % interval of pictures per second over a run of many overlapping requests: gaps between successive ends are resampled with
 * their counts (percentile bootstrap of the ratio of sums), in circular blocks of an eighth of the run, for what ends together hangs
 * together.
 *
 * @returns undefined with fewer than 8 ends, or when all ended at once
 */
export function endsInterval(ends: readonly Ended[], seed = 1): Interval | undefined {
  const sorted = ends.toSorted((a, b) => a.atMs - b.atMs)
  const gaps = sorted.map(({ atMs, count }, index) => ({ count, ms: atMs - (sorted[index - 1]?.atMs ?? 0) }))
  const total = sorted.at(-1)?.atMs ?? 0
  if (gaps.length < fewestEnds || total <= 0) return undefined
  const length = Math.max(1, Math.floor(gaps.length / fewestEnds))
  const random = seededRandom(seed)
  const rates = Array.from({ length: resamples }, () => {
    let [count, ms] = [0, 0]
    for (let drawn = 0; drawn < gaps.length; drawn += length) {
      const start = Math.floor(random() * gaps.length)
      for (let k = 0; k < Math.min(length, gaps.length - drawn); k++) {
        const gap = gaps[(start + k) % gaps.length]
        count += gap?.count ?? 0
        ms += gap?.ms ?? 0
      }
    }
    return (count * 1000) / ms
  })
  const finite = rates.filter(Number.isFinite).toSorted((a, b) => a - b)
  return [quantile(finite, 0.025), quantile(finite, 0.975)]
}
