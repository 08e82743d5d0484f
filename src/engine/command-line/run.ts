import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { ProviderChoice } from '../../shared/contract/models.ts'
import { Tier } from '../../shared/contract/groups.ts'
import { asTwinlensError } from '../../shared/errors.ts'
import { cleanCommand } from './clean-command.ts'
import { exitCodeOf, exitCodes } from './exit-codes.ts'
import { restoreCommand } from './restore-command.ts'
import { scanCommand } from './scan-command.ts'

/** The engine as a command. Returns the exit code; never throws. */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  let code: number = exitCodes.done
  const stopping = new AbortController()
  const stop = (): void => {
    if (stopping.signal.aborted) process.exit(exitCodes.interrupted)
    process.stderr.write('\nStopping after this batch… (once more to stop at once; nothing is lost)\n')
    stopping.abort()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  const program = buildProgram(stopping.signal, (result) => {
    code = result
  })
  try {
    await program.parseAsync([...args], { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.wrongUse
    process.stderr.write(`${asTwinlensError(error).message}\n`)
    return exitCodeOf(error)
  }
}

function buildProgram(signal: AbortSignal, finish: (code: number) => void): Command {
  const program = new Command('twinlens')
    .description(
      'Finds duplicate photos, explains why it thinks so, and removes them without ever losing the last copy.',
    )
    .exitOverride()
    .showHelpAfterError('(--help tells more)')
    .addHelpText(
      'after',
      `
Exit codes: 0 done · 1 done, but some files could not be read or moved · 2 wrong use · 3 backend unusable · 130 interrupted

Examples:
  twinlens scan ~/Pictures --json result.json --html report.html
  twinlens clean result.json                       print what would go; nothing is changed
  twinlens clean result.json --apply               move identical copies to the trash, the oldest stays
  twinlens restore                                 put back what the last clean-up removed`,
    )
  addScan(program, signal, finish)
  addClean(program, signal, finish)
  addRestore(program, signal, finish)
  return program
}

function addScan(program: Command, signal: AbortSignal, finish: (code: number) => void): void {
  program
    .command('scan')
    .description('Scan folders and report duplicates in three tiers: identical files, perceptual hash, AI similarity.')
    .argument('<folder...>', 'folders of photos')
    .option(
      '--catalog <dir>',
      'where results are kept, so that a second scan is quick (default: the app’s own catalog)',
    )
    .option('--json <file>', 'write the result as twinlens/scan-result@1')
    .option('--html <file>', 'write a report page with thumbnails')
    .option('--csv <file>', 'write one row a photo of a group')
    .option('--perceptual-distance <bits>', 'largest Hamming distance of the perceptual tier, 0–10', wholeNumber(0, 10))
    .option('--similarity <cosine>', 'lowest similarity of the AI tier, 0–1', fraction)
    .option('--tiers <list>', 'tiers to look for, comma-separated', tierList, [...Tier.options])
    .option('--include <glob>', 'only files that match (repeatable)', collect, [])
    .option('--exclude <glob>', 'leave out what matches (repeatable)', collect, [])
    .option('--min-bytes <n>', 'leave out smaller files', wholeNumber(0, Number.MAX_SAFE_INTEGER), 0)
    .option('--hidden', 'look into hidden files and folders too', false)
    .option('--follow-links', 'follow symbolic links', false)
    .option(
      '--keep <rule>',
      'which copy of identical files to suggest keeping: oldest, largest, first-folder',
      keepRule,
      'oldest',
    )
    .option('--model <id>', 'model of the AI tier')
    .addOption(new Option('--provider <name>', 'execution provider of the AI tier').choices(ProviderChoice.options))
    .option('--quiet', 'no progress', false)
    .exitOverride()
    .action(async (folders: string[], options: unknown) => finish(await scanCommand(folders, options, signal)))
}

function addClean(program: Command, signal: AbortSignal, finish: (code: number) => void): void {
  program
    .command('clean')
    .description(
      'Plan the removal of duplicates from a scan result; with --apply carry it out. Every file is checked again first.',
    )
    .argument('<result.json>', 'what scan --json wrote')
    .option('--keep <rule>', 'which copy stays: oldest, largest, first-folder', keepRule, 'oldest')
    .option('--tiers <list>', 'tiers to clean; perceptual and ai only when named here', tierList, ['exact'])
    .option('--move-to <dir>', 'move files there, relative paths kept, instead of to the trash')
    .option('--catalog <dir>', 'where the journal is kept (default: the app’s own catalog)')
    .option('--apply', 'carry out the plan', false)
    .exitOverride()
    .action(async (file: string, options: unknown) => finish(await cleanCommand(file, options, signal)))
}

function addRestore(program: Command, signal: AbortSignal, finish: (code: number) => void): void {
  program
    .command('restore')
    .description('Put back what a clean-up removed, each file verified by its hash. Without an id: the newest one.')
    .argument('[journal-id]', 'id of a clean-up, as clean and --list print it')
    .option('--list', 'list the clean-ups instead', false)
    .option('--catalog <dir>', 'where the journal is kept (default: the app’s own catalog)')
    .exitOverride()
    .action(async (id: string | undefined, options: unknown) => finish(await restoreCommand(id, options, signal)))
}

function collect(value: string, earlier: string[]): string[] {
  return [...earlier, value]
}

function wholeNumber(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (Number.isInteger(value) && value >= low && value <= high && text.trim() !== '') return value
    throw new InvalidArgumentError(`Give a whole number from ${low} to ${high}.`)
  }
}

function fraction(text: string): number {
  const value = Number(text)
  if (value >= 0 && value <= 1 && text.trim() !== '') return value
  throw new InvalidArgumentError('Give a number from 0 to 1.')
}

function tierList(text: string): Tier[] {
  const tiers = text.split(',').map((word) => Tier.safeParse(word.trim()))
  if (tiers.every((tier) => tier.success)) return tiers.map((tier) => tier.data)
  throw new InvalidArgumentError(`Give a list of ${Tier.options.join(', ')}.`)
}

function keepRule(text: string): string {
  if (['oldest', 'largest', 'first-folder'].includes(text)) return text
  throw new InvalidArgumentError('Give oldest, largest or first-folder.')
}
