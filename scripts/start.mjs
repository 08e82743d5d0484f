// npm start [-- FOLDER…]: everything that a fresh clone needs, then the app; without a display, the same scan in the terminal.
import path from 'node:path'
import { ensureLibraries } from './debian-libraries.mjs'
import { ensureElectron } from './electron-binary.mjs'
import { SetupError, node24, projectRoot, runMain, runThrough, say } from './processes.mjs'
import { ensureBuild, ensureDependencies } from './setup.mjs'
import { hasDisplay, whyNoSandbox } from './surroundings.mjs'

const callersFolder = process.env.INIT_CWD ?? process.cwd()
const folders = process.argv.slice(2).map((folder) => path.resolve(callersFolder, folder))

/**
 * The same scan as a command.
 * @param {string} reason
 */
async function scanInTerminal(reason) {
  const time = new Date().toISOString().replaceAll(':', '-').slice(0, 19)
  const report = path.join(callersFolder, `twinlens-report-${time}.html`)
  const sample = path.join(projectRoot, 'resources', 'sample-library')
  const chosen = folders.length > 0 ? folders : [sample]
  say(`Twinlens: ${reason}, so the scan runs here in the terminal.`)
  if (folders.length === 0) say('No folder was named: the sample library is scanned. Yours: npm start -- FOLDER…')
  const engine = path.join(projectRoot, 'out', 'engine', 'command-line.mjs')
  const code = await runThrough(node24, [engine, 'scan', ...chosen, '--html', report])
  if (code === 0 || code === 1) say(`The report with pictures is in ${report}`)
  return code
}

async function startWindow() {
  const electron = await ensureElectron()
  await ensureLibraries({ binary: electron.binary, purpose: 'start' })
  const problem = whyNoSandbox()
  if (problem !== null) say(`Twinlens: starting without Chromium's process sandbox (${problem}).`)
  // Electron's own variable would turn it into a plain Node.
  const { ELECTRON_RUN_AS_NODE: _ignored, ...env } = process.env
  const sandbox = problem === null ? [] : ['--no-sandbox']
  return runThrough(electron.binary, [...sandbox, ...electron.appArguments, ...folders], { env })
}

await runMain(async () => {
  await ensureDependencies()
  await ensureBuild()
  if (!hasDisplay()) return scanInTerminal('there is no display here')
  try {
    return await startWindow()
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    return scanInTerminal(`the window cannot be opened: ${error.message}`)
  }
})
