import { InvalidArgumentError, Option, type Command } from 'commander'
import { z } from 'zod'
import { BenchmarkPhase } from '../../shared/contract/benchmark-measures.ts'
import { BenchmarkPlan } from '../../shared/contract/benchmark-run.ts'
import { BenchmarkPreset, RunNotes } from '../../shared/contract/benchmark.ts'
import { ProviderChoice } from '../../shared/contract/models.ts'
import type { ServerDraft } from '../../shared/contract/servers.ts'
import { TwinlensError } from '../../shared/errors.ts'
import type { ServerAccess } from '../embedding/remote/inference-client.ts'
import type { TargetRequest } from '../run-benchmark.ts'
import { collect, collectList, wholeNumber } from './option-parsers.ts'
import { addServerOptions, serverDrafts, ServerOptions } from './server-options.ts'

const BenchmarkOptions = ServerOptions.extend({
  backend: z.array(z.enum(['local', 'pytorch', 'triton'])),
  tritonMetricsUrl: z.string().optional(),
  preset: BenchmarkPreset.optional(),
  phases: z.array(BenchmarkPhase).optional(),
  iterations: z.number().optional(),
  batchSizes: z.array(z.number()).optional(),
  concurrency: z.number().optional(),
  concurrentRequests: z.number().optional(),
  warmup: z.number().optional(),
  sweep: z.array(z.number()).optional(),
  rates: z.array(z.number()).optional(),
  timeout: z.number().optional(),
  seed: z.number().optional(),
  model: z.string().optional(),
  provider: ProviderChoice.optional(),
  threads: z.number().optional(),
  photos: z.string().optional(),
  notes: z.array(z.string()),
  output: z.string().optional(),
  results: z.string(),
  resume: z.string().optional(),
  start: z.string().optional(),
  failIf: z.array(z.string()),
  onlyAlone: z.boolean(),
  catalog: z.string().optional(),
  quiet: z.boolean(),
})
export type BenchmarkOptions = z.infer<typeof BenchmarkOptions>

/** @throws TwinlensError `invalid-request`, naming the option */
export function readOptions(raw: unknown): BenchmarkOptions {
  const parsed = BenchmarkOptions.safeParse(raw)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new TwinlensError(
    'invalid-request',
    `--${String(issue?.path[0] ?? '')}: ${issue?.message ?? 'not understood'}.`,
  )
}

/** Declares what a run takes; the caller adds the action. */
export function declareRun(command: Command): Command {
  const many = wholeNumber(1, 1_000_000)
  addServerOptions(command)
    .description('Measure how fast a backend is: single, batch and concurrent requests, and what they depend on.')
    .addOption(
      new Option(
        '--backend <names>',
        'local, pytorch, triton; several are measured in turns (default: those with an address, else local)',
      )
        .argParser(collectList)
        .default([], ''),
    )
    .option('--triton-metrics-url <url>', 'Triton’s metrics port, such as http://host:8005/metrics')
    .addOption(
      new Option('--preset <name>', 'quick: under a minute; documented: as published; thorough: every phase').choices(
        BenchmarkPreset.options.filter((preset) => preset !== 'custom'),
      ),
    )
    .option('--phases <list>', `only these, of ${BenchmarkPhase.options.join(', ')}`, phaseList)
    .option(
      '--iterations <n>',
      'requests of the single and batch phases (50); a p90 needs 64, a p95 130, a p99 662',
      many,
    )
    .option('--batch-sizes <list>', 'pictures in a request (1,4,8,16,32)', numberList)
    .option('--concurrency <n>', 'workers of the concurrent phase (16)', wholeNumber(1, 1024))
    .option('--concurrent-requests <n>', 'requests of the concurrent phase (200)', many)
    .option('--warmup <n>', 'requests ahead of the clock (3)', wholeNumber(0, 1000))
    .option('--sweep <list>', 'concurrencies of the sweep (1,2,4,8,16,32,64,128)', numberList)
    .option(
      '--rates <list>',
      'requests per second of the open loop (default: shares of the best throughput)',
      numberList,
    )
    .option('--timeout <seconds>', 'longest time for one request (120)', wholeNumber(1, 3600))
    .option('--seed <n>', 'of pictures and arrivals (1)', wholeNumber(0, 2 ** 31 - 1))
    .option('--model <id>', 'local model')
    .addOption(new Option('--provider <name>', 'execution provider of the local model').choices(ProviderChoice.options))
    .option('--threads <n>', 'threads of the local model on the CPU', wholeNumber(1, 256))
    .option('--photos <folder>', 'photos for the pipeline phase; nothing is changed in it')
    .option(
      '--notes <key=value>',
      `travel with the result: ${Object.keys(RunNotes.shape).join(', ')} (repeatable)`,
      collect,
      [],
    )
    .option('--output <file>', 'copy the result here; with several backends the backend’s name is put before .json')
    .option('--results <dir>', 'history of results', 'benchmark_results')
    .option(
      '--start <command>',
      'start the server with this, measure how long it takes to be ready, and stop it at the end',
    )
    .option('--resume <file>', 'go on with an interrupted result')
    .option(
      '--fail-if <condition>',
      'exit with 1 when it holds, such as concurrent.p95_ms>500 (repeatable)',
      collect,
      [],
    )
    .option('--only-alone', 'stop when another backend answers on the same host', false)
    .option('--catalog <dir>', 'catalog to open (default: the app’s own)')
    .option('--quiet', 'no progress', false)
    .exitOverride()
  return command.addHelpText(
    'after',
    `
Exit codes: 0 done · 1 a phase failed or a --fail-if condition holds · 2 wrong use · 3 backend unusable · 130 interrupted

Examples:
  twinlens benchmark --preset quick --triton-url http://gpu-box:8003 --triton-metrics-url http://gpu-box:8005/metrics
  twinlens benchmark --backend pytorch --pytorch-url http://gpu-box:8002 --output pytorch.json --fail-if 'concurrent.p95_ms>500'
  twinlens benchmark --pytorch-url http://localhost:8002 --start 'resources/servers/pytorch/start-cpu.sh ~/pytorch'`,
  )
}

/** @throws TwinlensError `invalid-request` */
export function planOf(options: BenchmarkOptions): Omit<BenchmarkPlan, 'targets'> {
  const numbers = {
    iterations: options.iterations,
    batchSizes: options.batchSizes,
    concurrency: options.concurrency,
    concurrentRequests: options.concurrentRequests,
    warmupIterations: options.warmup,
    sweepConcurrency: options.sweep,
    openLoopRates: options.rates,
    timeoutSeconds: options.timeout,
    seed: options.seed,
    phases: options.phases,
  }
  const given = Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== undefined))
  const parsed = BenchmarkPlan.omit({ targets: true }).safeParse({
    preset: options.preset ?? 'documented',
    continueWhenBothUp: !options.onlyAlone,
    ...given,
  })
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const field = String(issue?.path[0] ?? '')
  const name = shortNames[field] ?? field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  throw new TwinlensError('invalid-request', `--${name}: ${issue?.message ?? 'not understood'}.`)
}

/** Options that are called otherwise than their field of the plan. */
const shortNames: Readonly<Record<string, string>> = {
  warmupIterations: 'warmup',
  sweepConcurrency: 'sweep',
  openLoopRates: 'rates',
  timeoutSeconds: 'timeout',
}

/** One target a backend; more addresses of a kind are the other servers of the scaling phase. */
export async function targetsOf(options: BenchmarkOptions): Promise<TargetRequest[]> {
  const drafts = await serverDrafts(options)
  const named = (['pytorch', 'triton'] as const).filter((kind) => drafts.some((draft) => draft.kind === kind))
  const chosen = options.backend.length > 0 ? options.backend : named.length > 0 ? named : (['local'] as const)
  return [...new Set(chosen)].map((kind): TargetRequest => {
    if (kind === 'local') {
      const { model = null, provider = null, threads } = options
      return { kind: 'local', model, provider, ...(threads === undefined ? {} : { threads }) }
    }
    const [first, ...others] = drafts.filter((draft) => draft.kind === kind).map((draft) => accessOf(draft, options))
    if (first === undefined) {
      throw new TwinlensError('invalid-request', `Give the address of the ${kind} server with --${kind}-url.`)
    }
    const model = kind === 'triton' ? (options.tritonModel ?? null) : null
    return { kind: 'server', access: first, others, model, transport: null, format: options.input }
  })
}

function accessOf(
  { kind, url, token = null, headers, certificate = null }: ServerDraft,
  options: BenchmarkOptions,
): ServerAccess {
  const metricsUrl = kind === 'triton' ? (options.tritonMetricsUrl ?? null) : null
  return { kind, url, token, headers: headers ?? {}, certificate, metricsUrl }
}

/** What was noted; null when nothing was. @throws TwinlensError `invalid-request` */
export function readNotes(pairs: readonly string[]): RunNotes | null {
  if (pairs.length === 0) return null
  const entries = pairs.map((pair): [string, string | number] => {
    const at = pair.indexOf('=')
    const [key, value] = [pair.slice(0, at).trim(), pair.slice(at + 1).trim()]
    return [key, key === 'price_per_hour' ? Number(value) : value]
  })
  const parsed = RunNotes.strict().safeParse(Object.fromEntries(entries))
  if (parsed.success) return parsed.data
  throw new TwinlensError(
    'invalid-request',
    `--notes takes key=value with one of ${Object.keys(RunNotes.shape).join(', ')}; price_per_hour is a number.`,
  )
}

function phaseList(text: string): BenchmarkPhase[] {
  const phases = text.split(',').map((word) => BenchmarkPhase.safeParse(word.trim()))
  if (phases.every((phase) => phase.success)) return phases.map((phase) => phase.data)
  throw new InvalidArgumentError(`Give a list of ${BenchmarkPhase.options.join(', ')}.`)
}

function numberList(text: string): number[] {
  const numbers = text.split(',').map(Number)
  if (numbers.every((value) => Number.isFinite(value) && value > 0)) return numbers
  throw new InvalidArgumentError('Give numbers above 0, divided by commas.')
}
