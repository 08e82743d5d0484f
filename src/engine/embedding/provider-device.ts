import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { availableParallelism, cpus } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Provider } from '../../shared/contract/models.ts'

const run = promisify(execFile)

/** The name of what a provider computes on, for the person; null where the system does not say. */
export async function deviceName(provider: Provider): Promise<string | null> {
  if (provider === 'cpu') return cpuName()
  if (provider === 'cuda' || provider === 'tensorrt') return nvidiaName()
  if (isSoftwareVulkan() && provider === 'webgpu') return 'software Vulkan (SwiftShader)'
  const [first] = await graphicsCards()
  if (provider === 'coreml') return first === undefined ? null : `${first} and Neural Engine`
  return first ?? null
}

export function cpuName(): string {
  const model = cpus()[0]?.model.trim() ?? ''
  const cores = availableParallelism()
  return `${model === '' ? 'CPU' : model} (${cores} ${cores === 1 ? 'core' : 'cores'})`
}

/** Name of the first NVIDIA card with its driver's version; null where the driver's tool does not answer. */
export async function nvidiaName(): Promise<string | null> {
  try {
    const query = ['--query-gpu=name,driver_version', '--format=csv,noheader']
    const { stdout } = await run('nvidia-smi', query, { timeout: 5_000, windowsHide: true })
    const [name, driver] = (stdout.split('\n')[0] ?? '').split(',').map((part) => part.trim())
    if (name === undefined || name === '') return null
    return driver === undefined ? name : `${name} (driver ${driver})`
  } catch {
    return null
  }
}

/** Chromium's software Vulkan asked for through the Vulkan loader's own variables. */
function isSoftwareVulkan(): boolean {
  const { VK_ICD_FILENAMES: icd = '', VK_DRIVER_FILES: drivers = '' } = process.env
  return /swiftshader/i.test(icd + drivers)
}

/** Models of the graphics cards, those with memory of their own first. */
async function graphicsCards(): Promise<string[]> {
  const { graphics } = await import('systeminformation')
  const { controllers } = await graphics().catch(() => ({ controllers: [] }))
  return controllers
    .filter((card) => card.model !== '')
    .toSorted((a, b) => (b.vram ?? 0) - (a.vram ?? 0))
    .map((card) => card.model)
}

/** What Linux drivers of graphics processors put into /dev: DRM, NVIDIA, WSL, Jetson, Mali, Adreno. */
const graphicsDevice = /^(dri|nvidia\d.*|nvidiactl|dxg|nvhost.*|nvmap|mali\d*|kgsl.*)$/

/**
 * False where no provider that needs a graphics processor can run, which is told without starting one: no driver has made
 * a device, and no Vulkan driver (a software one, say) is named in the environment. True where that cannot be told.
 */
export async function mayHaveGraphics(): Promise<boolean> {
  if (process.platform !== 'linux') return true
  if ((process.env['VK_ICD_FILENAMES'] ?? process.env['VK_DRIVER_FILES'] ?? '') !== '') return true
  const devices = await readdir('/dev').catch(() => null)
  return devices === null || devices.some((name) => graphicsDevice.test(name))
}

/** The folder of ONNX Runtime's native libraries, where `setup:cuda` adds CUDA's; null where the package has none for here. */
export function runtimeFolder(): string | null {
  try {
    const main = createRequire(import.meta.url).resolve('onnxruntime-node')
    return join(dirname(main), '..', 'bin', 'napi-v6', process.platform, process.arch)
  } catch {
    return null
  }
}

/**
 * What a provider's outcome depends on besides the model: graphics cards, their drivers, and the runtime's libraries. On Linux
 * it is read from /sys and /proc (a millisecond); elsewhere systeminformation asks the system (up to a second).
 */
export async function hardwareKey(): Promise<string> {
  const folder = runtimeFolder()
  const libraries = folder === null ? [] : await readdir(folder).catch(() => [])
  const cards = process.platform === 'linux' ? await linuxDisplays() : await graphicsCards()
  const { VK_ICD_FILENAMES: icd = '', VK_DRIVER_FILES: drivers = '' } = process.env
  return JSON.stringify([process.platform, process.arch, cpuName(), cards, icd, drivers, libraries.toSorted()])
}

async function linuxDisplays(): Promise<string[]> {
  const devices = '/sys/bus/pci/devices'
  const names = await readdir(devices).catch(() => [])
  const read = async (...parts: string[]): Promise<string> =>
    (await readFile(join(...parts), 'utf8').catch(() => '')).trim()
  const displays = await Promise.all(
    names.map(async (name) => {
      const pciClass = await read(devices, name, 'class')
      // PCI base class 03: display controllers.
      if (!pciClass.startsWith('0x03')) return []
      return [`${await read(devices, name, 'vendor')}:${await read(devices, name, 'device')}`]
    }),
  )
  const vulkanDrivers = await readdir('/usr/share/vulkan/icd.d').catch(() => [])
  return [...displays.flat(), await read('/proc/driver/nvidia/version'), ...vulkanDrivers.toSorted()]
}
