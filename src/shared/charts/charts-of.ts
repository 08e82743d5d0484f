import type { BenchmarkComparison } from '../contract/benchmark-comparison.ts'
import type { BenchmarkResult } from '../contract/benchmark.ts'
import { hasPoints, type Chart } from './chart-spec.ts'
import { batchLatency, batchThroughput, latencyDistribution, latencyPercentiles } from './latency-charts.ts'
import { concurrentThroughput, openLoop, sweepLatency, sweepThroughput, throughputLatency } from './load-charts.ts'
import * as server from './server-charts.ts'

/** Every chart that the results carry data for, in the order of the screen. */
export function chartsOf(
  results: readonly BenchmarkResult[],
  comparison: Pick<BenchmarkComparison, 'costs'> | null,
  p95LimitMs: number | null,
): Chart[] {
  const labels = distinctLabels(results)
  return allCharts(
    results.map((result, index) => ({ ...result, label: labels[index] ?? result.label })),
    labels,
    comparison?.costs ?? [],
    p95LimitMs,
  ).filter(hasPoints)
}

/** The labels of results side by side: where two runs share one, each gets its time, and a number where that is shared too. */
export function distinctLabels(results: readonly Pick<BenchmarkResult, 'label' | 'timestamp'>[]): string[] {
  const count = (labels: readonly string[], label: string): number => labels.filter((one) => one === label).length
  const plain = results.map(({ label }) => label)
  const timed = results.map(({ label, timestamp }) =>
    count(plain, label) === 1 || timestamp === null ? label : `${label}, ${timestamp.slice(0, 16).replace('T', ' ')}`,
  )
  return timed.map((label, index) =>
    count(timed, label) === 1 ? label : `${label} (${count(timed.slice(0, index + 1), label)})`,
  )
}

function allCharts(
  results: readonly BenchmarkResult[],
  labels: readonly string[],
  costs: BenchmarkComparison['costs'],
  p95LimitMs: number | null,
): Chart[] {
  return [
    latencyPercentiles(results),
    latencyDistribution(results),
    batchLatency(results),
    batchThroughput(results),
    concurrentThroughput(results),
    sweepThroughput(results),
    sweepLatency(results),
    throughputLatency(results, p95LimitMs),
    openLoop(results),
    server.waterfall(results),
    server.protocols(results),
    server.serializationBytes(results),
    server.serializationTime(results),
    server.dynamicBatching(results),
    server.serverTime(results),
    ...server.gpuSeries(results),
    server.operators(results),
    server.scaling(results),
    server.cost(labels, costs),
  ]
}
