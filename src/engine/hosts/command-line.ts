import { homedir } from 'node:os'
import { dataFolder } from '../../shared/data-folder.ts'
import { keepCompiledCode } from './compiled-code.ts'
import { withOneArena } from './one-arena.ts'

withOneArena()
// Whoever reads the output may leave early (`| head`): what was asked for is done all the same.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})
// What libraries will change one day is of no use to whoever runs a command.
process.noDeprecation = true
keepCompiledCode(dataFolder({ platform: process.platform, env: process.env, home: homedir() }))
const { runCommandLine } = await import('../command-line/run.ts')
process.exit(await runCommandLine(process.argv.slice(2)))
