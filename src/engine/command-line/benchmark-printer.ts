import type { SingleMeasure } from '../../shared/contract/benchmark-measures.ts'
import { batchesOf, sectionOf, type BenchmarkResult } from '../../shared/contract/benchmark.ts'
import { type BenchmarkProgress } from '../../shared/contract/benchmark-run.ts'

/** One line for a terminal of `columns` characters; null for progress that has none. */
export function benchmarkLine(progress: BenchmarkProgress, columns: number): string | null {
  if (progress.state === 'preparing') return 'looking at the backends…'
  if (progress.state !== 'running') return null
  const { targets, target, phase, step, done, total, points } = progress
  const point = points.at(-1)
  const label = targets.length > 1 ? `${targets[target]?.label ?? ''}: ` : ''
  const parts = [
    `${label}${phase}${step === '' ? '' : `, ${step}`}${total > 1 ? ` (${Math.min(done + 1, total)}/${total})` : ''}`,
    typeof point?.imagesPerSecond === 'number' ? `${point.imagesPerSecond.toFixed(0)} images/s` : '',
    typeof point?.p50Ms === 'number' ? `p50 ${point.p50Ms.toFixed(1)} ms` : '',
  ]
  return parts.filter(Boolean).join(' · ').slice(0, columns)
}

/** Draws the line in place on a terminal; on anything else prints a line for each phase. */
export function benchmarkPrinter(stream: NodeJS.WriteStream): { show(progress: BenchmarkProgress): void; end(): void } {
  let shown = ''
  return {
    show(progress) {
      const line = benchmarkLine(progress, (stream.columns || 100) - 1)
      if (line === null) return
      if (stream.isTTY) {
        stream.write(`\r\u001b[K${line}`)
        return
      }
      const phase = progress.state === 'running' ? `${progress.target} ${progress.phase}` : progress.state
      if (phase !== shown) stream.write(`${line}\n`)
      shown = phase
    },
    end() {
      if (stream.isTTY) stream.write('\r\u001b[K')
    },
  }
}

/** The 95th percentile, or how many requests it takes. */
function p95Of({ p95_ms: p95, withheld }: SingleMeasure): string {
  const needed = withheld?.find(({ field }) => field === 'p95_ms')?.needed
  return p95 === undefined && needed !== undefined ? `p95 from ${needed} requests on` : `p95 ${ms(p95)}`
}

/** The figures of a result in a few lines. */
export function printBenchmark(result: BenchmarkResult, file: string, stream: NodeJS.WritableStream): void {
  const section = sectionOf(result)
  const say = (line: string): void => void stream.write(`${line}\n`)
  say(`${result.label} (${result.gpu_specs.name})`)
  const { cold_start: cold, single, concurrent, pipeline, readiness } = section
  for (const warning of readiness?.warnings ?? []) say(`  note: ${warning}`)
  if (section.parity !== undefined) say(`  parity      ${section.parity.verdict}: ${section.parity.reason}`)
  if (cold?.first_request_ms !== undefined) {
    const ready =
      cold.time_to_ready_ms === undefined ? '' : ` · ready after ${(cold.time_to_ready_ms / 1000).toFixed(1)} s`
    say(`  cold start  ${ms(cold.first_request_ms)} first request${ready}`)
  }
  if (single !== undefined) {
    say(
      `  single      p50 ${ms(single.p50_ms)} · mean ${ms(single.mean_ms)} · ${p95Of(single)} (n ${single.count ?? 0})`,
    )
  }
  for (const { size, measure } of batchesOf(section)) {
    const rate = measure.images_per_s === undefined ? '' : ` · ${measure.images_per_s.toFixed(1)} images/s`
    say(
      `  batch ${String(size).padEnd(5)} mean ${ms(measure.mean_ms)}${rate}${measure.error === undefined ? '' : ` · ${measure.error}`}`,
    )
  }
  const loads = [...(concurrent === undefined ? [] : [concurrent]), ...(section.sweep ?? [])]
  for (const load of loads) {
    const name = `${load === concurrent ? 'concurrent' : 'sweep'} ${load.concurrency ?? ''}`.padEnd(14)
    const unstable = load.unstable === undefined ? '' : ` · unstable`
    say(
      `  ${name} ${load.throughput_rps?.toFixed(1) ?? '–'} requests/s · p50 ${ms(load.p50_ms)} · p95 ${ms(load.p95_ms)}${unstable}`,
    )
  }
  for (const open of section.open_loop ?? []) {
    say(`  open loop ${open.rate_rps}/s: p50 ${ms(open.p50_ms)} · p95 ${ms(open.p95_ms)} · max ${ms(open.max_ms)}`)
  }
  if (pipeline !== undefined)
    say(`  pipeline    ${pipeline.images_per_s.toFixed(1)} images/s from ${pipeline.photos} photos`)
  const phases = result.phases ?? []
  for (const { phase, state, reason } of phases) {
    if (state === 'pending' || (state === 'done' && reason === undefined)) continue
    say(`  ${phase}: ${state}${reason === undefined ? '' : `. ${reason}`}`)
  }
  const pending = phases.filter(({ state }) => state === 'pending').map(({ phase }) => phase)
  if (pending.length > 0) say(`  still to do: ${pending.join(', ')} (go on with --resume)`)
  say(`Kept: ${file}`)
}

function ms(value: number | undefined): string {
  return value === undefined ? '–' : `${value.toFixed(value < 10 ? 2 : 1)} ms`
}
