import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Provider } from '../../shared/contract/models.ts'
import { nvidiaName, runtimeFolder } from './provider-device.ts'

/** Names as people know them. */
export const providerTitles: Record<Provider, string> = {
  cuda: 'CUDA',
  tensorrt: 'TensorRT',
  directml: 'DirectML',
  coreml: 'Core ML',
  webgpu: 'WebGPU',
  cpu: 'CPU',
}

/** Why a provider could not be opened or run, as a sentence for the person; ONNX Runtime's words where none fit better. */
export async function refusalReason(provider: Provider, message: string): Promise<string> {
  const title = providerTitles[provider]
  if (provider === 'cuda' || provider === 'tensorrt') {
    if (!/load shared library|libcuda|CUDA driver|no CUDA-capable device/i.test(message))
      return `${title} failed: ${firstLine(message)}`
    if ((await nvidiaName()) === null) return noNvidia(provider)
    if (!cudaLibrariesPresent()) return 'CUDA libraries are not installed: run `npm run setup:cuda`.'
    const needs = provider === 'cuda' ? 'CUDA 12 and cuDNN 9' : 'CUDA 12, cuDNN 9 and TensorRT 10'
    return `${title}'s part of ONNX Runtime could not be loaded: ${needs} must be installed on the system.`
  }
  if (provider === 'webgpu' && /WebGPU adapter|supported adapters/i.test(message)) return noAdapter()
  return `${title} failed: ${firstLine(message)}`
}

/** Why a provider that needs a graphics processor is not even started on a computer without one. */
export function noGraphicsReason(provider: Provider): string {
  if (provider === 'cuda' || provider === 'tensorrt') return noNvidia(provider)
  return provider === 'webgpu' ? noAdapter() : `${providerTitles[provider]} found no graphics card.`
}

function noNvidia(provider: Provider): string {
  return `${providerTitles[provider]} needs an NVIDIA graphics card and its driver; none was found.`
}

function noAdapter(): string {
  return process.platform === 'linux'
    ? 'WebGPU found no graphics card that it can use; on Linux the card needs its Vulkan driver.'
    : 'WebGPU found no graphics card that it can use.'
}

function cudaLibrariesPresent(): boolean {
  const folder = runtimeFolder()
  return folder !== null && existsSync(join(folder, 'libonnxruntime_providers_cuda.so'))
}

/** ONNX Runtime puts its source file and line in front and a stack behind. */
function firstLine(message: string): string {
  const line =
    message
      .split('\n')[0]
      ?.replace(/^\/\S+\.(cc|h):\d+ /, '')
      .trim() ?? ''
  return line.length > 300 ? `${line.slice(0, 300)}…` : line
}

/** Milliseconds in as many digits as mean something. */
export function showMs(ms: number): string {
  if (ms >= 1_000) return `${(ms / 1_000).toFixed(1)} s`
  return `${ms >= 10 ? ms.toFixed(0) : ms.toFixed(1)} ms`
}
