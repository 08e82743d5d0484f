import type { Command } from 'commander'
import { cleanCommand } from './clean-command.ts'
import { keepRule, tierList } from './option-parsers.ts'
import { restoreCommand } from './restore-command.ts'

export function declareClean(program: Command, signal: AbortSignal, finish: (code: number) => void): void {
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

export function declareRestore(program: Command, signal: AbortSignal, finish: (code: number) => void): void {
  program
    .command('restore')
    .description('Put back what a clean-up removed, each file verified by its hash. Without an id: the newest one.')
    .argument('[journal-id]', 'id of a clean-up, as clean and --list print it')
    .option('--list', 'list the clean-ups instead', false)
    .option('--catalog <dir>', 'where the journal is kept (default: the app’s own catalog)')
    .exitOverride()
    .action(async (id: string | undefined, options: unknown) => finish(await restoreCommand(id, options, signal)))
}
