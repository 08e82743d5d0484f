import type { BenchmarkComparison } from '../../shared/contract/benchmark-comparison.ts'
import { cellOf, metricsOf, timesBetter } from './compare-metrics.ts'
import type { Compared } from './compare-results.ts'
import { fairnessOf } from './fairness.ts'

/** Changes smaller than this are not called better or worse, however sure they are: machines drift by as much. */
const noiseThreshold = 0.05

/** Figures whose change decides the verdict; the others are only shown. */
const deciding =
  /^(single\.p50_ms|batch_\d+\.images_per_s|concurrent\.(throughput_rps|p95_ms)|sweep_\d+\.throughput_rps)$/

/**
 * A run against the baseline of its backend and GPU: `worse` when any deciding figure is worse by more than 5 % with the whole 95 %
 * interval on that side, `better` when some are better and none is worse. Null: there is no baseline for it, or it is the baseline.
 */
export function regressionOf(
  column: Compared,
  baselines: readonly Compared[],
): BenchmarkComparison['regressions'][number] {
  if (column.result.source !== undefined) return null
  const candidates = baselines.filter(
    ({ entry, result }) =>
      entry.id !== column.entry.id && result.backend === column.result.backend && entry.gpu === column.entry.gpu,
  )
  const baseline = candidates.find(({ result }) => fairnessOf([result, column.result]).rankable) ?? candidates[0]
  if (baseline === undefined) return null
  const { differences, rankable, excluded } = fairnessOf([baseline.result, column.result])
  if (!rankable || excluded.length > 0) {
    const findings = differences.map(({ message }) => message)
    return { baselineId: baseline.entry.id, verdict: 'not-comparable', findings }
  }
  return { baselineId: baseline.entry.id, ...verdictAgainst(baseline, column) }
}

function verdictAgainst(
  baseline: Compared,
  column: Compared,
): { verdict: 'better' | 'same' | 'worse' | 'not-comparable'; findings: string[] } {
  const findings: string[] = []
  let compared = 0
  let better = 0
  let worse = 0
  for (const metric of metricsOf([baseline.result, column.result]).filter(({ path }) => deciding.test(path))) {
    const ratio = timesBetter(metric, column.result, baseline.result)
    if (ratio === null) continue
    compared++
    const changed = ratio.low > 1 + noiseThreshold || ratio.high < 1 / (1 + noiseThreshold)
    if (!changed) continue
    if (ratio.value > 1) better++
    else worse++
    const [before, now] = [cellOf(metric, baseline.result).value, cellOf(metric, column.result).value]
    const word = ratio.value > 1 ? 'better' : 'worse'
    findings.push(`${metric.title}: ${figure(before)} → ${figure(now)} ${metric.unit}, ${word} beyond chance.`)
  }
  if (compared === 0) return { verdict: 'not-comparable', findings: ['No figure with a known spread is in both runs.'] }
  return { verdict: worse > 0 ? 'worse' : better > 0 ? 'better' : 'same', findings }
}

function figure(value: number | null): string {
  return value === null ? '–' : value.toLocaleString('en', { maximumSignificantDigits: 3 })
}
