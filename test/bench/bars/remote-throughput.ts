import { LoadProcess } from '../../../src/engine/benchmarking/load-process.ts'
import type { ServerAccess } from '../../../src/engine/embedding/remote/inference-client.ts'
import type { Preprocessing } from '../../../src/shared/contract/photo.ts'
import type { InputOffer } from '../../../src/shared/contract/servers.ts'
import type { TritonServer } from '../../support/servers/start-triton.ts'
import { measured, median, type BarResult } from '../bar.ts'
import { runPerfAnalyzer, type PerfAnalyzerFigures } from '../perf-analyzer.ts'
import type { Bench } from '../workspace.ts'

/** An address and one offer of it. */
export interface Way {
  access: ServerAccess
  offer: InputOffer
}

const levels = [
  { concurrency: 1, bar: 0.95 },
  { concurrency: 4, bar: 0.95 },
  { concurrency: 16, bar: 0.95 },
  { concurrency: 32, bar: 0.9 },
] as const

const seed = 1
/** Both tools count requests that end in three windows of this length. */
const windowMs = 600
const timeoutMs = 30_000

/** The benchmark's load generator in its process: what a scan's clients do, driven without a scan. */
async function ourFigures(load: LoadProcess, concurrency: number): Promise<PerfAnalyzerFigures & { cpuMs: number }> {
  const outcome = await load.load(
    1,
    { kind: 'steady', concurrency, windowMs, minPerWindow: 1, maxWindows: 3, maxMs: timeoutMs },
    { timeoutMs, warmUp: 3, giveUpAfterTimeouts: 3 },
  )
  const [failure] = outcome.failures
  if (failure !== undefined) throw new Error(`${failure.count} requests failed: ${failure.message}`)
  const sorted = outcome.latency.samples.toSorted()
  // As perf_analyzer takes it: the sample at ⌊p · (n − 1) + 0.5⌋.
  const percentile = (p: number): number => sorted[Math.floor(p * (sorted.length - 1) + 0.5)] ?? NaN
  const rate = (outcome.images / outcome.wallMs) * 1000
  return { rate, p50Ms: percentile(0.5), p95Ms: percentile(0.95), cpuMs: outcome.cpuMsPerRequest ?? NaN }
}

/** Opens the load generator on one way. */
export async function openLoad({ access, offer }: Way, preprocessing: Preprocessing): Promise<LoadProcess> {
  const load = new LoadProcess()
  await load.open({ kind: 'remote', endpoints: [{ access, offer }], preprocessing }, seed)
  return load
}

/** Our client against perf_analyzer on the same server, in turns; the ratio of each turn is a sample. */
export async function measureThroughput(
  bench: Bench,
  triton: TritonServer,
  { access, offer }: Way,
  preprocessing: Preprocessing,
): Promise<BarResult[]> {
  const { transport, model } = offer
  const port = transport === 'http' ? triton.port : new URL(triton.grpcUrl).port
  const address = `127.0.0.1:${port}`
  const load = await openLoad({ access, offer }, preprocessing)
  const results: BarResult[] = []
  try {
    for (const { concurrency, bar } of levels) {
      bench.say(`remote: Triton ${transport}, ${concurrency} at a time`)
      const ours: (PerfAnalyzerFigures & { cpuMs: number })[] = []
      const theirs: PerfAnalyzerFigures[] = []
      const parts = [
        async () => void ours.push(await ourFigures(load, concurrency)),
        async () => void theirs.push(await runPerfAnalyzer({ transport, address, model, concurrency, windowMs })),
      ]
      for (let run = 0; run < bench.runs; run++) {
        for (let part = 0; part < parts.length; part++) await parts[(part + run) % parts.length]?.()
      }
      const ratios = ours.map(({ rate }, run) => rate / (theirs[run]?.rate ?? NaN))
      const rates = (figures: readonly PerfAnalyzerFigures[]): string => whole(figures.map(({ rate }) => rate))
      const basis = `ours ${rates(ours)}/s, perf_analyzer ${rates(theirs)}/s, our CPU ${median(ours.map(({ cpuMs }) => cpuMs)).toFixed(2)} ms a request`
      results.push(
        measured(
          `Triton ${transport} FP32, ${concurrency} at a time / perf_analyzer`,
          { side: 'at-least', value: bar, unit: 'ratio' },
          ratios,
          basis,
        ),
        ...(['p50Ms', 'p95Ms'] as const).map((field) =>
          besideEachOther(
            `Triton ${transport} FP32, ${concurrency} at a time, ${field.slice(0, 3)}`,
            ours.map((figures) => figures[field]),
            theirs.map((figures) => figures[field]),
          ),
        ),
      )
    }
    return results
  } finally {
    await load.close()
  }
}

/** Two tools on the same thing agree when their medians lie no further apart than the runs of either do. */
function besideEachOther(what: string, ours: readonly number[], theirs: readonly number[]): BarResult {
  const spread = (values: readonly number[]): number => Math.max(...values) - Math.min(...values)
  const range = (values: readonly number[]): string =>
    `${median(values).toFixed(2)} ms (${Math.min(...values).toFixed(2)}–${Math.max(...values).toFixed(2)})`
  const apart = Math.abs(median(ours) - median(theirs)) / Math.max(spread(ours), spread(theirs))
  return measured(
    `${what}: distance from perf_analyzer's / spread of either`,
    { side: 'at-most', value: 1, unit: 'ratio' },
    [apart],
    `ours ${range(ours)}, perf_analyzer ${range(theirs)}`,
  )
}

function whole(values: readonly number[]): string {
  return median(values).toFixed(0)
}
