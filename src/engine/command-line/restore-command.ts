import { z } from 'zod'
import type { Journal } from '../../shared/contract/clean-up.ts'
import { restoreJournal } from '../clean-up.ts'
import { exitCodes } from './exit-codes.ts'
import { openSession } from './open-session.ts'

const Options = z.object({ catalog: z.string().optional(), list: z.boolean() })

/** `restore`: puts back a clean-up, the newest with something to put back where none is named. Returns the exit code. */
export async function restoreCommand(
  id: string | undefined,
  rawOptions: unknown,
  signal: AbortSignal,
): Promise<number> {
  const options = Options.parse(rawOptions)
  const session = await openSession(options.catalog)
  try {
    const journals = session.catalog.journal.list()
    if (options.list) {
      for (const journal of journals) process.stdout.write(`${describe(journal)}\n`)
      if (journals.length === 0) process.stdout.write('There has been no clean-up yet.\n')
      return exitCodes.done
    }
    const chosen = id ?? journals.find((journal) => journal.removed > 0)?.id
    if (chosen === undefined) {
      process.stdout.write('There is nothing to put back.\n')
      return exitCodes.done
    }
    const before = session.catalog.journal
      .read(chosen)
      .items.filter((item) => item.state === 'removed' || item.state === 'unknown')
    const { journal, items } = await restoreJournal(chosen, { catalog: session.catalog, signal })
    const asked = new Set(before.map((item) => item.id))
    const missing = items.filter((item) => asked.has(item.id) && item.state !== 'restored')
    for (const item of missing)
      process.stdout.write(`  not restored: ${item.path}${item.message ? ` — ${item.message}` : ''}\n`)
    process.stdout.write(
      `${before.length - missing.length} of ${before.length} files of ${journal.id} are back at their places, verified.\n`,
    )
    if (signal.aborted) return exitCodes.interrupted
    return missing.length === 0 ? exitCodes.done : exitCodes.doneWithProblems
  } finally {
    await session.close()
  }
}

function describe(journal: Journal): string {
  const when = new Date(journal.startedMs).toISOString().slice(0, 16).replace('T', ' ')
  const where = journal.destination === 'trash' ? 'trash' : journal.destinationPath
  return `${journal.id}  ${when} UTC  ${journal.removed} removed to ${where}, ${journal.skipped + journal.failed} left, ${journal.restored} restored`
}
