import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { batchesOf, sectionOf } from '../../shared/contract/benchmark.ts'
import { compareResults } from './compare-results.ts'
import { costOf } from './cost.ts'
import { entryOf } from './results-entry.ts'
import { parseResults, readResults } from './results-read.ts'

const read = (content: unknown, name = 'file.json') => parseResults(JSON.stringify(content), name)

describe('the flat shape', () => {
  const latency = { mean_ms: 50.5, p50_ms: 48, p95_ms: 70, p99_ms: 90, min_ms: 40, max_ms: 95, count: 50 }
  const file = {
    timestamp: '2026-02-14T09:07:42.732136',
    config: { backend: 'triton', triton_url: 'http://user:secret@10.1.2.3:8003', iterations: 50, batch_sizes: '1,4' },
    gpu_after: { name: 'RTX 3070', memory_used_mb: 900, utilization_percent: 40 },
    triton: {
      cold_start: { first_request_ms: 600 },
      single: latency,
      batch_4: { ...latency, mean_ms: 80 },
      batch_8: { error: 'timeout after 120 s' },
      concurrent: {
        ...latency,
        throughput_rps: 25.5,
        wall_time_s: 7.8,
        concurrency: 16,
        total_requests: 200,
        successful: 199,
      },
      server_metrics: { inference_request_success: 459, compute_infer_duration_us: 13_690_887 },
    },
  }

  test('becomes a result with what is missing left missing', () => {
    const [result, ...more] = read(file, 'triton_rtx3070_20260214_083702.json')
    expect(more).toEqual([])
    expect(result).toMatchObject({
      backend: 'triton',
      timestamp: '2026-02-14T09:07:42.732136',
      config: { iterations: 50, batch_sizes: [1, 4] },
      gpu_specs: { name: 'rtx3070' },
      gpu_before: null,
      gpu_after: { gpus: [{ memory_used_mb: 900, utilization: 0.4 }] },
    })
    const section = sectionOf(result!)
    expect(section.cold_start?.first_request_ms).toBe(600)
    expect(section.single).toEqual(latency)
    expect(section.batch_4?.images_per_s).toBeCloseTo(50)
    expect(section.batch_8).toEqual({ error: 'timeout after 120 s' })
    expect(section.concurrent).toMatchObject({ throughput_rps: 25.5, successful: 199 })
    expect(section.server_metrics).toEqual({ inference_request_success: 459, compute_infer_duration_us: 13_690_887 })
    expect(Object.keys(section)).not.toContain('sweep')
    expect(result?.environment).toBeUndefined()
    expect(result?.source?.cautions.join(' ')).toContain('99th percentile rests on 50 samples')
  })

  test('addresses and what stands in them are not taken over', () => {
    expect(JSON.stringify(read(file))).not.toMatch(/secret|10\.1\.2\.3/)
  })

  test('two sections are two series; without GPU and time the file says so', () => {
    const results = read({ pytorch: { single: { p50_ms: 5, p95_ms: null } }, local: { single: { p50_ms: 9 } } })
    expect(results.map(({ backend }) => backend)).toEqual(['pytorch', 'local'])
    expect(sectionOf(results[0]!).single).toEqual({ p50_ms: 5 })
    expect(results[0]?.gpu_specs.note).toContain('does not tell the GPU')
    expect(results[0]?.source?.cautions.join(' ')).toContain('does not tell when')
    expect(results[0]?.timestamp).toBeNull()
  })
})

test('the three-way shape, in both spellings', () => {
  const results = read({
    config: {
      host: '10.1.2.3',
      gpu: 'NVIDIA A100',
      iterations: 30,
      batch_sizes: [1, 8],
      timestamp: '2026-02-15 16:11:41',
      notes: 'From far.',
    },
    backends: {
      pytorch_fastapi: {
        single_image: { mean_ms: 57, median_ms: 55, count: 30 },
        batch: { batch_1: { mean_ms: 60, throughput_imgs_sec: 16.7 } },
      },
      triton_onnx_cuda_ep: {
        single_image: { client_mean_ms: 180, client_median_ms: 170, server_compute_ms: 4.4, iterations: 30 },
        batch: [{ size: 8, mean_ms: 292.7, throughput_imgs_per_sec: 27.3 }],
      },
      triton_trt_ep: { single_image: { mean_ms: 212 }, batch: { batch_8: { note: 'Timed out' } } },
      mystery: { single_image: { mean_ms: 1 } },
    },
  })
  expect(results.map(({ label }) => label)).toEqual([
    'PyTorch FastAPI, NVIDIA A100',
    'Triton ONNX (CUDA), NVIDIA A100',
    'Triton TensorRT, NVIDIA A100',
  ])
  const [pytorch, onnx, trt] = results.map(sectionOf)
  expect(pytorch).toEqual({
    single: { mean_ms: 57, p50_ms: 55, count: 30 },
    batch_1: { mean_ms: 60, images_per_s: 16.7 },
  })
  expect(onnx).toEqual({
    single: { mean_ms: 180, p50_ms: 170, count: 30, breakdown: { compute_infer: 4.4 } },
    batch_8: { mean_ms: 292.7, images_per_s: 27.3 },
  })
  expect(trt?.batch_8).toEqual({ error: 'Timed out' })
  expect(results[0]?.timestamp).toBe('2026-02-15T16:11:41')
  expect(results[0]?.source?.cautions).toContain('From far.')
  // Series of one session may be ranked, but without a known spread nothing wins.
  const columns = results.map((result, index) => ({ entry: entryOf(String(index), result), result }))
  const comparison = compareResults(columns, { libraryPhotos: null, p95LimitMs: null, baselines: [] })
  expect(comparison.differences).toEqual([])
  expect(comparison.rows.every(({ winner }) => winner === null)).toBe(true)
})

test('the multi-GPU shape', () => {
  const [result] = read({
    config_name: '4gpu-rtx4080',
    timestamp: '2026-02-15T19:18:23.157646',
    triton_url: 'http://10.1.2.3:45219',
    iterations_per_concurrency: 100,
    benchmarks: [
      {
        concurrency: 4,
        throughput_imgs_per_sec: 11,
        p50_ms: 270,
        p95_ms: 840,
        count: 100,
        total_requests: 100,
        successful: 100,
      },
      { concurrency: 1, throughput_imgs_per_sec: 3.4, p50_ms: 267, p95_ms: 457 },
    ],
  })
  expect(result).toMatchObject({ backend: 'triton', gpu_specs: { name: 'rtx4080', count: 4 } })
  expect(sectionOf(result!).sweep?.map((step) => [step.concurrency, step.images_per_s, step.count])).toEqual([
    [1, 3.4, undefined],
    [4, 11, 100],
  ])
})

describe('files that are none', () => {
  test.each([
    ['no JSON', '{"timestamp": ', /is not JSON/],
    ['something else', '{"hello": 1}', /holds no benchmark results/],
    ['a list', '[1]', /holds no benchmark results/],
    ['empty sections', '{"pytorch": {}}', /holds no benchmark results/],
    ['text for a number', '{"pytorch": {"single": {"p50_ms": "fast"}}}', /its p50_ms is not a number/],
    ['ours, damaged', '{"schema": "twinlens/benchmark-result@1", "timestamp": 5}', /timestamp/],
    ['ours, newer', '{"schema": "twinlens/benchmark-result@9"}', /newer Twinlens/],
  ])('%s', (_, text, message) => {
    expect(() => parseResults(text, 'bad.json')).toThrow(message)
    expect(() => parseResults(text, 'bad.json')).toThrow('bad.json')
  })
})

describe('the published figures that ship', () => {
  const folder = fileURLToPath(new URL('../../../benchmark_results/documented', import.meta.url))
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
  const one = async (part: string) => {
    const [result] = await readResults(`${folder}/${files.find((name) => name.includes(part))}`)
    return result!
  }

  test('all can be read, and say where they come from', async () => {
    expect(files.length).toBe(16)
    for (const file of files) {
      const [result] = await readResults(`${folder}/${file}`)
      expect(result?.source).toMatchObject({
        kind: 'documented',
        title: expect.stringContaining('Published benchmark'),
      })
    }
  })

  test('both contradictory write-ups are there, marked as such', async () => {
    const [writeup, reference] = [await one('pytorch-writeup'), await one('pytorch-reference')]
    expect([sectionOf(writeup).batch_32?.mean_ms, sectionOf(reference).batch_32?.mean_ms]).toEqual([729, 1070])
    expect([sectionOf(writeup).concurrent?.throughput_rps, sectionOf(reference).concurrent?.throughput_rps]).toEqual([
      47.5, 36.8,
    ])
    for (const result of [writeup, reference])
      expect(result.source?.cautions[0]).toContain('Two published write-ups give different figures')
  })

  test('figures stand as published, timeouts and gaps included', async () => {
    const trt = sectionOf(await one('a100-trt'))
    expect(batchesOf(trt).map(({ size, measure }) => [size, measure.mean_ms ?? measure.error])).toEqual([
      [1, 199.8],
      [4, 392.4],
      [8, 'timeout'],
      [16, 'timeout'],
      [32, 'timeout'],
    ])
    const sweep = sectionOf(await one('4x-rtx4080')).sweep ?? []
    expect(sweep.map(({ throughput_rps: rate }) => rate)).toEqual([3.4, 11, 20.2, 31.9, 43.2, 37.4, 37.1])
    expect(sectionOf(await one('onnx-profile')).operator_profile?.operators[0]).toEqual({
      op: 'MatMul',
      total_ms: 28153,
      share: 0.757,
      invocations: 30195,
    })
  })

  test.each([
    ['a100-pytorch', 0.006],
    ['rtx4080-onnx', 0.023],
    ['4x-rtx4080', 0.051],
  ])('the published cost of 1,000 images follows from price and throughput: %s', async (part, dollars) => {
    expect(costOf(await one(part))?.per1000?.value).toBeCloseTo(dollars, 3)
  })
})
