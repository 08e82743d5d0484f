import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BenchmarkResult, batchesOf, sectionOf } from '../../src/shared/contract/benchmark.ts'
import { declareBenchmark } from '../../src/engine/command-line/benchmark-command.ts'
import { recipes, testThreads } from '../support/servers/installation.ts'
import { freePorts, makeServerFolder } from '../support/servers/server-process.ts'
import { installPytorch } from '../support/servers/start-pytorch.ts'
import { installTriton, tritonInstallation } from '../support/servers/start-triton.ts'

// Real: the whole documented preset through the command, which starts each server by its recipe and stops it again: FastAPI with
// a small open_clip network, Triton 24.10 with the tests' network.

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twinlens-documented-'))
  await installPytorch()
  await installTriton()
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function documentedRun(name: string, start: string, ...args: string[]): Promise<string> {
  let code = NaN
  const program = new Command('twinlens').exitOverride()
  declareBenchmark(program, new AbortController().signal, (result) => {
    code = result
  })
  const output = join(folder, `${name}.json`)
  const places = ['--results', join(folder, 'results'), '--catalog', join(folder, 'catalog'), '--output', output]
  const whole = ['benchmark', '--quiet', '--preset', 'documented', '--start', start, ...places, ...args]
  await program.parseAsync(whole, { from: 'user' })
  expect(code).toBe(0)
  return output
}

const environment = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}='${value}'`)
    .join(' ')

/** What the documented write-up reads, and every phase of the preset. */
async function expectWhole(
  file: string,
  backend: 'pytorch' | 'triton',
  mayBeSkipped: readonly string[],
): Promise<void> {
  const result = BenchmarkResult.parse(JSON.parse(await readFile(file, 'utf8')))
  const section = sectionOf(result)
  const left = (result.phases ?? []).filter(({ state }) => state !== 'done')
  expect(left.filter(({ phase }) => !mayBeSkipped.includes(phase))).toEqual([])
  expect(section.cold_start).toMatchObject({ fresh_process: true })
  expect(section.cold_start?.first_request_ms).toBeGreaterThan(0)
  expect(section.cold_start?.time_to_ready_ms).toBeGreaterThan(500)
  expect(section.single).toMatchObject({ count: 50, p50_ms: expect.any(Number) as number })
  expect(section.single?.withheld?.map(({ field }) => field)).toEqual(['p90_ms', 'p95_ms', 'p99_ms'])
  expect(batchesOf(section).map(({ size }) => size)).toEqual([1, 4, 8, 16, 32])
  for (const { measure } of batchesOf(section)) expect(measure.images_per_s).toBeGreaterThan(0)
  expect(section.concurrent).toMatchObject({ total_requests: 200, successful: 200, concurrency: 16 })
  expect(section.concurrent?.p95_ms).toBeGreaterThan(0)
  expect(section.sweep?.map(({ concurrency }) => concurrency)).toEqual([1, 2, 4, 8, 16, 32, 64, 128])
  const oneLiner = `import json,sys;d=json.load(open(sys.argv[1]))['${backend}'];print(d['cold_start']['first_request_ms'],d['single']['p50_ms'],d['concurrent']['throughput_rps'])`
  const { python } = await installPytorch()
  const told = execFileSync(python, ['-c', oneLiner, file], { encoding: 'utf8' }).trim().split(' ').map(Number)
  expect(told).toEqual([
    section.cold_start?.first_request_ms,
    section.single?.p50_ms,
    section.concurrent?.throughput_rps,
  ])
}

test('the documented preset, whole, against FastAPI with open_clip', async () => {
  const [port = 0] = await freePorts(1)
  const settings = {
    CLIP_MODEL: 'ViT-S-32-alt',
    CLIP_PRETRAINED: '',
    CLIP_DEVICE: 'cpu',
    EXPORT_ONNX: '0',
    TORCH_THREADS: testThreads,
    TWINLENS_WORKERS: testThreads,
    TWINLENS_PORT: String(port),
  }
  const recipe = join(recipes, 'pytorch', 'start-cpu.sh')
  const start = `${environment(settings)} '${recipe}' '${join(tritonInstallation, '..', 'pytorch')}'`
  const file = await documentedRun('pytorch', start, '--pytorch-url', `http://127.0.0.1:${port}`)
  await expectWhole(file, 'pytorch', ['parity', 'gpu', 'server-metrics', 'operator-profile'])
}, 1_800_000)

test('the documented preset, whole, against Triton', async () => {
  const [port = 0, grpcPort = 0, metricsPort = 0] = await freePorts(3)
  const settings = {
    MODELS: 'fp32,u8',
    ONNX: 'tiny',
    REPOSITORY: join(makeServerFolder('triton'), 'repository'),
    HTTP_PORT: String(port),
    GRPC_PORT: String(grpcPort),
    METRICS_PORT: String(metricsPort),
    ORT_THREADS: testThreads,
  }
  const start = `${environment(settings)} '${join(recipes, 'triton', 'start-cpu.sh')}' '${tritonInstallation}'`
  const addresses = ['--triton-url', `http://127.0.0.1:${port}`]
  const metrics = ['--triton-metrics-url', `http://127.0.0.1:${metricsPort}/metrics`]
  const file = await documentedRun('triton', start, ...addresses, ...metrics)
  await expectWhole(file, 'triton', ['parity', 'gpu', 'operator-profile'])
}, 1_800_000)
