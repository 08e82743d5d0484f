import { withOneArena } from './one-arena.ts'

withOneArena()
// Whoever reads the output may leave early (`| head`): what was asked for is done all the same.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})
const { runCommandLine } = await import('../command-line/run.ts')
process.exit(await runCommandLine(process.argv.slice(2)))
