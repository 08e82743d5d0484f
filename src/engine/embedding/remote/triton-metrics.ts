import type { GpuInfo } from '../../../shared/contract/servers.ts'

const sample = /^(nv_gpu_[a-z_]+)\{([^}]*)\}\s+(\S+)/

/**
 * The GPUs in a Triton's metrics (Prometheus text format). Triton names them by their UUID only.
 *
 * @returns one entry a GPU; none where it has none or was started without GPU metrics
 */
export function gpusFromMetrics(text: string): GpuInfo[] {
  const byUuid = new Map<string, Map<string, number>>()
  for (const line of text.split('\n')) {
    const found = sample.exec(line)
    if (found === null) continue
    const uuid = /gpu_uuid="([^"]*)"/.exec(found[2] ?? '')?.[1]
    const value = Number(found[3])
    if (uuid === undefined || !Number.isFinite(value)) continue
    const values = byUuid.get(uuid) ?? new Map<string, number>()
    byUuid.set(uuid, values.set(found[1] ?? '', value))
  }
  return [...byUuid].map(([uuid, values]) => ({
    name: `GPU ${uuid.replace(/^GPU-/, '').slice(0, 8)}`,
    memoryBytes: values.get('nv_gpu_memory_total_bytes') ?? null,
    memoryUsedBytes: values.get('nv_gpu_memory_used_bytes') ?? null,
    utilisation: values.get('nv_gpu_utilization') ?? null,
    powerWatts: values.get('nv_gpu_power_usage') ?? null,
  }))
}
