import { z } from 'zod'
import type { BenchmarkResult } from '../../shared/contract/benchmark.ts'
import { TwinlensError } from '../../shared/errors.ts'
import { NotANumber } from './import-fields.ts'
import { importFlat } from './import-flat.ts'
import { importMultiGpu } from './import-multi-gpu.ts'
import { importThreeWay } from './import-three-way.ts'

const Marks = z.looseObject({
  backends: z.record(z.string(), z.unknown()).optional(),
  benchmarks: z.array(z.unknown()).optional(),
  pytorch: z.record(z.string(), z.unknown()).optional(),
  triton: z.record(z.string(), z.unknown()).optional(),
  local: z.record(z.string(), z.unknown()).optional(),
})

/**
 * [Note: Published shapes]
 * Three kinds of file came with the published benchmarks, each in slightly varying words:
 * flat (`config`, `pytorch` | `triton` with `cold_start, single, batch_<N>, concurrent, server_metrics`; `batch_sizes` may be text),
 * three-way (`config`, `backends.<name>.{single_image, batch}`; names with and without `client_`, `median_ms` for `p50_ms`,
 * `throughput_imgs_sec` or `throughput_imgs_per_sec`, a `note` where a batch timed out) and
 * multi-GPU (`config_name`, `benchmarks[]` by concurrency). Each becomes `BenchmarkResult`s; what a file lacks stays missing.
 * Addresses of servers in them are not taken over.
 *
 * @throws TwinlensError `invalid-request` when it is none of them
 */
export function importForeign(content: unknown, file: string): BenchmarkResult[] {
  const marks = Marks.safeParse(content)
  try {
    const series = marks.success ? importMarked(marks.data, content, file) : []
    if (series.length > 0) return series
  } catch (error) {
    if (!(error instanceof NotANumber)) throw error
    throw new TwinlensError('invalid-request', `${file}: ${error.message}. It was left as it is.`, { cause: error })
  }
  throw new TwinlensError(
    'invalid-request',
    `${file} holds no benchmark results that Twinlens knows: neither a section pytorch, triton or local, nor backends with single_image or batch, nor benchmarks by concurrency. It was left as it is.`,
  )
}

function importMarked(marks: z.infer<typeof Marks>, content: unknown, file: string): BenchmarkResult[] {
  if (marks.benchmarks !== undefined) return importMultiGpu(content, file)
  if (marks.backends !== undefined) return importThreeWay(content, file)
  if (marks.pytorch !== undefined || marks.triton !== undefined || marks.local !== undefined)
    return importFlat(content, file)
  return []
}
