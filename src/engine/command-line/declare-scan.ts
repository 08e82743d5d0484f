import { Option, type Command } from 'commander'
import { Tier } from '../../shared/contract/groups.ts'
import { ProviderChoice } from '../../shared/contract/models.ts'
import { collect, fraction, keepRule, tierList, wholeNumber } from './option-parsers.ts'
import { scanCommand } from './scan-command.ts'
import { addServerOptions, backendOption } from './server-options.ts'

export function declareScan(program: Command, signal: AbortSignal, finish: (code: number) => void): void {
  const command = program
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
    .addOption(backendOption())
    .option('--model <id>', 'model of the AI tier on this computer')
    .addOption(
      new Option('--provider <name>', 'execution provider of the AI tier on this computer').choices(
        ProviderChoice.options,
      ),
    )
  addServerOptions(command)
    .option('--quiet', 'no progress', false)
    .exitOverride()
    .addHelpText(
      'after',
      `
Examples:
  twinlens scan ~/Pictures --json result.json
  twinlens scan ~/Pictures --backend triton --triton-url grpc://gpu-box:8004 --input uint8
  TWINLENS_TOKEN=… twinlens scan ~/Pictures --backend auto --pytorch-url https://gpu.example.com --triton-url http://10.0.0.5:8003`,
    )
    .action(async (folders: string[], options: unknown) => finish(await scanCommand(folders, options, signal)))
}
