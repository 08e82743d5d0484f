// What has to be there before anything of Twinlens can run: packages, Node 24, a build. Each step is skipped when it is
// done; the check of all of them takes a few dozen milliseconds and no network.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { SetupError, capture, findNpm, node24, projectRoot, runThrough, say } from './processes.mjs'

const lockFile = path.join(projectRoot, 'package-lock.json')
const packagesFolder = path.join(projectRoot, 'node_modules')
const packagesStamp = path.join(packagesFolder, '.twinlens-lock-sha256')
const buildStamp = path.join(projectRoot, 'out', '.sources-sha256')

/** @param {string} file */
export function readStamp(file) {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return null
  }
}

/**
 * @param {string} file
 * @param {string} content
 */
export function writeStamp(file, content) {
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, `${content}\n`)
}

/** Whether somebody ran npm by hand after the lock file last changed: npm writes this file at the end of an installation. */
function installedByHand() {
  try {
    return statSync(path.join(packagesFolder, '.package-lock.json')).mtimeMs >= statSync(lockFile).mtimeMs
  } catch {
    return false
  }
}

/**
 * Installs exactly what the lock file says when `node_modules` is missing or older than it. No package's install script
 * runs but that of `node`: the others would compile what is there prebuilt, or download what is not wanted (CUDA).
 */
export async function ensureDependencies() {
  const wanted = createHash('sha256').update(readFileSync(lockFile)).digest('hex')
  if (readStamp(packagesStamp) === wanted && existsSync(node24)) return
  if (!installedByHand()) {
    say('Twinlens: installing the packages named in package-lock.json (needs the network once) …')
    // On Windows the running node.exe may lie in node_modules and cannot be deleted, which `npm ci` would try.
    const clean = process.platform !== 'win32' || !existsSync(packagesFolder)
    await runNpm(clean ? ['ci'] : ['install', '--no-save'], ['--include=dev', '--ignore-scripts'])
  }
  if (!node24Runs().ok) await runNpm(['rebuild', 'node'], ['--foreground-scripts=false'])
  const { ok, output } = node24Runs()
  if (!ok) {
    throw new SetupError(
      `Node 24 in ${path.relative(projectRoot, node24)} does not run: ${output.trim() || 'no output'}. ` +
        'Its install script may be forbidden by npm’s settings: `npm rebuild node` tells more.',
    )
  }
  writeStamp(packagesStamp, wanted)
}

function node24Runs() {
  return capture(node24, ['--version'], { timeoutMs: 20_000 })
}

/**
 * @param {string[]} command
 * @param {string[]} flags
 */
async function runNpm(command, flags) {
  const npm = findNpm()
  const args = [...npm.prefix, ...command, ...flags, '--no-audit', '--no-fund', '--loglevel=error']
  const env = { ...process.env, NODE_ENV: 'development' }
  const code = await runThrough(npm.command, args, { cwd: projectRoot, env, stdio: ['ignore', 2, 2] })
  if (code !== 0) {
    throw new SetupError(
      `\`npm ${command.join(' ')}\` ended with code ${code}; its reason stands above. Check the network and start again.`,
    )
  }
}

const buildInputs = ['src', 'electron.vite.config.ts', 'scripts/build.mjs', 'package-lock.json', 'tsconfig.base.json']

/**
 * Files that decide what the build gives, in a settled order.
 * @param {string} relative
 * @returns {string[]}
 */
function listInputs(relative) {
  const full = path.join(projectRoot, relative)
  if (!existsSync(full)) return []
  if (!statSync(full).isDirectory()) return [relative]
  return readdirSync(full)
    .sort()
    .flatMap((name) => listInputs(`${relative}/${name}`))
    .filter((name) => !/\.test\.tsx?$/.test(name))
}

/** SHA-256 over names and contents: a checkout that only touches times builds nothing. */
function hashInputs() {
  const hash = createHash('sha256')
  for (const name of buildInputs.flatMap(listInputs)) {
    hash.update(`${name}\0`)
    hash.update(
      createHash('sha256')
        .update(readFileSync(path.join(projectRoot, name)))
        .digest(),
    )
  }
  return hash.digest('hex')
}

/** Builds the app and the engine when a source changed since the last build. */
export async function ensureBuild() {
  const wanted = hashInputs()
  if (readStamp(buildStamp) === wanted) return
  say('Twinlens: building …')
  const code = await runThrough(node24, [path.join(projectRoot, 'scripts', 'build.mjs')], {
    cwd: projectRoot,
    stdio: ['ignore', 2, 2],
  })
  if (code !== 0) throw new SetupError('the build failed; its reason stands above.')
  writeStamp(buildStamp, wanted)
}
