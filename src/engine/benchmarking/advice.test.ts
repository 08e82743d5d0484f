import { expect, test } from 'vitest'
import type { BenchmarkResult } from '../../shared/contract/benchmark.ts'
import { adviseOn } from './advice.ts'
import { plantedLoad, plantedResult, type PlantedLoad } from './results-sample.ts'

const library = { libraryPhotos: 48_210, p95LimitMs: null }
const price = { notes: { price_per_hour: 2 } }

function triton(load: PlantedLoad, changes: Partial<BenchmarkResult> = {}): BenchmarkResult {
  return plantedResult('triton', { concurrent: plantedLoad(load) }, { ...price, ...changes })
}
const local = plantedResult('local', { concurrent: plantedLoad({ meanMs: 232, concurrency: 1, spread: 0.02 }) })

const networkBound: PlantedLoad = {
  meanMs: 900,
  concurrency: 32,
  breakdown: { network: 792, queue: 60, compute_input: 8, compute_infer: 36, compute_output: 2, parse: 2 },
  utilisation: { client_cpu_share: 0.2, gpu_utilization: 0.12, generator_ceiling_rps: 900 },
}

test('network-bound: choice, time span, money and what limits', () => {
  const [choice, limit] = adviseOn([triton(networkBound), local], library)
  expect(choice?.kind).toBe('choice')
  expect(choice?.column).toBe(0)
  // 32 in flight at 0.9 s are 35.6 images/s: 48,210 photos take 22.6 min, $0.75 at $2 an hour; 4.3 images/s take 3.1 h.
  expect(choice?.text).toMatch(
    /^Triton gRPC UINT8 at 32 in flight: your 48,210 photos in (22–23|23) min, \$0\.7\d(–0\.7\d)?; this computer would take 3\.1 h, \$0; the network, not the GPU, limits: 88 % of the time\.$/,
  )
  expect(choice?.reasons.join(' ')).toContain('without reading and decoding files')
  expect(limit).toMatchObject({ kind: 'bottleneck', text: 'The network, not the GPU, limits: 88 % of the time.' })
})

test('a caution says whose it is, and counts the requests of the phase that it is about', () => {
  const slow = plantedLoad(networkBound)
  const { count = 0 } = slow
  const tailed = { ...slow, outliers: { mild: 0, severe: Math.round(count / 10) } }
  const advice = adviseOn([local, plantedResult('triton', { concurrent: tailed }, price)], library)
  const label = plantedResult('triton', {}, price).label
  expect(advice.filter(({ kind }) => kind === 'caution')).toMatchObject([
    { column: 1, text: `${label}: 10 % of the requests of the concurrent phase were far slower than the rest.` },
  ])
})

test('server-bound', () => {
  const load: PlantedLoad = {
    meanMs: 400,
    concurrency: 16,
    breakdown: { network: 40, queue: 240, compute_infer: 118, parse: 2 },
    utilisation: { client_cpu_share: 0.3, server_busy_share: 0.96, generator_ceiling_rps: 900 },
  }
  const [choice] = adviseOn([triton(load)], library)
  expect(choice?.text).toContain('the server limits: busy 96 % of the time')
})

test('client-bound: by the processor, and by nearness to what the generator can send at all', () => {
  const busy: PlantedLoad = {
    meanMs: 40,
    concurrency: 16,
    breakdown: { network: 30, queue: 1, compute_infer: 5, parse: 4 },
    utilisation: { client_cpu_share: 0.97, gpu_utilization: 0.3 },
  }
  expect(adviseOn([triton(busy)], library)[0]?.text).toContain('this computer limits, the server could do more')
  const ceiling = { ...busy, utilisation: { client_cpu_share: 0.5, gpu_utilization: 0.3, generator_ceiling_rps: 420 } }
  const [choice] = adviseOn([triton(ceiling)], library)
  expect(choice?.text).toContain('this computer limits')
  expect(choice?.reasons.join(' ')).toMatch(/9\d % of what this computer can send/)
})

test('a server that does not tell its times is not called network-bound, nor are two full sides', () => {
  const silent = { ...networkBound, breakdown: { network: 880, parse: 20 } }
  expect(adviseOn([triton(silent)], library)[0]?.text).not.toContain('limits')
  const unknown = { ...networkBound, utilisation: { client_cpu_share: 0.2 } }
  expect(adviseOn([triton(unknown)], library)[0]?.text).not.toContain('limits')
  const both = { ...networkBound, utilisation: { client_cpu_share: 0.95, gpu_utilization: 0.95 } }
  expect(adviseOn([triton(both)], library)[0]?.text).not.toContain('limits')
})

test.each([
  ['unstable', triton({ ...networkBound, unstable: 'Throughput fell by 40 % between windows.' }), /fell by 40 %/],
  ['too few samples', triton({ ...networkBound, count: 20 }), /only 20 requests/],
  [
    'another model',
    plantedResult('triton', {
      concurrent: plantedLoad(networkBound),
      parity: { verdict: 'different-model', reason: 'Cosine 0.41.' },
    }),
    /computes something else. Cosine 0.41/,
  ],
  [
    'parity not checked',
    plantedResult('triton', {
      concurrent: plantedLoad(networkBound),
      parity: { verdict: 'not-compared', reason: 'There is no local copy of its model to compare it with.' },
    }),
    /no local copy of its model.* So it may compute something else/,
  ],
  ['a wide spread', wide(), /varied too much/],
  [
    'fewer than two rounds of the workers',
    triton({ ...networkBound, count: 60 }),
    /spread of its throughput is not known/,
  ],
  ['nothing measured', plantedResult('triton', {}), /no throughput was measured/],
  ['figures from elsewhere', triton(networkBound, { source: imported() }), /measured elsewhere/],
])('silent when the data do not carry it: %s', (_, result, reason) => {
  const advice = adviseOn([result], library)
  expect(advice.map(({ kind }) => kind)).toEqual(['silence'])
  expect(advice[0]?.reasons.join(' ')).toMatch(reason)
})

function wide(): BenchmarkResult {
  const concurrent = { ...plantedLoad(networkBound), intervals: { images_per_s: [20, 50] as [number, number] } }
  return plantedResult('triton', { concurrent })
}

function imported(): NonNullable<BenchmarkResult['source']> {
  return { kind: 'imported', id: 'x', title: 'x.json', shape: 'flat', cautions: [] }
}

test('other pictures: no choice, with the reason', () => {
  const environment = { ...local.environment!, image_set: { hash: 'b', count: 9, source: 'library' as const } }
  const advice = adviseOn([triton(networkBound), { ...local, environment }], library)
  expect(advice.some(({ kind }) => kind === 'choice')).toBe(false)
  expect(advice[0]).toMatchObject({ kind: 'silence', reasons: ['Different pictures were sent.'] })
})

test('two servers on different GPUs are not chosen between', () => {
  const other = triton(networkBound, { gpu_specs: { name: 'A100 SXM4', count: 1, gpus: [] } })
  const [first] = adviseOn([triton(networkBound), other], library)
  expect(first?.kind).toBe('silence')
  expect(first?.reasons[0]).toContain('different hardware')
})

test('two runs of one backend are told apart by their times', () => {
  const [first] = adviseOn(
    [
      triton(networkBound, { timestamp: '2026-11-28T09:30:00+00:00' }),
      triton(networkBound, { timestamp: '2026-11-29T10:15:00+00:00' }),
    ],
    library,
  )
  expect(first?.text).toContain(
    '32 in flight (2026-11-28 09:30) and Triton gRPC UINT8 at 32 in flight (2026-11-29 10:15)',
  )
})

test('within the spread of each other: both are told, none is preferred', () => {
  const near = plantedResult('pytorch', { concurrent: plantedLoad({ meanMs: 901, concurrency: 32 }) })
  const [choice] = adviseOn([triton(networkBound), near], library)
  expect(choice?.column).toBeNull()
  expect(choice?.text).toContain('as fast as each other within the spread')
})

test('more in flight than is worth it is told; a latency limit that nothing keeps is told', () => {
  const steps: [number, number][] = [
    [1, 30],
    [4, 60],
    [8, 100],
    [16, 199],
    [32, 401],
  ]
  const sweep = steps.map(([concurrency, meanMs]) => plantedLoad({ meanMs, concurrency, spread: 0.3 }))
  const result = plantedResult('triton', { sweep })
  const enough = adviseOn([result], library).find(({ kind }) => kind === 'operating-point')
  expect(enough?.text).toBe('8 in flight is enough: more waits longer and gets no more done.')
  const strict = adviseOn([result], { ...library, p95LimitMs: 10 })
  expect(strict[0]?.reasons[0]).toContain('under 10 ms')
  const kept = adviseOn([result], { ...library, p95LimitMs: 90 })
  expect(kept[0]?.text).toContain('at 4 in flight')
})

test('with the pipeline measured the time is from file, and what limits it counts reading and decoding', () => {
  const result = plantedResult('triton', {
    concurrent: plantedLoad(networkBound),
    pipeline: {
      photos: 300,
      bytes: 9e8,
      wall_time_s: 30,
      images_per_s: 10,
      intervals: { images_per_s: [9.8, 10.2] },
      stages: [
        { stage: 'decode', mean_ms: 180, share: 0.9 },
        { stage: 'network', mean_ms: 15, share: 0.075 },
        { stage: 'compute_infer', mean_ms: 5, share: 0.025 },
      ],
      concurrency: 4,
      batch_size: 8,
      utilisation: { client_cpu_share: 0.98, gpu_utilization: 0.1 },
    },
  })
  const [choice] = adviseOn([result], library)
  expect(choice?.text).toMatch(
    /^Triton gRPC UINT8 in batches of 8, 4 in flight: your 48,210 photos in 79–82 min; this computer limits/,
  )
  expect(choice?.confidence).toBe('high')
})

test('a pipeline whose spread is not known is not replaced by the faster embedding alone', () => {
  const pipeline = { photos: 20, bytes: 1e7, wall_time_s: 2, images_per_s: 10, stages: [] }
  const advice = adviseOn([plantedResult('triton', { concurrent: plantedLoad(networkBound), pipeline })], library)
  expect(advice.map(({ kind }) => kind)).toEqual(['silence'])
  expect(advice[0]?.reasons[0]).toContain('from file to vector')
})
