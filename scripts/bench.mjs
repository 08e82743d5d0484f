// npm run bench, bench:quality and bench:soak [-- …]: the measurements of test/bench, with the set-up that they need.
import path from 'node:path'
import { node24, projectRoot, runMain, runThrough } from './processes.mjs'
import { prepareTestEnvironment, withScreen } from './test-environment.mjs'

await runMain(async () => {
  const env = await prepareTestEnvironment()
  const [first, ...rest] = process.argv.slice(2)
  const named = first === 'quality' || first === 'soak'
  const [entry, options] = named ? [`${first}.ts`, rest] : ['run.ts', process.argv.slice(2)]
  const { command, args } = withScreen(node24, [path.join(projectRoot, 'test', 'bench', entry), ...options])
  return runThrough(command, args, { cwd: projectRoot, env })
})
