import { execFile, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { sectionOf, type BenchmarkResult } from '../../shared/contract/benchmark.ts'
import { plantedLoad, plantedResult, plantedSamples } from './results-sample.ts'
import { resultJsonSchema } from './results-schema.ts'
import { ResultStore } from './results-store.ts'
import { summariseLatencies } from './statistics.ts'

const run = promisify(execFile)
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twinlens-results-'))
})
afterEach(async () => rm(folder, { recursive: true, force: true }))

function complete(): BenchmarkResult {
  return plantedResult('triton', {
    cold_start: { first_request_ms: 412.5 },
    single: summariseLatencies(plantedSamples(100, 50)),
    batch_8: { error: 'timeout after 120 s' },
    concurrent: plantedLoad({ meanMs: 300, concurrency: 16 }),
  })
}

test('a file has the documented name and reads back as it was', async () => {
  const store = new ResultStore(folder, null)
  const { id } = await store.begin(complete())
  expect(id).toBe('triton_RTX-4080_20261123_102030.json')
  expect(await store.read(id)).toEqual(complete())
  expect((await store.begin(complete())).id).toBe('triton_RTX-4080_20261123_102030_2.json')
})

test('the documented Python one-liner reads it', async () => {
  const { id } = await new ResultStore(folder, null).begin(complete())
  const line =
    "import json,sys; d=json.load(open(sys.argv[1])); s=d['triton']; print(s['cold_start']['first_request_ms'], s['single']['p50_ms'], s['concurrent']['throughput_rps'])"
  const { stdout } = await run('python3', ['-c', line, join(folder, id)])
  const section = sectionOf(complete())
  expect(stdout.trim().split(' ').map(Number)).toEqual([
    412.5,
    section.single?.p50_ms,
    section.concurrent?.throughput_rps,
  ])
})

test('a crash keeps the phases that ended before, and the run goes on from there', async () => {
  const begun = plantedResult(
    'triton',
    { cold_start: { first_request_ms: 412.5 } },
    {
      phases: [
        { phase: 'cold-start', state: 'done' },
        { phase: 'sweep', state: 'running' },
        { phase: 'pipeline', state: 'pending' },
      ],
    },
  )
  const store = new ResultStore(folder, null)
  const { id } = await store.begin(begun)
  const { result, draft } = await new ResultStore(folder, null).resume(id)
  expect(result).toEqual(begun)
  expect((await store.list()).entries[0]).toMatchObject({ id, resumable: true, complete: false })
  const done = begun.phases!.map((phase) => ({ ...phase, state: 'done' as const }))
  await draft.save({ ...result, phases: done })
  expect((await store.list()).entries[0]).toMatchObject({ resumable: false, complete: true })
  await expect(store.resume(id)).rejects.toMatchObject({ code: 'invalid-request' })
})

test('a process killed while it saves leaves a whole file', async () => {
  const writer = `
    import { ResultStore } from ${JSON.stringify(new URL('results-store.ts', import.meta.url).href)}
    import { plantedResult } from ${JSON.stringify(new URL('results-sample.ts', import.meta.url).href)}
    const filler = Array.from({ length: 40000 }, (_, k) => k / 7)
    const result = (turn) => plantedResult('local', { single: { p50_ms: turn, samples_ms: filler } })
    const draft = await new ResultStore(${JSON.stringify(folder)}, null).begin(result(0))
    process.stdout.write('begun\\n')
    for (let turn = 1; ; turn++) await draft.save(result(turn))`
  const child = spawn(process.execPath, ['--input-type=module', '-e', writer], { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise((resolve) => child.stdout.once('data', resolve))
  await new Promise((resolve) => setTimeout(resolve, 150))
  child.kill('SIGKILL')
  await new Promise((resolve) => child.once('close', resolve))
  const { entries, bad } = await new ResultStore(folder, null).list()
  expect(bad).toEqual([])
  expect(entries[0]?.p50Ms).toBeGreaterThan(0)
})

test('bad files are told and left as they are, files of other kinds passed over', async () => {
  await writeFile(join(folder, 'cut.json'), '{"schema": "twinlens/benchmark-result@1", ')
  await writeFile(join(folder, 'bars.json'), '{"schema": "twinlens/bars@1"}')
  await writeFile(join(folder, 'notes.txt'), 'hello')
  await writeFile(
    join(folder, 'old.json'),
    '{"pytorch": {"single": {"p50_ms": 5}}, "triton": {"single": {"p50_ms": 6}}}',
  )
  const store = new ResultStore(folder, null)
  const { entries, bad } = await store.list()
  expect(entries.map(({ id, p50Ms, origin }) => [id, p50Ms, origin])).toEqual([
    ['old.json', 5, 'imported'],
    ['old.json#2', 6, 'imported'],
  ])
  expect(bad).toEqual([{ file: 'cut.json', message: expect.stringContaining('cut.json is not JSON') }])
  expect(await readFile(join(folder, 'cut.json'), 'utf8')).toBe('{"schema": "twinlens/benchmark-result@1", ')
  await expect(store.setNotes('old.json', { text: 'x' })).rejects.toMatchObject({ code: 'invalid-request' })
})

test('import copies every series; a bad file changes nothing', async () => {
  const outside = await mkdtemp(join(tmpdir(), 'twinlens-outside-'))
  const history = join(folder, 'history')
  await mkdir(history)
  try {
    const store = new ResultStore(history, null)
    await writeFile(
      join(outside, 'both.json'),
      '{"pytorch": {"single": {"p50_ms": 5}}, "triton": {"single": {"p50_ms": 6}}}',
    )
    const entries = await store.import(join(outside, 'both.json'))
    expect(entries.map(({ backend, origin }) => [backend, origin])).toEqual([
      ['pytorch', 'imported'],
      ['triton', 'imported'],
    ])
    expect((await store.list()).entries.length).toBe(2)
    await writeFile(
      join(outside, 'bad.json'),
      '{"pytorch": {"single": {"p50_ms": 5}}, "triton": {"single": {"p50_ms": "x"}}}',
    )
    await expect(store.import(join(outside, 'bad.json'))).rejects.toMatchObject({ code: 'invalid-request' })
    await expect(store.import(join(outside, 'gone.json'))).rejects.toMatchObject({ code: 'not-found' })
    expect((await readdir(history)).length).toBe(2)
  } finally {
    await rm(outside, { recursive: true })
  }
})

test('notes and baselines are kept; ids reach no other folder', async () => {
  const store = new ResultStore(folder, null)
  const { id } = await store.begin(complete())
  await store.setNotes(id, { provider: 'somewhere', price_per_hour: 1.5 })
  await store.setBaseline(id, true)
  const again = new ResultStore(folder, null)
  expect((await again.read(id)).notes).toEqual({ provider: 'somewhere', price_per_hour: 1.5 })
  expect((await again.list()).entries[0]?.baseline).toBe(true)
  await again.setBaseline(id, false)
  expect((await again.list()).entries[0]?.baseline).toBe(false)
  for (const bad of ['../x.json', 'documented/../x.json', '/etc/x.json', '.baselines.json'])
    await expect(again.read(bad)).rejects.toMatchObject({ code: 'not-found' })
})

test('published results are in the history, and are not changed', async () => {
  const documented = fileURLToPath(new URL('../../../benchmark_results/documented', import.meta.url))
  const store = new ResultStore(folder, documented)
  const { entries, bad } = await store.list()
  expect(bad).toEqual([])
  expect(entries.length).toBe(16)
  expect(entries.every(({ origin, id }) => origin === 'documented' && id.startsWith('documented/'))).toBe(true)
  await expect(store.setNotes(entries[0]!.id, {})).rejects.toMatchObject({ code: 'invalid-request' })
})

test('the published JSON Schema is the contract’s', async () => {
  const file = new URL('../../../resources/benchmark-result.schema.json', import.meta.url)
  const made = `${JSON.stringify(resultJsonSchema(), null, 2)}\n`
  if (process.env['UPDATE_SCHEMA'] === '1') await writeFile(file, made)
  expect(await readFile(file, 'utf8')).toBe(made)
})
