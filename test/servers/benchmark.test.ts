import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BenchmarkResult, batchesOf, sectionOf } from '../../src/shared/contract/benchmark.ts'
import { declareBenchmark } from '../../src/engine/command-line/benchmark-command.ts'
import { startPytorch, type PytorchServer } from '../support/servers/start-pytorch.ts'
import { startTriton, type TritonServer } from '../support/servers/start-triton.ts'

// Real: Triton and the PyTorch server as their recipes start them, the benchmark command, its load process and its files.

let folder: string
let triton: TritonServer
let pytorch: PytorchServer

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twinlens-benchmark-'))
  triton = await startTriton({ models: ['fp32', 'u8'] })
  pytorch = await startPytorch()
})
afterAll(async () => {
  await triton?.stop()
  await pytorch?.stop()
  await rm(folder, { recursive: true, force: true })
})

async function benchmark(...args: string[]): Promise<number> {
  let code = NaN
  const program = new Command('twinlens').exitOverride()
  declareBenchmark(program, new AbortController().signal, (result) => {
    code = result
  })
  const places = ['--results', join(folder, 'results'), '--catalog', join(folder, 'catalog')]
  await program.parseAsync(['benchmark', '--quiet', ...places, ...args], { from: 'user' })
  return code
}

async function read(file: string): Promise<BenchmarkResult> {
  return BenchmarkResult.parse(JSON.parse(await readFile(file, 'utf8')))
}

test('the quick preset measures a real Triton in every phase, and its counters agree with what was sent', async () => {
  const output = join(folder, 'triton.json')
  const code = await benchmark(
    ...['--preset', 'quick', '--triton-url', triton.url, '--triton-metrics-url', triton.metricsUrl],
    ...['--output', output, '--notes', 'region=here', '--notes', 'price_per_hour=0.5'],
  )
  expect(code).toBe(0)
  const result = await read(output)
  const section = sectionOf(result)
  expect(result.phases?.filter(({ state }) => state !== 'done').map(({ phase }) => phase)).toEqual(['gpu'])
  expect(section.cold_start).toMatchObject({ fresh_process: true, first_request_ms: expect.any(Number) })
  expect(section.single?.count).toBe(20)
  // The server's own times come from its counters, and fit into what was seen from here.
  const { queue = NaN, compute_infer = NaN, network = NaN } = section.single?.breakdown ?? {}
  expect(compute_infer).toBeGreaterThan(0)
  expect(queue + compute_infer + network).toBeLessThanOrEqual(section.single?.mean_ms ?? 0)
  expect(batchesOf(section).map(({ size }) => size)).toEqual([1, 8, 32])
  expect(section.concurrent).toMatchObject({ successful: 130, total_requests: 130, concurrency: 16 })
  const concurrent = section.server_metrics_by_phase?.find(({ label }) => label === 'concurrent')
  // One ahead of the clock.
  expect(concurrent?.inference_request_success).toBe(131)
  expect(concurrent?.average_batch_size).toBeGreaterThan(1)
  expect(section.concurrent?.utilisation?.generator_ceiling_rps).toBeGreaterThan(0)
  expect(result.notes).toEqual({ region: 'here', price_per_hour: 0.5 })
  expect(result.environment?.server?.name).toBe('triton')
})

test('protocols: HTTP and gRPC, floats, JSON and bytes, each with what it sends', async () => {
  const output = join(folder, 'protocols.json')
  const plan = ['--phases', 'protocols', '--iterations', '5', '--concurrent-requests', '20', '--concurrency', '4']
  expect(await benchmark(...plan, '--preset', 'quick', '--triton-url', triton.url, '--output', output)).toBe(0)
  const { protocols = [] } = sectionOf(await read(output))
  const ways = protocols.map(({ transport, format }) => `${transport} ${format}`)
  expect(ways).toEqual(expect.arrayContaining(['http uint8', 'http fp32', 'http json-fp32']))
  const bytes = (way: string): number => protocols[ways.indexOf(way)]?.request_bytes ?? 0
  expect(bytes('http fp32')).toBeGreaterThan(602_112)
  expect(bytes('http fp32')).toBeLessThan(603_000)
  expect(bytes('http uint8')).toBeLessThan(152_000)
  expect(bytes('http json-fp32')).toBeGreaterThan(1_000_000)
  for (const { serial, concurrent } of protocols) {
    expect(serial?.count).toBe(5)
    expect(concurrent?.successful).toBe(20)
  }
})

test('a real PyTorch server: fail-if decides the exit code', async () => {
  const work = ['--phases', 'readiness,single,batch,concurrent', '--iterations', '4', '--batch-sizes', '1,4']
  const size = ['--concurrent-requests', '8', '--concurrency', '4', '--pytorch-url', pytorch.url, '--preset', 'quick']
  const output = join(folder, 'pytorch.json')
  expect(await benchmark(...work, ...size, '--output', output, '--fail-if', 'single.p50_ms>60000')).toBe(0)
  const section = sectionOf(await read(output))
  expect(section.single?.count).toBe(4)
  expect(section.single?.breakdown?.compute_infer).toBeGreaterThan(1)
  expect(section.concurrent?.successful).toBe(8)
  const again = [
    '--phases',
    'single',
    '--iterations',
    '2',
    '--warmup',
    '0',
    '--preset',
    'quick',
    '--pytorch-url',
    pytorch.url,
  ]
  expect(await benchmark(...again, '--fail-if', 'single.p50_ms>0.01')).toBe(1)
})

test('a Triton that is killed in the batch phase: earlier phases stay, the rest says what happened', async () => {
  const output = join(folder, 'killed.json')
  const running = benchmark(
    ...['--preset', 'quick', '--phases', 'readiness,single,batch,concurrent', '--batch-sizes', '1,4,8'],
    ...['--iterations', '40', '--triton-url', triton.url, '--output', output],
  )
  await batchBegins()
  await triton.kill()
  expect(await running).toBe(1)
  const result = await read(output)
  const section = sectionOf(result)
  expect(section.single?.count).toBe(40)
  expect(result.phases?.find(({ phase }) => phase === 'batch')?.reason).toContain(String(triton.port))
  expect(section.batch_8?.error).toBeDefined()
  expect(result.phases?.find(({ phase }) => phase === 'concurrent')).toMatchObject({ state: 'failed' })
})

/** The file is written after each phase: once the single phase is in it, batches are under way. */
async function batchBegins(): Promise<void> {
  const results = join(folder, 'results')
  const before = new Set(await readdir(results))
  for (;;) {
    const [file] = (await readdir(results)).filter((name) => !before.has(name) && name.endsWith('.json'))
    const text = file === undefined ? '' : await readFile(join(results, file), 'utf8')
    if (/"single": \{/.test(text)) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
