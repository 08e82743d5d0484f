// npm run cli -- …: the engine as a command, with whatever set-up is still missing.
import path from 'node:path'
import { node24, projectRoot, runMain, runThrough } from './processes.mjs'
import { ensureBuild, ensureDependencies } from './setup.mjs'

await runMain(async () => {
  await ensureDependencies()
  await ensureBuild()
  const engine = path.join(projectRoot, 'out', 'engine', 'command-line.mjs')
  // npm starts scripts in the project's folder; relative paths are meant from where the person is.
  return runThrough(node24, [engine, ...process.argv.slice(2)], { cwd: process.env.INIT_CWD ?? process.cwd() })
})
