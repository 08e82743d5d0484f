import type { BenchmarkResult } from '../../shared/contract/benchmark.ts'
import { configOf, fieldsOf, gpuSpecsOf, numberAt, textAt, timestampOf } from './import-fields.ts'
import { concurrentMeasure } from './import-flat.ts'
import { foreignResult } from './import-series.ts'

/** `4gpu-rtx4080`, `4x RTX 4080`: number and name of the GPUs. */
function gpusOfName(name: string): { count: number; gpu: string } | null {
  const found = /^(\d+)\s*(?:gpus?|x|×)[\s_-]*(.+)$/i.exec(name)
  return found === null ? null : { count: Number(found[1]), gpu: found[2] ?? name }
}

/** A sweep over concurrency against one configuration of GPUs. See [Note: Published shapes]. */
export function importMultiGpu(content: unknown, file: string): BenchmarkResult[] {
  const top = fieldsOf(content)
  const entries = Array.isArray(top['benchmarks']) ? top['benchmarks'].map(fieldsOf) : []
  const sweep = entries
    .map(concurrentMeasure)
    .filter((measure) => measure.concurrency !== undefined && measure.throughput_rps !== undefined)
    .toSorted((a, b) => (a.concurrency ?? 0) - (b.concurrency ?? 0))
  if (sweep.length === 0) return []
  const name = textAt(top, 'config_name')
  const named = name === undefined ? null : gpusOfName(name)
  const cautions = ['The file does not name the backend; files of this shape were measured against Triton.']
  const least = Math.min(...sweep.map((measure) => measure.count ?? measure.total_requests ?? Infinity))
  if (Number.isFinite(least) && least < 662)
    cautions.push(`Each step is of ${least} requests or more: its high percentiles are uncertain.`)
  return [
    foreignResult({
      backend: 'triton',
      file,
      shape: 'multi-gpu',
      series: name ?? 'benchmarks',
      title: 'Triton',
      timestamp: timestampOf(top['timestamp']),
      config: {
        ...configOf({ ...fieldsOf(top['config']), ...top }),
        sweep_concurrency: sweep.flatMap((measure) => measure.concurrency ?? []),
      },
      gpu: gpuSpecsOf(top['gpu_specs'], named?.gpu ?? name, numberAt(top, 'gpu_count') ?? named?.count),
      section: { sweep },
      cautions,
    }),
  ]
}
