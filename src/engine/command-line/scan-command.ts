import { resolve } from 'node:path'
import { z } from 'zod'
import { Tier } from '../../shared/contract/groups.ts'
import { ProviderChoice } from '../../shared/contract/models.ts'
import { ScanOptions } from '../../shared/contract/scan.ts'
import type { ScanResult } from '../../shared/contract/scan-result.ts'
import { displayPath } from '../../shared/domain/file-path.ts'
import { searchRecallText } from '../../shared/domain/search-recall-text.ts'
import { TwinlensError } from '../../shared/errors.ts'
import { buildHtmlReport, buildScanResult } from '../export-report.ts'
import { writeReport } from '../files/folder-state.ts'
import type { LibrarySession } from '../library-session.ts'
import { csvReport } from '../reporting/csv-report.ts'
import { exitCodeOf, exitCodes } from './exit-codes.ts'
import { openSession } from './open-session.ts'
import { describeBackend, progressPrinter } from './progress-bar.ts'
import { BackendOption, chooseBackend, ServerOptions } from './server-options.ts'

const Options = z.object({
  catalog: z.string().optional(),
  json: z.string().optional(),
  html: z.string().optional(),
  csv: z.string().optional(),
  perceptualDistance: z.number().optional(),
  similarity: z.number().optional(),
  tiers: z.array(Tier),
  include: z.array(z.string()),
  exclude: z.array(z.string()),
  minBytes: z.number(),
  hidden: z.boolean(),
  followLinks: z.boolean(),
  keep: z.enum(['oldest', 'largest', 'first-folder']),
  model: z.string().optional(),
  provider: ProviderChoice.optional(),
  backend: BackendOption,
  ...ServerOptions.shape,
  quiet: z.boolean(),
})
type Options = z.infer<typeof Options>

/** `scan`: scans, matches, writes the asked-for files and a summary. Returns the exit code. */
export async function scanCommand(
  folders: readonly string[],
  rawOptions: unknown,
  signal: AbortSignal,
): Promise<number> {
  const options = Options.parse(rawOptions)
  const paths = folders.map((folder) => resolve(folder))
  const session = await openSession(options.catalog)
  try {
    const folderIds = await session.addFolders(paths)
    if (options.model !== undefined || options.provider !== undefined) {
      const { model, choice } = await session.backends.status()
      await session.backends.local.choose(
        { model: options.model ?? model, provider: options.provider ?? choice },
        false,
      )
    }
    await chooseBackend(session.backends, options.backend, options)
    const result = await scan(session, options, paths, folderIds, signal)
    return result.unreadable.length > 0 ? exitCodes.doneWithProblems : exitCodes.done
  } finally {
    await session.close()
  }
}

async function scan(
  session: LibrarySession,
  options: Options,
  paths: readonly string[],
  folderIds: readonly number[],
  signal: AbortSignal,
): Promise<ScanResult> {
  const printer = options.quiet ? null : progressPrinter(process.stderr)
  const scanOptions = ScanOptions.parse(options)
  const stopWatching = printer
    ? session.watch((event) => {
        if (event.type === 'scan') printer.show(event.progress)
      })
    : () => undefined
  // Before the backend is opened: a server that does not answer must not hold up Ctrl-C.
  const cancel = (): void => session.scan?.cancel()
  signal.addEventListener('abort', cancel, { once: true })
  const starting = session.startScan({ folderIds, options: scanOptions, tiers: options.tiers, live: false })
  if (signal.aborted) cancel()
  const running = await starting.catch((error: unknown) => {
    throw notStarted(error, session.backends.mode !== 'local', options.tiers)
  })
  const last = await running.done
  stopWatching()
  printer?.end()
  if (last.phase === 'cancelled')
    throw new TwinlensError('cancelled', 'Stopped. What was finished is kept; scan again to go on.')
  if (last.phase === 'failed')
    throw new TwinlensError(last.code, `${last.message} What was finished is kept; scan again to go on.`)
  const review = await session.reviewOf(paths, options.keep, {
    ...(options.perceptualDistance === undefined ? {} : { perceptualDistance: options.perceptualDistance }),
    ...(options.similarity === undefined ? {} : { similarity: options.similarity }),
  })
  const result = buildScanResult(session, review, {
    tiers: options.tiers,
    stats: last.phase === 'finished' ? last.stats : null,
    backend: last.backend,
    folders: paths,
  })
  if (options.json !== undefined) await writeReport(resolve(options.json), `${JSON.stringify(result, null, 2)}\n`)
  if (options.csv !== undefined) await writeReport(resolve(options.csv), csvReport(result))
  if (options.html !== undefined)
    await writeReport(resolve(options.html), await buildHtmlReport(session, review, result))
  printSummary(result, options)
  return result
}

/** Why the scan could not begin, and what can be done without that backend. */
function notStarted(error: unknown, remote: boolean, tiers: readonly Tier[]): unknown {
  if (!(error instanceof TwinlensError) || exitCodeOf(error) !== exitCodes.backendUnusable) return error
  const others = tiers.filter((tier) => tier !== 'ai').join(',') || 'exact,perceptual'
  const ways = `${remote ? '--backend local, or ' : ''}--tiers ${others}`
  return new TwinlensError(error.code, `${error.message} The scan was not begun. Without it: ${ways}.`, {
    cause: error,
  })
}

function printSummary(result: ScanResult, options: Options): void {
  const numbers = new Intl.NumberFormat('en')
  const say = (line: string): void => void process.stdout.write(`${line}\n`)
  const { stats, backend } = result
  say(
    `${numbers.format(result.photos)} photos, ${numbers.format(Math.round(result.bytes / 1e6))} MB, in ${stats.seconds.toFixed(1)} s (${stats.photosPerSecond.toFixed(0)} photos/s); ${numbers.format(stats.decoded)} decoded, ${numbers.format(stats.reused)} known before.`,
  )
  if (backend !== null) {
    const why = backend.fallbackReason === null ? '' : ` ${backend.fallbackReason}`
    say(`AI tier: ${describeBackend(backend)}.${why}`)
  }
  for (const tier of options.tiers) {
    const groups = result.groups.filter((group) => group.tier === tier)
    const members = groups.reduce((sum, group) => sum + group.members.length, 0)
    say(`${tier.padEnd(10)} ${numbers.format(groups.length)} groups of ${numbers.format(members)} photos`)
  }
  if (options.tiers.includes('ai') && result.searchRecall !== null)
    say(`AI tier: ${searchRecallText(result.searchRecall)}.`)
  if (result.unreadable.length > 0) {
    say(`${numbers.format(result.unreadable.length)} files could not be read:`)
    for (const file of result.unreadable.slice(0, 10)) say(`  ${file.code}: ${displayPath(file.path)}`)
    if (result.unreadable.length > 10) say('  … all of them are in the JSON and HTML results.')
  }
  for (const file of [options.json, options.html, options.csv]) if (file !== undefined) say(`Written: ${file}`)
}
