import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { BenchmarkResult, sectionOf } from '../../shared/contract/benchmark.ts'
import { type BenchmarkPlan } from '../../shared/contract/benchmark-run.ts'
import { loadManifest } from '../embedding/manifest.ts'
import { openConnection } from '../embedding/remote/open-connection.ts'
import type { ServerSetup } from './backend-setup.ts'
import { describeMachine } from './environment.ts'
import { nullAnswers } from './null-answers.ts'
import { ResultStore } from './results-store.ts'
import { runBackends } from './run-backends.ts'
import type { RunEnd, RunProgress } from './run-parts.ts'
import { settingsOf } from './run-settings.ts'

// Real: the whole run with its load process, the clients that scans use, and the history's files. The servers are small ones in this
// process that speak the wire protocol, so that a fault can be planted at an exact moment.

const resources = new URL('../../../resources', import.meta.url).pathname
const { models } = await loadManifest(resources)
const preprocessing = models.find(({ role }) => role === 'server-twin')?.input.preprocessing
const offer = { model: 'm', version: '1', transport: 'http', format: 'uint8', maxBatch: 32, dimension: 4 } as const

let folder: string
const servers: Server[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twinlens-benchmark-'))
})
afterEach(async () => {
  for (const server of servers.splice(0)) end(server)
  await rm(folder, { recursive: true, force: true })
})

function end(server: Server | undefined): void {
  server?.close()
  server?.closeAllConnections()
}

interface Faults {
  /** What happens to a request of so many pictures. */
  onInfer?: (count: number) => 'answer' | 'hang' | 'die'
  /** Answered with 404. */
  missing?: readonly string[]
  /** Told of the token of every request. */
  onToken?: (token: string | undefined) => void
}

let requests = 0
let inferences = 0

async function listen(
  handle: (request: IncomingMessage, body: Buffer, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => handle(request, Buffer.concat(chunks), response))
    request.on('error', () => undefined)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Triton's HTTP as far as a run asks for it; its model answers a vector of four after 2 ms. */
async function startTriton({ onInfer = () => 'answer', missing = [], onToken }: Faults = {}): Promise<string> {
  if (preprocessing === undefined) throw new Error('the manifest has no twin of the servers’ model')
  const answers = nullAnswers({ kind: 'triton', offer, preprocessing })
  requests = 0
  inferences = 0
  return listen((request, body, response) => {
    const path = request.url ?? ''
    onToken?.(request.headers.authorization)
    if (missing.some((part) => path.endsWith(part))) return response.writeHead(404).end('{"error":"not here"}')
    if (path.endsWith('/stats')) return response.end(JSON.stringify(statistics()))
    if (path.endsWith('/repository/index')) return response.end('[{"name":"m","version":"1","state":"READY"}]')
    if (!path.endsWith('/infer')) {
      const answer = answers.http(request.method ?? 'GET', path)
      return response.writeHead(answer.status, answer.headers).end(answer.body)
    }
    const header = body.subarray(0, Number(request.headers['inference-header-content-length']))
    const count = (JSON.parse(header.toString()) as { inputs: { shape: number[] }[] }).inputs[0]?.shape[0] ?? 1
    const verdict = onInfer(count)
    if (verdict === 'hang') return undefined
    if (verdict === 'die') return end(servers[0])
    requests++
    inferences += count
    return setTimeout(() => answerVectors(response, count), 2)
  })
}

function answerVectors(response: ServerResponse, count: number): void {
  const raw = Buffer.from(Float32Array.from({ length: count * 4 }, (_, k) => (k % 4 === 0 ? 1 : 0)).buffer)
  const output = {
    name: 'embedding',
    datatype: 'FP32',
    shape: [count, 4],
    parameters: { binary_data_size: raw.length },
  }
  const head = Buffer.from(JSON.stringify({ model_name: 'm', model_version: '1', outputs: [output] }))
  response.writeHead(200, { 'inference-header-content-length': String(head.length) }).end(Buffer.concat([head, raw]))
}

function statistics(): unknown {
  const each = (ms: number): { count: number; ns: number } => ({ count: requests, ns: requests * ms * 1e6 })
  const inference_stats = {
    success: each(2),
    fail: { count: 0, ns: 0 },
    queue: each(0.5),
    compute_input: each(0.1),
    compute_infer: each(1.3),
    compute_output: each(0.1),
  }
  const one = { version: '1', inference_count: inferences, execution_count: requests, inference_stats }
  return { model_stats: [one] }
}

async function setupOf(
  url: string,
  kind: 'triton' | 'pytorch',
  metricsUrl: string | null = null,
): Promise<ServerSetup> {
  if (preprocessing === undefined) throw new Error('the manifest has no twin of the servers’ model')
  const access = { kind, url, token: 'secret-token', headers: {}, certificate: null, metricsUrl }
  const connection = openConnection(access)
  const report = await connection.inspect()
  await connection.close()
  const [first] = report.offers
  if (first === undefined) throw new Error(`nothing is offered: ${JSON.stringify(report)}`)
  return { kind, access, report, offer: first, preprocessing, sha256: null, others: [], readyMs: null }
}

interface RunOptions {
  plan: Partial<BenchmarkPlan>
  signal?: AbortSignal
  onProgress?: (progress: RunProgress) => void
  resume?: string
  photos?: string[]
}

async function run(backends: ServerSetup[], { plan, signal, onProgress, resume, photos }: RunOptions): Promise<RunEnd> {
  return runBackends({
    runId: 'test',
    work: backends.map((backend) => ({
      backend,
      notes: undefined,
      resume: resume === undefined ? null : { id: resume },
    })),
    settings: {
      ...settingsOf({ targets: [], preset: 'quick', continueWhenBothUp: true, iterations: 6, ...plan }),
      cooldownMs: 10,
      windowMs: 100,
      maxWindows: 4,
    },
    machine: await describeMachine(folder),
    ports: { checkParity: null, samplePhotos: photos === undefined ? null : () => Promise.resolve(photos) },
    store: new ResultStore(folder, null),
    continueWhenBothUp: true,
    signal: signal ?? new AbortController().signal,
    onProgress: onProgress ?? (() => undefined),
  })
}

async function fileOf(end: RunEnd, at = 0): Promise<BenchmarkResult> {
  return BenchmarkResult.parse(JSON.parse(await readFile(join(folder, end.ids[at] ?? ''), 'utf8')))
}

const stateOf = (result: BenchmarkResult, phase: string): string | undefined =>
  result.phases?.find((outcome) => outcome.phase === phase)?.state
const reasonOf = (result: BenchmarkResult, phase: string): string =>
  result.phases?.find((outcome) => outcome.phase === phase)?.reason ?? ''

test('a server that dies in the batch phase leaves what was measured, and the truth about the rest', async () => {
  const url = await startTriton({ onInfer: (count) => (count === 8 ? 'die' : 'answer') })
  const phases = ['readiness', 'single', 'batch', 'concurrent', 'server-metrics'] as const
  const end = await run([await setupOf(url, 'triton')], { plan: { phases: [...phases], batchSizes: [1, 4, 8, 16] } })
  const result = await fileOf(end)
  const section = sectionOf(result)
  expect(section.single?.count).toBe(6)
  expect(section.batch_4?.count).toBe(6)
  expect(section.batch_4?.error).toBeUndefined()
  expect(section.batch_8).toMatchObject({ count: 0, error: expect.stringContaining('127.0.0.1') })
  expect(section.batch_16).toMatchObject({ count: 0, error: expect.any(String) })
  expect(stateOf(result, 'batch')).toBe('done')
  expect(reasonOf(result, 'batch')).toContain('batch 8')
  expect(result.phases).toContainEqual(
    expect.objectContaining({ phase: 'concurrent', state: 'failed', code: 'server-unreachable' }),
  )
  expect(section.concurrent).toBeUndefined()
  expect(stateOf(result, 'server-metrics')).toBe('failed')
  // What goes into a file must not hold what opens a server.
  expect(await readFile(join(folder, end.ids[0] ?? ''), 'utf8')).not.toContain('secret-token')
})

test('a time-out on batch 8 is its result, and batch 16 is measured all the same', async () => {
  const url = await startTriton({ onInfer: (count) => (count === 8 ? 'hang' : 'answer') })
  const begun = performance.now()
  const plan = { phases: ['batch' as const], batchSizes: [4, 8, 16], timeoutSeconds: 1 }
  const result = await fileOf(await run([await setupOf(url, 'triton')], { plan }))
  const section = sectionOf(result)
  expect(section.batch_8).toEqual({ count: 0, error: 'timeout after 1 s' })
  expect(section.batch_4?.count).toBe(6)
  expect(section.batch_16?.count).toBe(6)
  expect(stateOf(result, 'batch')).toBe('done')
  // Two time-outs (warm-up and the first request), not six.
  expect(performance.now() - begun).toBeLessThan(8000)
})

test('a closed metrics port is stood in for by the statistics; without those the phase says why it was skipped', async () => {
  const closed = 'http://127.0.0.1:9/metrics'
  const plan = { phases: ['readiness' as const, 'single' as const, 'server-metrics' as const] }
  const counted = await fileOf(await run([await setupOf(await startTriton(), 'triton', closed)], { plan }))
  expect(sectionOf(counted).server_metrics).toMatchObject({ inference_request_success: 9, queue_duration_us: 4500 })
  expect(sectionOf(counted).single?.breakdown).toMatchObject({ queue: 0.5, compute_infer: 1.3 })
  const blind = await fileOf(
    await run([await setupOf(await startTriton({ missing: ['/stats'] }), 'triton', closed)], { plan }),
  )
  expect(sectionOf(blind).single?.count).toBe(6)
  expect(stateOf(blind, 'server-metrics')).toBe('skipped')
  expect(reasonOf(blind, 'server-metrics')).toContain('metrics port')
  expect(sectionOf(blind).server_metrics).toBeUndefined()
})

test('a PyTorch server without /gpu-info is measured, and the GPU phase says who did not answer', async () => {
  const vector = JSON.stringify({ embeddings: [[1, 0, 0, 0]], count: 1 })
  const url = await listen((request, _body, response) => {
    const path = request.url ?? ''
    if (request.method === 'POST') return response.writeHead(200, { 'server-timing': 'inference;dur=0.4' }).end(vector)
    if (path === '/health') return response.end('{"status":"ok"}')
    if (path === '/model-info') return response.end('{"model_name":"m","embedding_dim":4,"device":"cuda"}')
    return response.writeHead(404).end('{"detail":"Not Found"}')
  })
  const plan = { phases: ['readiness' as const, 'single' as const, 'gpu' as const] }
  const result = await fileOf(await run([await setupOf(url, 'pytorch')], { plan }))
  expect(stateOf(result, 'readiness')).toBe('done')
  expect(sectionOf(result).readiness?.checks).toContainEqual(expect.objectContaining({ name: '/gpu-info', ok: false }))
  expect(sectionOf(result).single).toMatchObject({ count: 6, breakdown: { compute_infer: expect.closeTo(0.4) } })
  expect(stateOf(result, 'gpu')).toBe('skipped')
  expect(reasonOf(result, 'gpu')).toContain('gpu-info')
  expect(result.gpu_before).toBeNull()
})

test('a stop comes at once, keeps what was measured, and the run can be taken up again where it ended', async () => {
  const backend = await setupOf(await startTriton(), 'triton')
  const stop = new AbortController()
  const phases = ['readiness', 'single', 'batch', 'concurrent', 'server-metrics'] as const
  const plan = { phases: [...phases], batchSizes: [1, 4], concurrentRequests: 100_000, concurrency: 4 }
  let stoppedMs = 0
  const end = await run([backend], {
    plan,
    signal: stop.signal,
    onProgress({ present }) {
      if (present?.phase !== 'concurrent' || (present.live?.load.requests ?? 0) < 50 || stoppedMs > 0) return
      stoppedMs = performance.now()
      stop.abort()
    },
  })
  expect(performance.now() - stoppedMs).toBeLessThan(1500)
  const first = await fileOf(end)
  expect(end.cancelled).toBe(true)
  expect(first.phases?.map(({ state }) => state)).toEqual(['done', 'done', 'done', 'cancelled', 'pending'])
  expect(sectionOf(first).concurrent?.successful).toBeGreaterThanOrEqual(50)
  const singleBefore = sectionOf(first).single
  const again = await run([backend], { plan: { ...plan, concurrentRequests: 40 }, resume: end.ids[0] ?? '' })
  expect(again.ids).toEqual(end.ids)
  const second = await fileOf(again)
  expect(second.phases?.every(({ state }) => state === 'done')).toBe(true)
  expect(sectionOf(second).single).toEqual(singleBefore)
  expect(sectionOf(second).concurrent?.successful).toBe(40)
})

test('two backends take turns, each phase through both before the next begins', async () => {
  const one = await setupOf(await startTriton(), 'triton')
  const seen: string[] = []
  const end = await run([one, { ...one }], {
    plan: { phases: ['readiness', 'single', 'batch'], batchSizes: [1] },
    onProgress({ present }) {
      const step = present === null ? '' : `${present.phase} ${present.target}`
      if (step !== '' && seen.at(-1) !== step) seen.push(step)
    },
  })
  expect(seen).toEqual(['readiness 0', 'readiness 1', 'single 1', 'single 0', 'batch 0', 'batch 1'])
  expect(new Set(end.ids).size).toBe(2)
  expect((await fileOf(end)).config.interleaved_with).toHaveLength(2)
})

test('the pipeline takes photos from file to vector, tells every stage, and passes over what is no photo', async () => {
  const fixtures = new URL('../../../test/fixtures/photos/', import.meta.url).pathname
  const names = ['rocket.jpg', 'canyon-wren.jpg', 'chelsea.png', 'SOURCES.md']
  const photos = names.map((name) => join(fixtures, name))
  const backend = await setupOf(await startTriton(), 'triton')
  const result = await fileOf(await run([backend], { plan: { phases: ['pipeline'] }, photos }))
  const { pipeline } = sectionOf(result)
  expect(pipeline).toMatchObject({ photos: 3, failed: 1 })
  const stages = pipeline?.stages.map(({ stage }) => stage)
  expect(stages).toEqual(
    expect.arrayContaining(['read', 'decode', 'preprocess', 'serialize', 'network', 'queue', 'compute_infer', 'parse']),
  )
  expect(pipeline?.stages.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1)
  expect(reasonOf(result, 'pipeline')).toContain('1 photos')
})

test('scaling deals the same load to more servers, each of which hears its own token only', async () => {
  const heard: (string | undefined)[][] = [[], []]
  const one = await setupOf(await startTriton({ onToken: (token) => heard[0]?.push(token) }), 'triton')
  const url = await startTriton({ onToken: (token) => heard[1]?.push(token) })
  const backend = { ...one, others: [{ ...one.access, url, token: 'other-token' }] }
  const result = await fileOf(await run([backend], { plan: { phases: ['scaling'], concurrency: 4 } }))
  const rows = sectionOf(result).scaling ?? []
  expect(rows.map(({ endpoints, concurrency }) => [endpoints, concurrency])).toEqual([
    [1, 4],
    [1, 8],
    [2, 4],
    [2, 8],
  ])
  const [alone, , both] = rows
  expect(alone).toMatchObject({ factor: 1, efficiency: 1 })
  expect(both?.factor).toBeCloseTo((both?.images_per_s ?? 0) / (alone?.images_per_s ?? 1))
  expect(both?.efficiency).toBeCloseTo((both?.factor ?? 0) / 2)
  expect(new Set(heard[0])).toEqual(new Set(['Bearer secret-token']))
  expect(new Set(heard[1])).toEqual(new Set(['Bearer other-token']))
  expect(heard[1]?.length).toBeGreaterThan(50)
})
