import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import type { GpuSpecs } from '../../shared/contract/benchmark-resources.ts'
import type { BenchmarkEnvironment } from '../../shared/contract/benchmark.ts'
import type { BackendSetup } from './backend-setup.ts'

const run = promisify(execFile)

/** What figures depend on, of what Twinlens is made of. */
const libraries = ['onnxruntime-node', 'sharp', 'undici', '@grpc/grpc-js', 'hdr-histogram-js'] as const

const PackageDescription = z.object({ name: z.string().optional(), version: z.string() })

/** Of this machine and app; the same for every backend of a run. */
export type MachineFacts = Pick<
  BenchmarkEnvironment,
  'platform' | 'cpu' | 'cores' | 'memory_mb' | 'power_source' | 'app_version' | 'app_commit' | 'libraries'
>

/** @param appDir the folder with Twinlens' package.json */
export async function describeMachine(appDir: string): Promise<MachineFacts> {
  const [system, power, app, commit] = await Promise.all([
    operatingSystem(),
    powerSource(),
    readDescription(join(appDir, 'package.json')),
    appCommit(appDir),
  ])
  const versions = await Promise.all(libraries.map(async (name) => [name, await versionOf(name)] as const))
  const distribution = system === null ? '' : ` (${system.distro} ${system.release})`
  return {
    platform: `${process.platform} ${process.arch}${distribution}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory_mb: Math.round(totalmem() / 2 ** 20),
    power_source: power,
    app_version: app?.version ?? 'unknown',
    app_commit: commit,
    libraries: {
      node: process.versions.node,
      ...(process.versions['electron'] === undefined ? {} : { electron: process.versions['electron'] }),
      ...Object.fromEntries(versions.filter(([, version]) => version !== null)),
    },
  }
}

async function operatingSystem(): Promise<{ distro: string; release: string } | null> {
  const { osInfo } = await import('systeminformation')
  return osInfo().catch(() => null)
}

async function powerSource(): Promise<BenchmarkEnvironment['power_source']> {
  try {
    const { battery } = await import('systeminformation')
    const { hasBattery, acConnected } = await battery()
    if (!hasBattery) return process.platform === 'linux' || process.platform === 'win32' ? 'mains' : 'not-told'
    return acConnected ? 'mains' : 'battery'
  } catch {
    return 'not-told'
  }
}

async function readDescription(path: string): Promise<z.infer<typeof PackageDescription> | null> {
  try {
    return PackageDescription.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch {
    return null
  }
}

async function versionOf(name: string): Promise<string | null> {
  const folders = createRequire(import.meta.url).resolve.paths(name) ?? []
  for (const folder of folders) {
    const found = await readDescription(join(folder, name, 'package.json'))
    if (found !== null) return found.version
  }
  return null
}

/**
 * The commit that runs, `+changes` behind it where files differ, from the working copy that the app runs in; null where it is none. A repository that merely encloses the app's folder is not the app's.
 */
async function appCommit(appDir: string): Promise<string | null> {
  const git = async (...args: string[]): Promise<string> =>
    (await run('git', ['-C', appDir, ...args], { timeout: 5000, windowsHide: true })).stdout.trim()
  try {
    if ((await git('rev-parse', '--show-prefix')) !== '') return null
    const changes = await git('status', '--porcelain', '--untracked-files=no')
    return `${await git('rev-parse', 'HEAD')}${changes === '' ? '' : '+changes'}`
  } catch {
    return null
  }
}

/** The environment of one backend's result. */
export function environmentOf(
  machine: MachineFacts,
  backend: BackendSetup,
  gpus: GpuSpecs,
  imageSet: { hash: string; count: number } | null,
): BenchmarkEnvironment {
  const image_set = { hash: imageSet?.hash ?? '', count: imageSet?.count ?? 0, source: 'generated' as const }
  const driver = gpus.gpus[0]?.driver ?? null
  if (backend.kind === 'local') {
    const { provider, device, fallbackReason, spec, sha256 } = backend
    return {
      ...machine,
      provider,
      device,
      fallback_reason: fallbackReason,
      driver,
      server: null,
      address: null,
      exposure: null,
      round_trip_ms: null,
      model: { name: spec.id, sha256, dimension: spec.output.dimension },
      image_set,
    }
  }
  const { report, offer, access, sha256 } = backend
  return {
    ...machine,
    provider: report.device,
    device: gpus.count > 0 ? gpus.name : report.device,
    fallback_reason: null,
    driver,
    server: report.server,
    address: access.url,
    exposure: report.exposure,
    round_trip_ms: report.roundTripMs,
    model: { name: offer.model, sha256, dimension: offer.dimension },
    image_set,
  }
}

/** The folder with Twinlens' package.json, from its sources or its bundle. */
export function appFolder(resourcesDir: string): string {
  return dirname(resourcesDir)
}
