// The system libraries that Electron and the tests need on Linux: installed as root, otherwise named in one line to paste.
import { existsSync } from 'node:fs'
import path from 'node:path'
import { SetupError, cacheFolder, capture, projectRoot, runThrough, say } from './processes.mjs'
import { readStamp, writeStamp } from './setup.mjs'

const forElectron = [
  'libgtk-3-0',
  'libnss3',
  'libasound2',
  'libgbm1',
  'libxss1',
  'libxtst6',
  'libatk-bridge2.0-0',
  // `gio trash` is what moves files to the trash.
  'libglib2.0-bin',
]
/** The Vulkan loader lets ONNX Runtime's WebGPU provider be tested on Electron's software Vulkan. */
const forTests = ['xvfb', 'xauth', 'libvulkan1']

/** @param {readonly string[]} packages */
function missingPackages(packages) {
  // Debian 13 and Ubuntu 24.04 renamed some of these with a `t64` ending and answer to the old name only as "Provides".
  const answer = capture('dpkg-query', ['-W', '-f', '${Package}\t${db:Status-Status}\n'])
  const installed = new Set(
    answer.output
      .split('\n')
      .filter((line) => line.endsWith('\tinstalled'))
      .map((line) => line.split('\t')[0]),
  )
  return packages.filter((name) => !installed.has(name) && !installed.has(`${name}t64`))
}

/**
 * Shared objects that the binary wants and the system lacks.
 * @param {string} binary
 */
function missingObjects(binary) {
  const answer = capture('ldd', [binary], { env: { ...process.env, LD_LIBRARY_PATH: path.dirname(binary) } })
  return [...answer.output.matchAll(/^\s*(\S+) => not found/gm)].map((match) => match[1] ?? '')
}

/**
 * Makes sure that Electron (and, for tests, a virtual screen) can run.
 * @param {{ binary: string, purpose: 'start' | 'test' }} need
 */
export async function ensureLibraries({ binary, purpose }) {
  if (process.platform !== 'linux') return
  const stamp = path.join(cacheFolder, `libraries-${purpose}`)
  const settled = purpose === 'test' ? `${binary} and Python` : binary
  if (readStamp(stamp) === settled) return
  if (existsSync('/usr/bin/dpkg-query'))
    await ensureDebianPackages(purpose === 'test' ? forElectron.concat(forTests, pythonPackages()) : forElectron)
  const objects = missingObjects(binary)
  if (objects.length > 0)
    throw new SetupError(`Electron needs these system libraries, please install them: ${objects.join(' ')}`)
  writeStamp(stamp, settled)
}

/** What the real servers of the tests need of Python; nothing where a Python that they can use is there, from wherever. */
function pythonPackages() {
  const script = path.join(projectRoot, 'resources', 'servers', 'common', 'find-python.sh')
  const answer = capture('bash', [script, '--list'], { env: { ...process.env, NEWEST_PYTHON: '3.12' } })
  return answer.ok ? answer.output.split(/\s+/).filter(Boolean) : []
}

/** @param {readonly string[]} wanted */
async function ensureDebianPackages(wanted) {
  const missing = missingPackages(wanted)
  if (missing.length === 0) return
  if (process.getuid?.() !== 0) {
    throw new SetupError(
      `some system libraries are missing. Paste this, then start again:\n  sudo apt-get update && sudo apt-get install -y ${missing.join(' ')}`,
    )
  }
  say(`Twinlens: installing system libraries: ${missing.join(' ')} …`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  // Another apt may hold the lock for a while, on a machine that has just started for instance.
  const wait = ['-o', 'DPkg::Lock::Timeout=300']
  const quiet = /** @type {const} */ (['ignore', 'ignore', 2])
  await runThrough('apt-get', ['update', '-qq', ...wait], { env, stdio: [...quiet] })
  const install = ['install', '-y', '-qq', '--no-install-recommends', ...wait]
  const code = await runThrough('apt-get', [...install, ...missing], { env, stdio: [...quiet] })
  if (code !== 0) throw new SetupError(`apt-get install ${missing.join(' ')} failed with code ${code}.`)
}
