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

/** Installs exactly what the lock file says when `node_modules` is missing or older than it. */
export async function ensureDependencies() {
  const wanted = createHash('sha256').update(readFileSync(lockFile)).digest('hex')
  if (readStamp(packagesStamp) === wanted && existsSync(node24)) return
  if (!installedByHand()) {
    say('Twinlens: installing the packages named in package-lock.json (needs the network once) …')
    const npm = findNpm()
    // On Windows the running node.exe may lie in node_modules and cannot be deleted, which `npm ci` would try.
    const clean = process.platform !== 'win32' || !existsSync(packagesFolder)
    const args = clean ? ['ci'] : ['install', '--no-save']
    const code = await runThrough(
      npm.command,
      [...npm.prefix, ...args, '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'],
      { cwd: projectRoot, env: installEnvironment(), stdio: ['ignore', 2, 2] },
    )
    if (code !== 0) {
      throw new SetupError(
        `npm could not install the packages (exit code ${code}, its reason stands above). Check the network and start again.`,
      )
    }
  }
  checkNode24()
  writeStamp(packagesStamp, wanted)
}

/** npm's settings for the inner installation; onnxruntime-node must not download CUDA libraries (see .npmrc). */
function installEnvironment() {
  return { ...process.env, NODE_ENV: 'development', npm_config_onnxruntime_node_install: 'skip' }
}

function checkNode24() {
  const answer = capture(node24, ['--version'], { timeoutMs: 20_000 })
  if (answer.ok) return
  throw new SetupError(
    `Node 24 in ${path.relative(projectRoot, node24)} does not run: ${answer.output.trim() || 'no output'}. ` +
      'Its install script may have been forbidden: run `npm rebuild node` and start again.',
  )
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
    hash.update(createHash('sha256').update(readFileSync(path.join(projectRoot, name))).digest())
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
