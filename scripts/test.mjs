// npm test [-- full | unit | servers | end-to-end [the runner's own arguments]]: set-up, then the tests; ends with one line that sums up.
import { existsSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { SetupError, node24, projectRoot, runMain, runThrough } from './processes.mjs'
import { prepareTestEnvironment, withScreen } from './test-environment.mjs'

/**
 * @typedef {{ passed: number, failed: number }} Counts
 * @typedef {{ command: string, args: string[], report: string, count: (report: unknown) => Counts, before?: string }} Suite
 *   `before`: a script of the project that puts in place what the suite needs
 * @typedef {{ numPassedTests: number, numFailedTests: number, numFailedTestSuites: number, success: boolean }} VitestReport
 * @typedef {{ stats: { expected: number, flaky: number, unexpected: number, skipped: number } }} PlaywrightReport
 */

const artifacts = path.join(projectRoot, 'artifacts')
const packages = path.join(projectRoot, 'node_modules')

/**
 * @param {string} name of the suite and its report
 * @param {string[]} args
 * @returns {Suite}
 */
function vitest(name, args) {
  const report = path.join(artifacts, `${name}.json`)
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  return {
    command: node24,
    args: [path.join(packages, 'vitest', 'vitest.mjs'), 'run', ...reporters, ...args],
    report,
    count: (result) => {
      const { numPassedTests, numFailedTests, numFailedTestSuites, success } = /** @type {VitestReport} */ (result)
      // A file that could not be loaded has no test to fail.
      return { passed: numPassedTests, failed: numFailedTests || (success ? 0 : Math.max(1, numFailedTestSuites)) }
    },
  }
}

/** @type {Record<string, (extra: string[]) => Suite>} */
const suites = {
  unit: (extra) => vitest('unit', extra),
  servers: (extra) => ({
    ...vitest('servers', ['--config', 'vitest.servers.config.ts', ...extra]),
    before: 'test/support/servers/install.ts',
  }),
  'end-to-end'(extra) {
    const playwright = [path.join(packages, '@playwright', 'test', 'cli.js'), 'test', ...extra]
    return {
      ...withScreen(node24, playwright),
      report: path.join(artifacts, 'end-to-end.json'),
      count: (result) => {
        const { stats } = /** @type {PlaywrightReport} */ (result)
        return { passed: stats.expected + stats.flaky, failed: stats.unexpected + stats.skipped }
      },
    }
  },
}

/**
 * Runs one suite and reads its report.
 * @param {Suite} suite
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Counts>}
 */
async function runSuite({ command, args, report, count, before }, env) {
  rmSync(report, { force: true })
  if (before !== undefined && (await runThrough(node24, [before], { cwd: projectRoot, env })) !== 0) {
    return { passed: 0, failed: 1 }
  }
  const code = await runThrough(command, args, { cwd: projectRoot, env })
  // A runner that ended before it wrote its report has failed, whatever it printed.
  if (!existsSync(report)) return { passed: 0, failed: 1 }
  const counts = count(JSON.parse(readFileSync(report, 'utf8')))
  return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts
}

await runMain(async () => {
  const [asked, ...extra] = process.argv.slice(2)
  const name = asked === 'full' ? undefined : asked
  const everywhere = Object.entries(suites).filter(([each]) => each !== 'servers' || process.platform === 'linux')
  if (name === undefined && process.platform !== 'linux')
    process.stdout.write('Not run here: the tests on real servers. Triton runs on Linux only.\n')
  const chosen = name === undefined ? everywhere.map(([, suite]) => suite) : [suites[name]]
  const prepared = await prepareTestEnvironment()
  const env = asked === 'full' ? { ...prepared, TWINLENS_FULL_TESTS: '1' } : prepared
  const total = { passed: 0, failed: 0 }
  for (const suite of chosen) {
    if (suite === undefined)
      throw new SetupError(`there is no suite “${name}”; there are: ${Object.keys(suites).join(', ')}.`)
    const { passed, failed } = await runSuite(suite(extra), env)
    total.passed += passed
    total.failed += failed
  }
  process.stdout.write(`\n${total.passed} passed, ${total.failed} failed\n`)
  return total.failed === 0 ? 0 : 1
})
