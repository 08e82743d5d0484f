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
  const built = await builtIn()
  return (orderByPlatform[process.platform] ?? ['cpu']).filter((provider) => built.has(runtimeNames[provider]))
}

async function builtIn(): Promise<Set<string>> {
  try {
    const { listSupportedBackends } = await import('onnxruntime-node')
    return new Set(listSupportedBackends().map((backend) => backend.name))
  } catch (error) {
    throw new TwinlensError('backend-unusable', missingRuntime(), { cause: error })
  }
}

/** Why ONNX Runtime could not be loaded here. */
export function missingRuntime(): string {
  if (process.platform === 'darwin' && process.arch === 'x64') {
    return 'ONNX Runtime 1.30 has no build for Macs with Intel processors, so photos can be compared by content and by look (perceptual hashes) only.'
  }
  return `ONNX Runtime can't be loaded on ${process.platform} ${process.arch}; reinstall Twinlens.`
}
