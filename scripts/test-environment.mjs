// What tests and measurements need around them: everything that the app needs, and an Electron that they are told of.
import path from 'node:path'
import { ensureLibraries } from './debian-libraries.mjs'
import { ensureElectron } from './electron-binary.mjs'
import { ensureBuild, ensureDependencies } from './setup.mjs'
import { hasDisplay, whyNoSandbox } from './surroundings.mjs'

/** @returns {Promise<NodeJS.ProcessEnv>} the environment to run them in */
export async function prepareTestEnvironment() {
  await ensureDependencies()
  const electron = await ensureElectron()
  await ensureLibraries({ binary: electron.binary, purpose: 'test' })
  await ensureBuild()
  const sandbox = whyNoSandbox() === null ? [] : ['--no-sandbox']
  return {
    ...process.env,
    // Electron's software Vulkan, on which the WebGPU provider can run without a GPU.
    TWINLENS_SWIFTSHADER_ICD: path.join(electron.folder, 'vk_swiftshader_icd.json'),
    TWINLENS_TEST_ELECTRON: JSON.stringify({ binary: electron.binary, kind: electron.kind, arguments: sandbox }),
  }
}

/**
 * A command with a screen for its windows: a virtual one where there is no real one.
 * @param {string} command
 * @param {readonly string[]} args
 */
export function withScreen(command, args) {
  if (hasDisplay()) return { command, args: [...args] }
  return { command: 'xvfb-run', args: ['-a', '-s', '-screen 0 1600x1200x24', command, ...args] }
}
