import { resolve } from 'node:path'
import { z } from 'zod'
import { Tier } from '../../shared/contract/groups.ts'
import { displayPath } from '../../shared/domain/file-path.ts'
import { TwinlensError } from '../../shared/errors.ts'
import { applyRemovals } from '../clean-up.ts'
import { removalsOfResult } from '../cleaning/removals-of-result.ts'
import type { Companion, Destination } from '../cleaning/removal.ts'
import { readText } from '../files/folder-state.ts'
import { trashWithLibrary } from '../files/trash.ts'
import { exitCodes } from './exit-codes.ts'
import { openSession } from './open-session.ts'

const Options = z.object({
  keep: z.enum(['oldest', 'largest', 'first-folder']),
  tiers: z.array(Tier),
  moveTo: z.string().optional(),
  catalog: z.string().optional(),
  apply: z.boolean(),
})

/** `clean`: prints the plan of a result file; with `--apply` carries it out. Returns the exit code. */
export async function cleanCommand(file: string, rawOptions: unknown, signal: AbortSignal): Promise<number> {
  const options = Options.parse(rawOptions)
  const destination: Destination =
    options.moveTo === undefined ? { kind: 'trash' } : { kind: 'folder', path: resolve(options.moveTo) }
  const plan = await removalsOfResult(await readResult(file), options.tiers, options.keep)
  const { removals } = plan
  printPlan(plan, destination)
  if (!options.apply) {
    process.stdout.write('Nothing was changed. Add --apply to carry this out.\n')
    return exitCodes.done
  }
  if (removals.length === 0) return exitCodes.done
  const session = await openSession(options.catalog)
  try {
    const { journal, items } = await applyRemovals(removals, destination, {
      catalog: session.catalog,
      trash: trashWithLibrary,
      signal,
    })
    for (const item of items) {
      if (item.state !== 'removed')
        process.stdout.write(`  ${item.state}: ${item.path}${item.message ? ` — ${item.message}` : ''}\n`)
    }
    process.stdout.write(
      `${journal.removed} files ${destination.kind === 'trash' ? 'moved to the trash' : `moved to ${displayPath(destination.path)}`}, ${journal.skipped + journal.failed} left where they are. To put them back: restore ${journal.id}\n`,
    )
    if (signal.aborted) return exitCodes.interrupted
    return journal.removed === items.length ? exitCodes.done : exitCodes.doneWithProblems
  } finally {
    await session.close()
  }
}

async function readResult(file: string): Promise<unknown> {
  const text = await readText(resolve(file)).catch((error: unknown) => {
    throw new TwinlensError('not-found', `${file} could not be read. Give the file that scan --json wrote.`, {
      cause: error,
    })
  })
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new TwinlensError('invalid-request', `${file} is not JSON. Give the file that scan --json wrote.`, {
      cause: error,
    })
  }
}

function printPlan(
  { removals, refused, incomplete }: Awaited<ReturnType<typeof removalsOfResult>>,
  destination: Destination,
): void {
  const say = (text: string): void => void process.stdout.write(`${text}\n`)
  const companions = removals.flatMap((removal) => removal.companions)
  const bytes = [...removals, ...companions].reduce((sum, each) => sum + each.bytes, 0)
  const where = destination.kind === 'trash' ? 'to the trash' : `to ${displayPath(destination.path)}`
  for (const removal of removals) {
    say(`${removal.tier.padEnd(10)} ${displayPath(removal.path)}\n           ${removal.because}`)
    for (const companion of removal.companions) say(`           ${companionLine(companion)}`)
  }
  for (const path of refused) say(`stays      ${displayPath(path)}\n           It is the last one of its group.`)
  for (const { path, part } of incomplete) {
    say(`stays      ${displayPath(path)}\n           ${displayPath(part)} belongs to it and has no other copy.`)
  }
  const along = companions.length === 0 ? '' : ` and ${companions.length} that belong to them`
  say(`${removals.length} files${along}, ${(bytes / 1e6).toFixed(1)} MB, ${where}.`)
}

function companionLine({ name, bytes, unique }: Companion): string {
  const size = bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
  const warning = unique ? '; no copy of it lies beside the photo that stays' : ''
  return `with ${displayPath(name)} (${size}${warning})`
}
