import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { perfAnalyzer } from '../support/servers/start-triton.ts'

export interface PerfAnalyzerRun {
  transport: 'http' | 'grpc'
  /** `host:port` */
  address: string
  model: string
  concurrency: number
  windowMs: number
}

export interface PerfAnalyzerFigures {
  /** Requests per second. */
  rate: number
  p50Ms: number
  p95Ms: number
}

/**
 * What NVIDIA's perf_analyzer measures with one picture a request, over three windows in a row. Whether they agree
 * is not asked (`-s`): the caller compares many runs.
 */
export async function runPerfAnalyzer(run: PerfAnalyzerRun): Promise<PerfAnalyzerFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'twinlens-perf-analyzer-'))
  const table = join(folder, 'result.csv')
  const args = ['-m', run.model, '-u', run.address, '-i', run.transport]
  args.push('--concurrency-range', `${run.concurrency}:${run.concurrency}`)
  args.push('-p', String(run.windowMs), '-s', '999', '-f', table)
  try {
    await promisify(execFile)(perfAnalyzer.command, args, {
      env: { ...process.env, LD_LIBRARY_PATH: perfAnalyzer.libraryPath },
      timeout: 120_000,
    })
    const [head = '', row = ''] = (await readFile(table, 'utf8')).trim().split('\n')
    const figure = (column: string): number => Number(row.split(',')[head.split(',').indexOf(column)])
    // Latencies are in microseconds.
    const figures = {
      rate: figure('Inferences/Second'),
      p50Ms: figure('p50 latency') / 1000,
      p95Ms: figure('p95 latency') / 1000,
    }
    if (!Object.values(figures).every((value) => value > 0))
      throw new Error(`perf_analyzer told no throughput or latency: ${row}`)
    return figures
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
