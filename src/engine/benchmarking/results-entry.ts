import { batchesOf, sectionOf, type BenchmarkResult } from '../../shared/contract/benchmark.ts'
import { type BenchmarkEntry } from '../../shared/contract/benchmark-comparison.ts'

/** Whether phases that were asked for are still to do: the run ended before them, or was cancelled in them. */
export function isResumable(result: BenchmarkResult): boolean {
  if (result.source !== undefined) return false
  return (result.phases ?? []).some(({ state }) => state === 'pending' || state === 'running' || state === 'cancelled')
}

/** Highest throughput that was measured, images per second; null when none was. */
export function bestThroughput(result: BenchmarkResult): number | null {
  const section = sectionOf(result)
  const loads = [section.concurrent, ...(section.sweep ?? [])]
  const rates = [
    ...loads.map((load) => load?.images_per_s ?? load?.throughput_rps),
    ...batchesOf(section).map(({ measure }) => measure.images_per_s),
    section.pipeline?.images_per_s,
  ].filter((rate) => rate !== undefined)
  return rates.length === 0 ? null : Math.max(...rates)
}

/** A line of the history. `baseline` is the store's to say. */
export function entryOf(id: string, result: BenchmarkResult): BenchmarkEntry {
  return {
    id,
    label: result.label,
    backend: result.backend,
    gpu: result.gpu_specs.count > 1 ? `${result.gpu_specs.count} × ${result.gpu_specs.name}` : result.gpu_specs.name,
    timestamp: result.timestamp,
    origin: result.source?.kind ?? 'measured',
    complete: (result.phases ?? []).every(({ state }) => state === 'done' || state === 'skipped'),
    resumable: isResumable(result),
    baseline: false,
    imagesPerSecond: bestThroughput(result),
    p50Ms: sectionOf(result).single?.p50_ms ?? null,
  }
}
