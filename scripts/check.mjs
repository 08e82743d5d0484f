// npm run check: formatting, lint with types, each runtime's type check, the import law, dead code. All run; the first to
// fail does not hide the rest.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { node24, projectRoot, runMain, runThrough } from './processes.mjs'
import { ensureDependencies } from './setup.mjs'

/** @param {string} file */
const bin = (file) => path.join(projectRoot, 'node_modules', file)
/** @type {{ references: { path: string }[] }} */
const { references } = JSON.parse(readFileSync(path.join(projectRoot, 'tsconfig.json'), 'utf8'))

const checks = [
  { name: 'prettier', args: [bin('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.'] },
  { name: 'oxlint', args: [bin('oxlint/bin/oxlint'), '--type-aware', '--deny-warnings'] },
  ...references.map(({ path: project }) => ({
    name: `tsc ${path.basename(project)}`,
    args: [bin('typescript/bin/tsc'), '-p', project],
  })),
  {
    name: 'dependency-cruiser',
    args: [bin('dependency-cruiser/bin/dependency-cruiser.mjs'), 'src', 'test', '--output-type', 'err'],
  },
  { name: 'knip', args: [bin('knip/bin/knip.js')] },
]

await runMain(async () => {
  await ensureDependencies()
  const env = { ...process.env, PATH: `${bin('.bin')}${path.delimiter}${process.env.PATH ?? ''}` }
  const failed = []
  for (const { name, args } of checks) {
    const code = await runThrough(node24, args, { cwd: projectRoot, env })
    process.stdout.write(`${code === 0 ? 'ok    ' : 'FAILED'} ${name}\n`)
    if (code !== 0) failed.push(name)
  }
  return failed.length === 0 ? 0 : 1
})
