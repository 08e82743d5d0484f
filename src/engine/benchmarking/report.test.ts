import { expect, test } from 'vitest'
import type { BenchmarkResult } from '../../shared/contract/benchmark.ts'
import { compareResults } from './compare-results.ts'
import { exportReport } from './report-export.ts'
import { entryOf } from './results-entry.ts'
import { parseResults } from './results-read.ts'
import { plantedLoad, plantedResult, plantedSamples } from './results-sample.ts'
import { summariseLatencies } from './statistics.ts'

function full(changes: Partial<BenchmarkResult> = {}): BenchmarkResult {
  return plantedResult(
    'triton',
    {
      cold_start: { first_request_ms: 412.5 },
      single: summariseLatencies(plantedSamples(100, 50)),
      batch_1: { mean_ms: 100, images_per_s: 10, count: 50 },
      batch_8: { error: 'timeout after 120 s' },
      concurrent: plantedLoad({ meanMs: 300, concurrency: 16 }),
      sweep: [1, 8].map((concurrency) => plantedLoad({ meanMs: 100, concurrency })),
      server_metrics: { inference_request_success: 100, queue_duration_us: 500_000, average_batch_size: 7 },
      serialization: [
        { format: 'json-fp32', batch_size: 1, encode_ms: 52, bytes: 3_000_000 },
        { format: 'uint8', batch_size: 1, encode_ms: 0.1, bytes: 150_528 },
      ],
    },
    { notes: { price_per_hour: 2, text: '<b>=1+1|' }, ...changes },
  )
}

function report(format: 'json' | 'csv' | 'markdown' | 'html', results: BenchmarkResult[]): string {
  const columns = results.map((result, index) => ({ entry: entryOf(`${index}.json`, result), result }))
  const options = { libraryPhotos: 1000, p95LimitMs: null, baselines: [] }
  return exportReport(format, compareResults(columns, options), results)
}

test('Markdown has the sections of the write-up, filled from the data', () => {
  const text = report('markdown', [full()])
  const titles = [...text.matchAll(/^## (.+)$/gm)].map(([, title]) => title)
  expect(titles).toEqual([
    'Environment',
    'Configuration',
    'Cold start',
    'Single image',
    'Batch',
    'Concurrency',
    'Serialization',
    'Triton metrics',
    'Observations',
    'Cost',
  ])
  expect(text).toContain('| 413 |')
  expect(text).toContain('timeout after 120 s')
  expect(text).toContain('it takes 662 samples to be believed, and there are 50')
  expect(text).toContain('1,000 photos')
  expect(text).toContain('\\<b\\>=1+1\\|')
  for (const table of text.split('\n\n').filter((block) => block.startsWith('| '))) {
    const widths = table.split('\n').map((row) => row.replaceAll('\\|', '').split('|').length)
    expect(new Set(widths).size).toBe(1)
  }
})

test('the HTML page stands alone, with charts, and runs nothing that a note holds', () => {
  const label = '<img src=x onerror=alert(1)>'
  const page = report('html', [full({ label }), full()])
  expect(page).not.toContain('<img')
  expect(page).not.toMatch(/<script|https?:\/\/(?!10\.)/)
  expect([...page.matchAll(/<svg /g)].length).toBeGreaterThanOrEqual(4)
  expect(page).toContain('Requests in flight: photos a second')
  expect(page).not.toContain('NaN')
})

test('CSV has a row a figure, quoted and disarmed', () => {
  const text = report('csv', [full({ label: '=cmd,"x"' })])
  const lines = text.split('\r\n')
  expect(lines[0]).toContain('result,label,backend,gpu,measured,metric,unit,value,low95,high95,n,note')
  expect(lines.find((line) => line.includes(',single.p50_ms,'))).toMatch(/^0\.json,"'=cmd,""x""",triton,.*,ms,\d/)
  expect(lines.find((line) => line.includes('batch_8.mean_ms'))).toContain('timeout after 120 s')
})

test('JSON of one result is a file that opens again', () => {
  expect(parseResults(report('json', [full()]), 'x.json')).toEqual([full()])
  expect(JSON.parse(report('json', [full(), full()]))).toMatchObject({ schema: 'twinlens/benchmark-comparison@1' })
})
