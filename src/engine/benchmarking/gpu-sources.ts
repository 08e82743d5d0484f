import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { z } from 'zod'
import type { GpuReading, GpuSpec, GpuSpecs } from '../../shared/contract/benchmark-resources.ts'
import type { ServerAccess } from '../embedding/remote/inference-client.ts'
import { isLoopback } from '../embedding/remote/exposure.ts'
import { parsePrometheus, type MetricSample } from './prometheus.ts'
import { askMetrics, askServer, hostOf, parseAnswer } from './server-questions.ts'

/** One GPU at one moment, with what does not change. */
export interface GpuState {
  spec: GpuSpec
  reading: GpuReading
}

/** Somebody who can be asked about GPUs. `read` throws when it does not answer; no GPU is an empty list. */
export interface GpuSource {
  name: NonNullable<GpuSpecs['source']>
  read(signal?: AbortSignal): Promise<GpuState[]>
  close(): Promise<void>
}

const megabyte = 1024 * 1024
const run = promisify(execFile)

const smiFields = [
  'index',
  'name',
  'uuid',
  'driver_version',
  'memory.total',
  'power.limit',
  'compute_cap',
  'utilization.gpu',
  'memory.used',
  'power.draw',
  'temperature.gpu',
] as const

/** `nvidia-smi --format=csv,noheader,nounits` of the fields above; memory in MiB, power in W. `[N/A]` and the like are left out. */
export function parseNvidiaSmi(text: string): GpuState[] {
  return text
    .split('\n')
    .filter((row) => row.trim() !== '')
    .map((row) => {
      const cells = row.split(',').map((cell) => cell.trim())
      const told = (field: (typeof smiFields)[number]): string | undefined => {
        const cell = cells[smiFields.indexOf(field)]
        return cell === undefined || cell === '' || /^\[|not supported|unknown error/i.test(cell) ? undefined : cell
      }
      const number = (field: (typeof smiFields)[number]): number | undefined => finite(told(field))
      const index = number('index') ?? 0
      const percent = number('utilization.gpu')
      return {
        spec: {
          index,
          name: told('name') ?? 'NVIDIA GPU',
          ...present({
            uuid: told('uuid'),
            driver: told('driver_version'),
            memory_total_mb: number('memory.total'),
            power_limit_w: number('power.limit'),
            compute_capability: told('compute_cap'),
          }),
        },
        reading: {
          index,
          ...present({
            utilization: percent === undefined ? undefined : percent / 100,
            memory_used_mb: number('memory.used'),
            memory_total_mb: number('memory.total'),
            power_w: number('power.draw'),
            temperature_c: number('temperature.gpu'),
          }),
        },
      }
    })
}

function finite(text: string | undefined): number | undefined {
  const value = Number(text)
  return text !== undefined && Number.isFinite(value) ? value : undefined
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

/** Without the fields that are undefined: what is not told has no field. */
export function present<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>
}

const nvidiaSmi: GpuSource = {
  name: 'nvidia-smi',
  async read(signal) {
    const options = { timeout: 5000, windowsHide: true, ...(signal === undefined ? {} : { signal }) }
    const query = [`--query-gpu=${smiFields.join(',')}`, '--format=csv,noheader,nounits']
    return parseNvidiaSmi((await run('nvidia-smi', query, options)).stdout)
  },
  close: () => Promise.resolve(),
}

/** `nv_gpu_*` of Triton's metrics. It tells a UUID and no name. */
export function gpusFromPrometheus(samples: readonly MetricSample[]): GpuState[] {
  const uuids = [...new Set(samples.flatMap(({ labels }) => labels['gpu_uuid'] ?? []))].toSorted()
  return uuids.map((uuid, index) => {
    const value = (name: string): number | undefined =>
      samples.find((sample) => sample.name === name && sample.labels['gpu_uuid'] === uuid)?.value
    const inMb = (bytes: number | undefined): number | undefined => (bytes === undefined ? undefined : bytes / megabyte)
    const total = inMb(value('nv_gpu_memory_total_bytes'))
    return {
      spec: {
        index,
        name: `GPU ${uuid.replace(/^GPU-/, '').slice(0, 8)}`,
        uuid,
        ...present({ memory_total_mb: total, power_limit_w: value('nv_gpu_power_limit') }),
      },
      reading: {
        index,
        ...present({
          utilization: value('nv_gpu_utilization'),
          memory_used_mb: inMb(value('nv_gpu_memory_used_bytes')),
          memory_total_mb: total,
          power_w: value('nv_gpu_power_usage'),
        }),
      },
    }
  })
}

const told = z.union([z.number(), z.string()]).nullish()
const Device = z.looseObject({
  index: z.number().nullish(),
  name: z.string().nullish(),
  uuid: z.string().nullish(),
  driver: z.string().nullish(),
  driver_version: z.string().nullish(),
})

/**
 * A PyTorch server's `/gpu-info`. There is no one shape: a list under `devices` or `gpus`, or one GPU's fields at the top; memory in
 * bytes (`…_bytes`), MB (`…_mb`) or GB (`…_gb`), utilisation in percent (`…_percent`) or as a share. What is not
 * recognised is left out, never guessed.
 */
export function gpusFromInfo(text: string): GpuState[] {
  const answer = z.looseObject({}).parse(parseAnswer(text, '/gpu-info'))
  const listed = [answer['devices'], answer['gpus']].find((value) => Array.isArray(value) && value.length > 0)
  const single = ['name', 'gpu_name', 'device_name'].some((key) => typeof answer[key] === 'string') ? [answer] : []
  const devices = z.array(z.looseObject({})).safeParse(listed ?? single).data ?? []
  return devices.map((device, at) => readDevice(device, at))
}

function readDevice(device: Record<string, unknown>, at: number): GpuState {
  const known = Device.safeParse(device).data ?? {}
  const number = (...keys: string[]): number | undefined => {
    for (const key of keys) {
      const value = told.safeParse(device[key]).data
      const found = typeof value === 'string' ? finite(value) : (value ?? undefined)
      if (found !== undefined) return found
    }
    return undefined
  }
  const memory = (kind: string): number | undefined => {
    const bytes = number(`memory_${kind}_bytes`, `${kind}_memory_bytes`)
    if (bytes !== undefined) return bytes / megabyte
    const gb = number(`memory_${kind}_gb`, `${kind}_memory_gb`)
    return gb === undefined ? number(`memory_${kind}_mb`, `${kind}_memory_mb`, `vram_${kind}_mb`) : gb * 1024
  }
  const percent = number('utilization_percent', 'gpu_utilization_percent')
  const share = number('utilisation', 'utilization', 'gpu_utilization')
  const index = known.index ?? at
  const name = [known.name, device['gpu_name'], device['device_name']].find((value) => typeof value === 'string')
  const total = memory('total')
  return {
    spec: {
      index,
      name: typeof name === 'string' ? name : `GPU ${index}`,
      ...present({
        uuid: known.uuid ?? undefined,
        driver: known.driver ?? known.driver_version ?? undefined,
        memory_total_mb: total,
        power_limit_w: number('power_limit_w', 'power_limit_watts'),
      }),
    },
    reading: {
      index,
      ...present({
        // A share above 1 is a percentage under the other's name.
        utilization: percent === undefined ? asShare(share) : percent / 100,
        memory_used_mb: memory('used'),
        memory_total_mb: total,
        power_w: number('power_w', 'power_watts', 'power_draw_w'),
        temperature_c: number('temperature_c', 'temperature_celsius', 'temperature'),
      }),
    },
  }
}

function asShare(value: number | undefined): number | undefined {
  return value === undefined || value <= 1 ? value : value / 100
}

/** Who could tell about the GPUs that a backend computes on, the best first. `access` null: this computer's own. */
export function gpuSourcesFor(access: ServerAccess | null): GpuSource[] {
  if (access === null || isLoopback(hostOf(access.url).replace(/[[\]]/g, ''))) {
    return access === null ? [nvidiaSmi] : [nvidiaSmi, ...remoteSources(access)]
  }
  return remoteSources(access)
}

function remoteSources(access: ServerAccess): GpuSource[] {
  const metrics = access.kind === 'triton' ? askMetrics(access) : null
  const server = access.kind === 'pytorch' ? askServer(access) : null
  const sources: GpuSource[] = []
  if (metrics !== null) {
    const read = async (signal?: AbortSignal): Promise<GpuState[]> =>
      gpusFromPrometheus(parsePrometheus(await metrics.get('/metrics', signal)))
    sources.push({ name: 'triton-metrics', read, close: () => metrics.close() })
  }
  if (server !== null) {
    const read = async (signal?: AbortSignal): Promise<GpuState[]> =>
      gpusFromInfo(await server.get('/gpu-info', signal))
    sources.push({ name: 'gpu-info', read, close: () => server.close() })
  }
  return sources
}
