import { sectionOf, type BenchmarkEnvironment, type BenchmarkResult } from '../../shared/contract/benchmark.ts'
import { type BenchmarkComparison } from '../../shared/contract/benchmark-comparison.ts'
import type { ReportTable } from './report-document.ts'
import { figure, none, withInterval } from './report-figures.ts'

type Results = readonly BenchmarkResult[]

/** One line a fact, one column a result; facts that no result tells are left out. */
function facts(
  results: Results,
  lines: [string, (result: BenchmarkResult) => string | null | undefined][],
): ReportTable {
  const rows = lines
    .map(([name, of]) => [name, ...results.map((result) => of(result) ?? none)])
    .filter(([, ...cells]) => cells.some((cell) => cell !== none))
  return { head: ['', ...results.map(({ label }) => label)], rows, notes: [] }
}

export function environmentTable(results: Results): ReportTable {
  const told =
    (of: (environment: BenchmarkEnvironment) => string | null | undefined) =>
    ({ environment }: BenchmarkResult): string | null | undefined =>
      environment === undefined ? null : of(environment)
  return facts(results, [
    ['Measured', ({ timestamp }) => timestamp],
    ['Source', ({ source }) => source?.title],
    ['GPU', ({ gpu_specs: gpu }) => (gpu.count > 1 ? `${gpu.count} × ${gpu.name}` : gpu.name)],
    ['Driver', told(({ driver }) => driver)],
    ['Computed by', told(({ provider, device }) => `${provider}, ${device}`)],
    ['Instead of', told(({ fallback_reason: reason }) => reason)],
    ['Server', told(({ server }) => (server === null ? null : `${server.name} ${server.version ?? ''}`.trim()))],
    ['Address', told(({ address }) => address)],
    ['Round trip', told(({ round_trip_ms: ms }) => (ms === null ? null : `${figure(ms)} ms`))],
    ['Model', told(({ model }) => model.name)],
    ['Model sha256', told(({ model }) => model.sha256)],
    ['Parity', (result) => sectionOf(result).parity?.verdict],
    ['Pictures', told(({ image_set: set }) => `${set.count} (${set.source}), ${set.hash.slice(0, 16)}`)],
    ['Client', told(({ cpu, cores, platform }) => `${cpu}, ${cores} cores, ${platform}`)],
    ['Power', told(({ power_source: power }) => power)],
    [
      'Twinlens',
      told(({ app_version: version, app_commit: commit }) => `${version} ${commit?.slice(0, 12) ?? ''}`.trim()),
    ],
    [
      'Libraries',
      told(({ libraries }) =>
        Object.entries(libraries)
          .map(([name, version]) => `${name} ${version}`)
          .join(', '),
      ),
    ],
  ])
}

export function notesTable(results: Results): ReportTable {
  return facts(results, [
    ['Provider', ({ notes }) => notes?.provider],
    ['Instance', ({ notes }) => notes?.instance_type],
    ['Image', ({ notes }) => notes?.image],
    ['Region', ({ notes }) => notes?.region],
    ['Price per hour', ({ notes }) => (notes?.price_per_hour === undefined ? null : `$${notes.price_per_hour}`)],
    ['Notes', ({ notes }) => notes?.text],
  ])
}

export function configTable(results: Results): ReportTable {
  const number = (value: number | undefined): string | null => (value === undefined ? null : String(value))
  return facts(results, [
    ['Preset', ({ config }) => config.preset],
    ['Transport', ({ config }) => config.transport],
    ['Input format', ({ config }) => config.format],
    ['Iterations', ({ config }) => number(config.iterations)],
    ['Warm-up', ({ config }) => number(config.warmup_iterations)],
    ['Batch sizes', ({ config }) => config.batch_sizes?.join(', ')],
    ['Concurrency', ({ config }) => number(config.concurrency)],
    ['Concurrent requests', ({ config }) => number(config.concurrent_requests)],
    ['Sweep', ({ config }) => config.sweep_concurrency?.join(', ')],
    ['Open loop, requests/s', ({ config }) => config.open_loop_rates?.join(', ')],
    ['Timeout, s', ({ config }) => number(config.timeout_s)],
    ['Seed', ({ config }) => number(config.seed)],
    [
      'Phases not done',
      ({ phases }) =>
        phases
          ?.filter(({ state }) => state !== 'done')
          .map(({ phase, state, reason }) => `${phase}: ${state}${reason === undefined ? '' : ` (${reason})`}`)
          .join('; ') || null,
    ],
  ])
}

export function costTable(comparison: BenchmarkComparison, results: Results): ReportTable | null {
  const rows = comparison.costs.flatMap((cost, column) => {
    if (cost === null) return []
    const dollars = (value: number): string => `$${value.toFixed(4)}`
    const span =
      cost.per1000 === null
        ? none
        : `${dollars(cost.per1000.value)} (${dollars(cost.per1000.low)}–${dollars(cost.per1000.high)})`
    return [
      [
        results[column]?.label ?? '',
        cost.pricePerHour === null ? none : `$${cost.pricePerHour}`,
        withInterval(cost.imagesPerSecond, null),
        span,
        cost.wattHoursPer1000 === null ? none : `${figure(cost.wattHoursPer1000)} Wh`,
        cost.basis,
      ],
    ]
  })
  if (rows.length === 0) return null
  return {
    head: ['', 'Price per hour', 'images/s', '1,000 images', 'GPU energy, 1,000 images', 'From'],
    rows,
    notes: ['One’s own computer is reckoned at $0 an hour unless a price is noted; its electricity is not in it.'],
  }
}
