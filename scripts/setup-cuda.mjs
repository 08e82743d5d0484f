// `npm run setup:cuda`: adds NVIDIA's execution providers to ONNX Runtime. A step of its own, taken on purpose: the
// libraries are large, and most machines cannot use them.
//
// Exit codes: 0 CUDA is in use, 1 installed but not usable (with the reason), 2 nothing to do on this machine, 3 no connection.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { capture, node24, projectRoot, runMain, runThrough, say } from './processes.mjs'

const runtimeFolder = path.join(projectRoot, 'node_modules', 'onnxruntime-node')
const libraryFolder = path.join(runtimeFolder, 'bin', 'napi-v6', process.platform, process.arch)
const nvidiaLicence = 'https://docs.nvidia.com/cuda/eula'

/** What onnxruntime-node's own installer would download, by its own metadata. */
function plannedDownload() {
  const metadata = createRequire(import.meta.url)(path.join(runtimeFolder, 'script', 'install-metadata.js'))
  const { name, versions } = metadata.packages['nuget:linux/x64:cuda12']
  const id = String(name).toLowerCase()
  const version = String(versions[0].version).toLowerCase()
  return { name, version, url: `https://api.nuget.org/v3-flatcontainer/${id}/${version}/${id}.${version}.nupkg` }
}

/** @returns {string | null} the cards and their driver, or null where there is no NVIDIA driver */
function findNvidia() {
  const answer = capture('nvidia-smi', ['--query-gpu=name,driver_version', '--format=csv,noheader'], {
    timeoutMs: 10_000,
  })
  return answer.ok && answer.output.trim() !== '' ? answer.output.trim().split('\n').join('; ') : null
}

/** The libraries' own installer knows only its own names for proxies. */
function networkEnvironment() {
  const proxy = process.env.HTTPS_PROXY || process.env.https_proxy || process.env.HTTP_PROXY || process.env.http_proxy
  const named = proxy ? { GLOBAL_AGENT_HTTP_PROXY: proxy, GLOBAL_AGENT_HTTPS_PROXY: proxy } : {}
  return { ...process.env, NODE_USE_ENV_PROXY: '1', ...named }
}

/**
 * Asks for the size only. In a process of its own, because Node reads the proxy settings when it starts.
 * @param {string} url
 * @returns {{ bytes: number } | { problem: string }}
 */
function askSize(url) {
  const ask = `fetch(process.argv[1], { method: 'HEAD', signal: AbortSignal.timeout(20000) }).then(
    (reply) => console.log(reply.ok ? reply.headers.get('content-length') : 'HTTP ' + reply.status),
    (error) => console.log(String(error.cause?.code ?? error.cause?.message ?? error.message)))`
  const answer = spawnSync(node24, ['--no-warnings', '-e', ask, url], { encoding: 'utf8', env: networkEnvironment() })
  const text = answer.stdout.trim()
  return /^\d+$/.test(text) ? { bytes: Number(text) } : { problem: text || 'no answer' }
}

/** Runs the default model on CUDA and prints what came of it. */
const verification = `
  import { loadManifest, modelFile } from './src/engine/embedding/manifest.ts'
  import { tryProviders } from './src/engine/embedding/provider-trial.ts'
  const { models } = await loadManifest('resources')
  const spec = models.find((model) => model.role === 'default')
  const modelPath = await modelFile(spec, 'resources', 'resources')
  const [trial] = await tryProviders({ spec, modelPath, choice: 'cuda' })
  console.log(trial.device + ': ' + trial.reason)
  process.exit(trial.accepted ? 0 : 1)`

function verify() {
  say('Trying the default model on it …')
  return runThrough(node24, ['--no-warnings', '--input-type=module', '-e', verification], { cwd: projectRoot })
}

await runMain(async () => {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    const own = process.platform === 'win32' ? 'DirectML' : process.platform === 'darwin' ? 'Core ML' : null
    const instead = own === null ? '' : ` ${own}, which comes with Twinlens, uses the graphics card here.`
    say(`CUDA libraries for Twinlens exist for Linux on x64 only.${instead} Nothing was changed.`)
    return 2
  }
  const cards = findNvidia()
  if (cards === null) {
    say(
      'No NVIDIA graphics card with its driver was found (nvidia-smi does not answer), so CUDA is of no use here. Nothing was changed.',
    )
    return 2
  }
  say(`Found ${cards}.`)
  if (existsSync(path.join(libraryFolder, 'libonnxruntime_providers_cuda.so'))) {
    say('The CUDA libraries of ONNX Runtime are already there.')
    return verify()
  }
  const planned = plannedDownload()
  const size = askSize(planned.url)
  if ('problem' in size) {
    say(
      `${new URL(planned.url).host} can't be reached (${size.problem}), so nothing was downloaded. Check the connection or HTTPS_PROXY and run this again.`,
    )
    return 3
  }
  say(
    [
      `This downloads ${planned.name} ${planned.version} (${Math.ceil(size.bytes / 1e6)} MB, MIT licence, by Microsoft) from nuget.org`,
      `and puts its CUDA and TensorRT libraries for ONNX Runtime into`,
      `  ${libraryFolder}`,
      `They need CUDA 12 and cuDNN 9 on this system, which are NVIDIA's own (licence: ${nvidiaLicence}) and are not downloaded.`,
      `To undo: delete libonnxruntime_providers_*.so there. Ctrl-C stops.`,
      '',
    ].join('\n'),
  )
  const env = { ...networkEnvironment(), ONNXRUNTIME_NODE_INSTALL: 'cuda12' }
  const code = await runThrough(node24, [path.join(runtimeFolder, 'script', 'install.js')], { env })
  if (code !== 0) {
    say(
      `The download did not come to its end (code ${code}); Twinlens goes on with what it has. Run this again to try anew.`,
    )
    return 3
  }
  return verify()
})
