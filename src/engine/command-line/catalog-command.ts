import { homedir } from 'node:os'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { z } from 'zod'
import { catalogFolder, dataFolder } from '../../shared/data-folder.ts'
import { checkClosedCatalog } from '../catalog/check-files.ts'
import { exitCodes } from './exit-codes.ts'

const Options = z.object({ catalog: z.string().optional() })

export function declareCatalog(program: Command, _signal: AbortSignal, finish: (code: number) => void): void {
  const catalog = program.command('catalog').description('The catalog on this computer.').exitOverride()
  catalog
    .command('check')
    .description('Check every page, index and reference of the catalog; nothing is changed.')
    .option('--catalog <dir>', 'catalog to check (default: the app’s own)')
    .exitOverride()
    .action((options: unknown) => finish(checkCatalog(options)))
}

/** `catalog check`: exit code 0 when all files are sound, 1 when one is not. */
function checkCatalog(rawOptions: unknown): number {
  const { catalog } = Options.parse(rawOptions)
  const dataDir = dataFolder({ platform: process.platform, env: process.env, home: homedir() })
  const dir = catalog === undefined ? catalogFolder(dataDir, process.platform) : resolve(catalog)
  const { files } = checkClosedCatalog(dir)
  for (const { name, bytes, faults } of files) {
    process.stdout.write(`${name}  ${(bytes / 1e6).toFixed(1)} MB  ${faults.length === 0 ? 'sound' : 'damaged'}\n`)
    for (const fault of faults) process.stdout.write(`  ${fault}\n`)
  }
  return files.every(({ faults }) => faults.length === 0) ? exitCodes.done : exitCodes.doneWithProblems
}
