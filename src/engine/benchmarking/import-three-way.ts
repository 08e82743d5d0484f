import type { BackendSection, BenchmarkBackend, BenchmarkResult } from '../../shared/contract/benchmark.ts'
import {
  configOf,
  fieldsOf,
  gpuSpecsOf,
  latencyFields,
  numberAt,
  textAt,
  thinPercentiles,
  timestampOf,
  type Fields,
} from './import-fields.ts'
import { batchMeasure } from './import-flat.ts'
import { foreignResult } from './import-series.ts'

/** Names seen in published files. */
const known: Readonly<Record<string, { backend: BenchmarkBackend; title: string }>> = {
  pytorch_fastapi: { backend: 'pytorch', title: 'PyTorch FastAPI' },
  pytorch: { backend: 'pytorch', title: 'PyTorch FastAPI' },
  triton_onnx_cuda_ep: { backend: 'triton', title: 'Triton ONNX (CUDA)' },
  triton_onnx: { backend: 'triton', title: 'Triton ONNX (CUDA)' },
  triton_trt_ep: { backend: 'triton', title: 'Triton TensorRT' },
  triton_trt: { backend: 'triton', title: 'Triton TensorRT' },
}

function backendOf(name: string): { backend: BenchmarkBackend; title: string } | null {
  const found = known[name]
  if (found !== undefined) return found
  const backend = (['pytorch', 'triton', 'local'] as const).find((kind) => name.startsWith(kind))
  return backend === undefined ? null : { backend, title: name.replaceAll('_', ' ') }
}

/** Several backends of one session in a file. See [Note: Published shapes]. */
export function importThreeWay(content: unknown, file: string): BenchmarkResult[] {
  const top = fieldsOf(content)
  const config = fieldsOf(top['config'])
  return Object.entries(fieldsOf(top['backends'])).flatMap(([name, value]) => {
    const found = backendOf(name)
    const fields = fieldsOf(value)
    const section = threeWaySection(fields)
    if (found === null || Object.keys(section).length === 0) return []
    const note = textAt(config, 'notes', 'note')
    return [
      foreignResult({
        ...found,
        file,
        shape: 'three-way',
        series: name,
        timestamp: timestampOf(top['timestamp'], config['timestamp']),
        config: configOf(config),
        gpu: gpuSpecsOf(top['gpu_specs'] ?? config['gpu'] ?? top['gpu'], undefined),
        section,
        cautions: [...thinPercentiles(section.single ?? {}), ...(note === undefined ? [] : [note])],
      }),
    ]
  })
}

function threeWaySection(fields: Fields): BackendSection {
  const section: BackendSection = {}
  const single = fieldsOf(fields['single_image'])
  const latency = latencyFields(single)
  const samples = latency.count ?? numberAt(single, 'iterations')
  const infer = numberAt(single, 'server_gpu_compute_ms', 'server_compute_ms')
  if (Object.keys(latency).length > 0)
    section.single = {
      ...latency,
      ...(samples === undefined ? {} : { count: samples }),
      ...(infer === undefined ? {} : { breakdown: { compute_infer: infer } }),
    }
  for (const [size, measure] of batchEntries(fields['batch'])) section[`batch_${size}`] = batchMeasure(measure, size)
  return section
}

/** `{batch_4: {…}}`, `{"4": {…}}` or `[{size: 4, …}]`. */
function batchEntries(value: unknown): [number, Fields][] {
  if (Array.isArray(value)) {
    return value.flatMap((entry): [number, Fields][] => {
      const fields = fieldsOf(entry)
      const size = numberAt(fields, 'size', 'batch_size')
      return size === undefined ? [] : [[size, fields]]
    })
  }
  return Object.entries(fieldsOf(value)).flatMap(([key, entry]): [number, Fields][] => {
    const size = /^(?:batch_)?(\d+)$/.exec(key)?.[1]
    return size === undefined ? [] : [[Number(size), fieldsOf(entry)]]
  })
}
