import { sectionOf, type BenchmarkResult } from '../../shared/contract/benchmark.ts'
import { type CostLine } from '../../shared/contract/benchmark-comparison.ts'
import { bestPoint, type OperatingPoint } from './cost-operating-points.ts'

/** Dollars for 1,000 images: price per hour ÷ 3600 ÷ images per second × 1000. */
export function dollarsPer1000(pricePerHour: number, imagesPerSecond: number): number {
  return ((pricePerHour / 3600) * 1000) / imagesPerSecond
}

/** What an hour costs: as noted; nothing for one's own computer, whose electricity is not reckoned; null when not told. */
export function pricePerHourOf(result: BenchmarkResult): number | null {
  return result.notes?.price_per_hour ?? (result.backend === 'local' && result.source === undefined ? 0 : null)
}

/**
 * Cost and energy of 1,000 images at the fastest reliable way of working that was measured; null where no throughput was.
 * Energy is the mean power of all GPUs during that phase × the time for 1,000 images; null where no power was read then.
 */
export function costOf(result: BenchmarkResult, p95LimitMs: number | null = null): CostLine | null {
  const point = bestPoint(result, p95LimitMs)
  if (point === null) return null
  const price = pricePerHourOf(result)
  const [low, high] = point.interval ?? [point.imagesPerSecond, point.imagesPerSecond]
  const watts = meanPower(result, point)
  return {
    imagesPerSecond: point.imagesPerSecond,
    pricePerHour: price,
    per1000:
      price === null
        ? null
        : {
            value: dollarsPer1000(price, point.imagesPerSecond),
            low: dollarsPer1000(price, high),
            high: dollarsPer1000(price, low),
          },
    wattHoursPer1000: watts === null ? null : ((watts / 3600) * 1000) / point.imagesPerSecond,
    basis: `${point.imagesPerSecond.toFixed(1)} images/s, ${point.way === null ? '' : `${point.way}, `}${point.title}.`,
  }
}

function meanPower(result: BenchmarkResult, point: OperatingPoint): number | null {
  const moments = (sectionOf(result).gpu_series ?? []).filter(
    ({ phase, gpus }) => phase === point.phase && gpus.length > 0 && gpus.every((gpu) => gpu.power_w !== undefined),
  )
  if (moments.length === 0) return null
  const sums = moments.map(({ gpus }) => gpus.reduce((sum, gpu) => sum + (gpu.power_w ?? 0), 0))
  return sums.reduce((sum, watts) => sum + watts, 0) / sums.length
}
