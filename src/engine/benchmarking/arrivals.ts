import { seededRandom } from '../../shared/domain/seeded-random.ts'

/**
 * Moments of a Poisson process, milliseconds from 0 up to `durationMs`: gaps are exponential with mean 1000 ÷ rate (inverse
 * transform, −ln(1 − u) ÷ λ).
 */
export function* poissonArrivals(ratePerSecond: number, durationMs: number, seed: number): Generator<number> {
  const random = seededRandom(seed)
  for (let atMs = 0; ;) {
    atMs += (-Math.log(1 - random()) * 1000) / ratePerSecond
    if (atMs >= durationMs) return
    yield atMs
  }
}
