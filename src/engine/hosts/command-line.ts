import { withOneArena } from './one-arena.ts'

withOneArena()
const { runCommandLine } = await import('../command-line/run.ts')
process.exit(await runCommandLine(process.argv.slice(2)))
