import { dirname, join, resolve } from 'node:path'
import type { Command } from 'commander'
import type { BenchmarkResult, RunNotes } from '../../shared/contract/benchmark.ts'
import { ScanOptions } from '../../shared/contract/scan.ts'
import type { FilePath } from '../../shared/domain/file-path.ts'
import { TwinlensError } from '../../shared/errors.ts'
import { isResumable } from '../benchmarking/results-entry.ts'
import { readResults } from '../benchmarking/results-read.ts'
import { planOfConfig } from '../benchmarking/run-settings.ts'
import { isFolder, readText, writeReport } from '../files/folder-state.ts'
import { nameOf } from '../files/native-path.ts'
import { walk } from '../files/walk.ts'
import { looksLikePhotoName } from '../imaging/sniff.ts'
import type { LibrarySession } from '../library-session.ts'
import { runBenchmark, type BenchmarkEnd, type TargetRequest } from '../run-benchmark.ts'
import { declareRun, planOf, readNotes, readOptions, targetsOf, type BenchmarkOptions } from './benchmark-options.ts'
import { benchmarkPrinter, printBenchmark } from './benchmark-printer.ts'
import { compareCommand, declareCompare, declareReport, reportCommand } from './benchmark-report-commands.ts'
import { checkThreshold, parseThreshold, type Threshold } from './benchmark-thresholds.ts'
import { exitCodeOf, exitCodes } from './exit-codes.ts'
import { openSession, resourcesDir } from './open-session.ts'
import { startServer } from './started-server.ts'

/** `benchmark`: a run, and `compare` and `report` of results below it. */
export function declareBenchmark(program: Command, signal: AbortSignal, finish: (code: number) => void): void {
  // An option that `compare` has, too, belongs to it when it stands behind it.
  const command = declareRun(program.command('benchmark').enablePositionalOptions())
  command.action(async (options: unknown) => finish(await benchmarkCommand(options, signal)))
  declareCompare(command.command('compare'))
    .exitOverride()
    .action(async (files: string[], options: unknown) => finish(await compareCommand(files, options)))
  declareReport(command.command('report'))
    .exitOverride()
    .action(async (files: string[], options: unknown) => finish(await reportCommand(files, options)))
}

/** `benchmark`: measures, prints a summary. Returns the exit code. */
async function benchmarkCommand(rawOptions: unknown, signal: AbortSignal): Promise<number> {
  const options = readOptions(rawOptions)
  const thresholds = options.failIf.map(parseThreshold)
  const notes = readNotes(options.notes)
  const targets = await targetsOf(options)
  if (options.output !== undefined) await mustHaveFolder(resolve(options.output))
  const resume = options.resume === undefined ? null : await readInterrupted(resolve(options.resume), targets)
  const session = await openSession(options.catalog)
  const started = await startedFor(options, targets, signal).catch(async (error: unknown) => {
    await session.close()
    throw error
  })
  try {
    const end = await measure(session, { options, targets: started.targets, notes, resume, signal })
    for (const [at, id] of end.ids.entries()) {
      const result = end.results[at]
      if (result !== undefined) printBenchmark(result, join(resultsDirOf(options), id), process.stdout)
      if (result !== undefined && options.output !== undefined) await copyResult(options, id, result, end.ids.length)
    }
    for (const problem of end.problems) process.stderr.write(`${problem.message}\n`)
    if (end.cancelled) return exitCodes.interrupted
    return exitCodeFor(end, thresholds)
  } finally {
    await started.stop()
    await session.close()
  }
}

/** The targets, with how long the one that `--start` starts took to be ready. */
async function startedFor(
  { start }: BenchmarkOptions,
  targets: TargetRequest[],
  signal: AbortSignal,
): Promise<{ targets: TargetRequest[]; stop(): Promise<void> }> {
  if (start === undefined) return { targets, stop: () => Promise.resolve() }
  const [target, ...others] = targets
  if (target?.kind !== 'server' || others.length > 0)
    throw new TwinlensError('invalid-request', '--start takes one server: name its address, and no other backend.')
  const { readyMs, stop } = await startServer(start, target.access, signal)
  return { targets: [{ ...target, readyMs }], stop }
}

/** Told before minutes are spent on measuring. */
async function mustHaveFolder(output: FilePath): Promise<void> {
  if (await isFolder(dirname(output))) return
  throw new TwinlensError(
    'destination-unusable',
    `--output: there is no folder ${dirname(output)}. Nothing was measured.`,
  )
}

interface Request {
  options: BenchmarkOptions
  targets: TargetRequest[]
  notes: RunNotes | null
  resume: BenchmarkResult | null
  signal: AbortSignal
}

async function measure(
  session: LibrarySession,
  { options, targets, notes, resume, signal }: Request,
): Promise<BenchmarkEnd> {
  const { backends, catalog } = session
  const printer = options.quiet ? null : benchmarkPrinter(process.stderr)
  try {
    return await runBenchmark({
      plan: {
        ...(resume === null ? planOf(options) : planOfConfig(resume.config)),
        ...(notes === null ? {} : { notes: targets.map(() => notes) }),
      },
      targets,
      local: backends.local,
      twin: await backends.twin(),
      kv: catalog.kv,
      resourcesDir,
      resultsDir: resultsDirOf(options),
      photos: options.photos === undefined ? null : () => photosIn(resolve(options.photos ?? ''), signal),
      ...(options.resume === undefined ? {} : { resumeId: idOf(options.resume) }),
      signal,
      onProgress: (progress) => printer?.show(progress),
    })
  } finally {
    printer?.end()
  }
}

function resultsDirOf({ results, resume }: BenchmarkOptions): string {
  return resume === undefined ? resolve(results) : resolve(resume, '..')
}

function idOf(file: string): string {
  return resolve(file).split(/[\\/]/).at(-1) ?? file
}

async function readInterrupted(path: string, targets: readonly TargetRequest[]): Promise<BenchmarkResult> {
  const [result] = await readResults(path)
  if (result === undefined || !isResumable(result)) {
    throw new TwinlensError('invalid-request', `${path} is finished, or was not measured here: nothing to go on with.`)
  }
  const [target] = targets
  const kind = target?.kind === 'server' ? target.access.kind : target?.kind
  if (targets.length !== 1 || kind !== result.backend) {
    throw new TwinlensError('invalid-request', `${path} is of ${result.backend}: name that backend, and no other.`)
  }
  return result
}

async function photosIn(folder: FilePath, signal: AbortSignal): Promise<FilePath[]> {
  const photos: FilePath[] = []
  for await (const batch of walk([folder], { ...ScanOptions.parse({}), signal })) {
    for (const entry of batch) {
      if (entry.kind === 'file' && looksLikePhotoName(nameOf(entry.path))) photos.push(entry.path)
    }
  }
  return photos
}

async function copyResult(
  options: BenchmarkOptions,
  id: string,
  result: BenchmarkResult,
  count: number,
): Promise<void> {
  const output = resolve(options.output ?? '')
  const target = count === 1 ? output : output.replace(/(\.json)?$/, `.${result.backend}.json`)
  await writeReport(target, await readText(join(resultsDirOf(options), id)))
  process.stdout.write(`Written: ${target}\n`)
}

function exitCodeFor(end: BenchmarkEnd, thresholds: readonly Threshold[]): number {
  let code: number = end.problems.length > 0 ? exitCodes.doneWithProblems : exitCodes.done
  for (const result of end.results) {
    const failed = result.phases?.filter(({ state }) => state === 'failed') ?? []
    const unready = failed.find(({ phase }) => phase === 'readiness')
    if (unready !== undefined && end.results.length === 1) {
      return exitCodeOf(
        new TwinlensError(unready.code === 'busy' ? 'backend-unusable' : (unready.code ?? 'internal'), ''),
      )
    }
    if (failed.length > 0) code = exitCodes.doneWithProblems
    for (const threshold of thresholds) {
      const verdict = checkThreshold(threshold, result)
      if (verdict.kind === 'kept') continue
      code = exitCodes.doneWithProblems
      const what = verdict.kind === 'hit' ? `it is ${verdict.value}` : 'it was not measured'
      process.stderr.write(`${result.label}: ${threshold.text}: ${what}.\n`)
    }
  }
  return code
}
