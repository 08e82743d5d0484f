import { sectionOf, type BenchmarkResult } from '../../shared/contract/benchmark.ts'
import { type BenchmarkDifference } from '../../shared/contract/benchmark-comparison.ts'

/**
 * [Note: What may be compared]
 * Speed is only ranked on the same work: same GPUs, same settings, same model, same pictures, same client. Transport and input
 * format are what is being compared, so they may differ. Of the model the parity check is the judge (a server seldom tells a hash,
 * and an engine built of the same network has another one); without its verdict hashes decide, then names. A result that does not
 * tell its model or pictures is only ranked with those of the same run.
 */
export interface Fairness {
  differences: BenchmarkDifference[]
  /** Whether the columns that are left may be ranked. */
  rankable: boolean
  /** Columns whose parity check failed: they get no ranking, whatever the others do. */
  excluded: number[]
}

const comparedSettings = [
  'iterations',
  'batch_sizes',
  'concurrency',
  'concurrent_requests',
  'warmup_iterations',
] as const

/** What stands between results and a fair comparison. See [Note: What may be compared]. */
export function fairnessOf(results: readonly BenchmarkResult[]): Fairness {
  const excluded = results.flatMap((result, column) => (parityOf(result) === 'different-model' ? [column] : []))
  const kept = results.map((_, column) => !excluded.includes(column))
  const among = <T>(values: readonly T[]): T[] => values.filter((_, column) => kept[column])
  const between = [
    gpuDifference(results, among),
    ...comparedSettings.map((name) => settingDifference(results, name, among)),
    modelDifference(results, among),
    imageSetDifference(results, among),
    clientDifference(results, among),
    untoldDifference(results, among),
  ].filter((difference) => difference !== null)
  return {
    differences: [...parityDifferences(results), ...between],
    rankable: between.length === 0 && results.length - excluded.length > 0,
    excluded,
  }
}

type Among = <T>(values: readonly T[]) => T[]

function parityOf(result: BenchmarkResult): string | undefined {
  return sectionOf(result).parity?.verdict
}

function parityDifferences(results: readonly BenchmarkResult[]): BenchmarkDifference[] {
  return results.flatMap((result) => {
    if (parityOf(result) !== 'different-model') return []
    const reason = sectionOf(result).parity?.reason ?? ''
    return [
      {
        kind: 'parity' as const,
        what: 'parity',
        values: results.map((each) => parityOf(each) ?? null),
        message: `${result.label} computes something else, so its speed is not ranked. ${reason}`.trim(),
      },
    ]
  })
}

function gpuName(result: BenchmarkResult): string {
  const { name, count } = result.gpu_specs
  return count > 1 ? `${count} × ${name}` : name
}

/** Names differ in the makers' prefixes and in case: `NVIDIA GeForce RTX 4080`, `rtx4080`. */
function gpuKey(result: BenchmarkResult): string {
  const name = result.gpu_specs.name.replace(/nvidia|geforce|tesla/gi, '')
  return `${Math.max(1, result.gpu_specs.count)} ${name.replaceAll(/[^a-z0-9]/gi, '').toLowerCase()}`
}

function gpuDifference(results: readonly BenchmarkResult[], among: Among): BenchmarkDifference | null {
  if (new Set(among(results.map(gpuKey))).size <= 1) return null
  return {
    kind: 'gpu',
    what: 'gpu_specs',
    values: results.map(gpuName),
    message: `Measured on different hardware (${[...new Set(among(results.map(gpuName)))].join('; ')}): no ratio, cost or winner is given.`,
  }
}

function settingDifference(
  results: readonly BenchmarkResult[],
  name: (typeof comparedSettings)[number],
  among: Among,
): BenchmarkDifference | null {
  const values = results.map((result) => {
    const value = result.config[name]
    return value === undefined ? null : Array.isArray(value) ? value.join(', ') : String(value)
  })
  const told = among(values).filter((value) => value !== null)
  if (new Set(told).size <= 1) return null
  return {
    kind: 'config',
    what: name,
    values,
    message: `Measured with different settings (${name}: ${[...new Set(told)].join(' against ')}).`,
  }
}

function modelDifference(results: readonly BenchmarkResult[], among: Among): BenchmarkDifference | null {
  const told = among(results).flatMap((result) => {
    const model = result.environment?.model
    return model === undefined ? [] : [{ model, agreed: ['equal', 'usable'].includes(parityOf(result) ?? '') }]
  })
  const dimensions = new Set(told.flatMap(({ model }) => model.dimension ?? []))
  const first = told[0]
  const same = told.every(({ model, agreed }) => {
    if (first === undefined || (agreed && first.agreed)) return true
    if (model.sha256 !== null && first.model.sha256 !== null) return model.sha256 === first.model.sha256
    return model.name === first.model.name
  })
  if (same && dimensions.size <= 1) return null
  return {
    kind: 'model',
    what: 'model',
    values: results.map((result) => result.environment?.model.name ?? null),
    message: 'Different models were measured, and the parity check does not call them equal.',
  }
}

function imageSetDifference(results: readonly BenchmarkResult[], among: Among): BenchmarkDifference | null {
  const hashes = results.map((result) => result.environment?.image_set.hash ?? null)
  if (new Set(among(hashes).filter((hash) => hash !== null)).size <= 1) return null
  return { kind: 'image-set', what: 'image_set', values: hashes, message: 'Different pictures were sent.' }
}

function clientDifference(results: readonly BenchmarkResult[], among: Among): BenchmarkDifference | null {
  const clients = results.map(({ environment }) =>
    environment === undefined ? null : `${environment.cpu}, ${environment.cores} cores`,
  )
  if (new Set(among(clients).filter((client) => client !== null)).size <= 1) return null
  return { kind: 'config', what: 'client', values: clients, message: 'Measured from different computers.' }
}

function untoldDifference(results: readonly BenchmarkResult[], among: Among): BenchmarkDifference | null {
  const kept = among(results)
  const untold = kept.filter((result) => result.environment === undefined)
  if (untold.length === 0 || kept.length < 2 || new Set(kept.map(runOf)).size === 1) return null
  const names = untold.length > 3 ? `${untold.length} results` : untold.map((result) => result.label).join('; ')
  return {
    kind: 'source',
    what: 'environment',
    values: results.map((result) => (result.environment === undefined ? null : 'told')),
    message: `${names}: the source does not tell model and pictures, so it is for reference only.`,
  }
}

/** Series of one session: files of one run, or series of one foreign file. */
function runOf(result: BenchmarkResult): string {
  return result.source?.kind === 'imported' ? (result.source.file ?? result.run_id) : result.run_id
}
