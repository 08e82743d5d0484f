import type {
  BenchmarkBackend,
  BenchmarkConfig,
  BenchmarkResult,
  ResultSource,
} from '../../shared/contract/benchmark.ts'
import type { BackendSection } from '../../shared/contract/benchmark.ts'
import type { GpuMoment, GpuSpecs } from '../../shared/contract/benchmark-resources.ts'

export const backendTitles: Readonly<Record<BenchmarkBackend, string>> = {
  pytorch: 'PyTorch FastAPI',
  triton: 'Triton',
  local: 'Local',
}

/** One series of a foreign file as a result. A time that no file tells is null, said in the cautions. */
export function foreignResult(found: {
  backend: BenchmarkBackend
  file: string
  shape: ResultSource['shape']
  timestamp: string | undefined
  config: BenchmarkConfig
  gpu: GpuSpecs
  before?: GpuMoment | null
  after?: GpuMoment | null
  section: BackendSection
  cautions: string[]
  /** Name of the series in the file; absent: the backend's. */
  series?: string
  title?: string
}): BenchmarkResult {
  const title = found.title ?? backendTitles[found.backend]
  const cautions = [...found.cautions]
  if (found.timestamp === undefined) cautions.push('The file does not tell when it was measured.')
  return {
    schema: 'twinlens/benchmark-result@1',
    timestamp: found.timestamp ?? null,
    run_id: `${found.file}#${found.series ?? found.backend}`,
    backend: found.backend,
    label: `${title}, ${found.gpu.count > 1 ? `${found.gpu.count} × ` : ''}${found.gpu.name}`,
    config: found.config,
    gpu_specs: found.gpu,
    gpu_before: found.before ?? null,
    gpu_after: found.after ?? null,
    source: {
      kind: 'imported',
      id: found.series ?? found.backend,
      title: found.file,
      shape: found.shape,
      file: found.file,
      cautions,
    },
    [found.backend]: found.section,
  }
}
