import type { Provider } from '../../shared/contract/models.ts'
import { TwinlensError } from '../../shared/errors.ts'
import { runtimeNames } from './onnx-names.ts'

/** From the one that usually wins to the one that always works. */
const orderByPlatform: Partial<Record<NodeJS.Platform, readonly Provider[]>> = {
  linux: ['cuda', 'tensorrt', 'webgpu', 'cpu'],
  win32: ['cuda', 'tensorrt', 'directml', 'webgpu', 'cpu'],
  darwin: ['coreml', 'webgpu', 'cpu'],
}

/**
 * The providers that this platform's ONNX Runtime was built with, best first; the CPU is last. Being listed says nothing
 * about this machine: that is what a trial is for.
 *
 * @throws TwinlensError `backend-unusable` where there is no ONNX Runtime for this platform
 */
export async function supportedProviders(): Promise<Provider[]> {
  const { listSupportedBackends } = await loadRuntime()
  const built = new Set(listSupportedBackends().map((backend) => backend.name))
  return (orderByPlatform[process.platform] ?? ['cpu']).filter((provider) => built.has(runtimeNames[provider]))
}

/** Version of ONNX Runtime's package. @throws TwinlensError `backend-unusable` where there is none for this platform */
export async function runtimeVersion(): Promise<string> {
  const { env } = await loadRuntime()
  return env.versions.node ?? env.versions.common
}

async function loadRuntime(): Promise<typeof import('onnxruntime-node')> {
  try {
    return await import('onnxruntime-node')
  } catch (error) {
    throw new TwinlensError('backend-unusable', missingRuntime(), { cause: error })
  }
}

/** Why ONNX Runtime could not be loaded here. */
function missingRuntime(): string {
  if (process.platform === 'darwin' && process.arch === 'x64') {
    return 'ONNX Runtime 1.30 has no build for Macs with Intel processors, so photos can be compared by content and by look (perceptual hashes) only.'
  }
  return `ONNX Runtime can't be loaded on ${process.platform} ${process.arch}; reinstall Twinlens.`
}
