import { describe, expect, test } from 'vitest'
import type { BenchmarkResult } from '../../shared/contract/benchmark.ts'
import { compareResults, type Compared } from './compare-results.ts'
import { dollarsPer1000, costOf } from './cost.ts'
import { entryOf } from './results-entry.ts'
import { plantedLoad, plantedResult, plantedSamples } from './results-sample.ts'
import { summariseLatencies } from './statistics.ts'

const options = { libraryPhotos: null, p95LimitMs: null, baselines: [] as Compared[] }

function column(result: BenchmarkResult, id = result.label): Compared {
  return { entry: entryOf(id, result), result }
}

function server(
  backend: 'pytorch' | 'triton',
  singleMs: number,
  changes: Partial<BenchmarkResult> = {},
): BenchmarkResult {
  return plantedResult(
    backend,
    {
      single: summariseLatencies(plantedSamples(singleMs, 60, 0.2, singleMs)),
      concurrent: plantedLoad({ meanMs: singleMs * 4, concurrency: 16, seed: singleMs }),
    },
    changes,
  )
}

function row(results: BenchmarkResult[], metric: string) {
  const comparison = compareResults(
    results.map((result) => column(result)),
    options,
  )
  return { comparison, found: comparison.rows.find((each) => each.metric === metric) }
}

test('the winner is the one that is better beyond chance, by how much with its interval', () => {
  const { comparison, found } = row([server('triton', 200), server('pytorch', 100)], 'single.p50_ms')
  expect(comparison.rankable).toBe(true)
  expect(found?.winner).toBe(1)
  const ratio = found?.ratios[1]
  expect(ratio?.value).toBeGreaterThan(1.8)
  expect(ratio?.low).toBeGreaterThan(1.7)
  expect(ratio?.high).toBeLessThan(2.3)
  expect(found?.verdict).toMatch(/^pytorch.* is \d\.\d\d–2\.\d\d × better/)
  const throughput = comparison.rows.find(({ metric }) => metric === 'concurrent.throughput_rps')
  expect(throughput?.winner).toBe(1)
})

test('no winner within the spread', () => {
  const { found } = row([server('triton', 100), server('pytorch', 101)], 'single.mean_ms')
  expect(found?.winner).toBeNull()
  expect(found?.verdict).toBe('No difference beyond chance.')
})

describe('no ratio, cost or winner, with the difference on top', () => {
  const base = server('triton', 200, { notes: { price_per_hour: 1 } })
  const environment = base.environment!
  const others: [string, Partial<BenchmarkResult>, string][] = [
    ['GPU', { gpu_specs: { name: 'A100 SXM4', count: 1, gpus: [] } }, 'gpu'],
    ['number of GPUs', { gpu_specs: { ...base.gpu_specs, count: 4 } }, 'gpu'],
    ['iterations', { config: { ...base.config, iterations: 30 } }, 'config'],
    ['batch sizes', { config: { ...base.config, batch_sizes: [1, 4] } }, 'config'],
    [
      'pictures',
      { environment: { ...environment, image_set: { hash: 'x', count: 3, source: 'library' } } },
      'image-set',
    ],
    ['dimension', { environment: { ...environment, model: { ...environment.model, dimension: 1280 } } }, 'model'],
    ['client', { environment: { ...environment, cpu: 'Another CPU' } }, 'config'],
  ]
  test.each(others)('%s', (_, changes, kind) => {
    const { comparison } = row([base, server('pytorch', 100, { notes: { price_per_hour: 1 }, ...changes })], 'x')
    expect(comparison.differences.map((difference) => difference.kind)).toEqual([kind])
    expect(comparison.rankable).toBe(false)
    expect(
      comparison.rows.every(({ winner, ratios }) => winner === null && ratios.every((each) => each === null)),
    ).toBe(true)
    expect(comparison.costs).toEqual([null, null])
    expect(
      comparison.rows.find(({ metric }) => metric === 'single.p50_ms')?.cells.every(({ value }) => value !== null),
    ).toBe(true)
  })

  test('the same GPU under the maker’s and the short name is the same', () => {
    const short = server('pytorch', 100, { gpu_specs: { name: 'rtx4080', count: 1, gpus: [] } })
    expect(row([base, short], 'x').comparison.differences).toEqual([])
  })

  test('a model without a parity verdict is judged by its hash, then by its name', () => {
    const without = (sha256: string | null, name: string): BenchmarkResult => {
      const result = server('triton', 100, { environment: { ...environment, model: { name, sha256, dimension: 512 } } })
      return { ...result, triton: { ...result.triton, parity: undefined } }
    }
    const same = row([without('aa', 'one'), without('aa', 'two')], 'x').comparison
    expect(same.differences).toEqual([])
    const other = row([without('aa', 'one'), without('bb', 'one')], 'x').comparison
    expect(other.differences.map(({ kind }) => kind)).toEqual(['model'])
    const named = row([without(null, 'one'), without(null, 'two')], 'x').comparison
    expect(named.differences.map(({ kind }) => kind)).toEqual(['model'])
  })
})

test('a backend that computes something else is left out, the others are ranked', () => {
  const wrong = server('triton', 10)
  const odd = { ...wrong, triton: { ...wrong.triton, parity: { verdict: 'different-model' as const, reason: 'BGR.' } } }
  const { comparison, found } = row([server('triton', 200), odd, server('pytorch', 100)], 'single.p50_ms')
  expect(comparison.excluded).toEqual([1])
  expect(comparison.differences[0]?.message).toContain('computes something else')
  expect(found?.winner).toBe(2)
  expect(found?.ratios[1]).toBeNull()
  expect(comparison.costs[1]).toBeNull()
})

test('an unsettled load has no ratio', () => {
  const shaky = server('pytorch', 100)
  const concurrent = { ...shaky.pytorch!.concurrent!, unstable: 'It did not settle.' }
  const { found } = row(
    [server('triton', 200), { ...shaky, pytorch: { ...shaky.pytorch, concurrent } }],
    'concurrent.throughput_rps',
  )
  expect(found?.winner).toBeNull()
  expect(found?.cells[1]?.note).toBe('It did not settle.')
})

test('cost and energy of 1,000 images', () => {
  // $1.50 an hour at 64.3 images/s: the published $0.006.
  expect(dollarsPer1000(1.5, 64.3)).toBeCloseTo(0.00648, 5)
  const result = plantedResult(
    'triton',
    {
      concurrent: plantedLoad({ meanMs: 400, concurrency: 20 }),
      gpu_series: [
        { at_s: 0, phase: 'single', gpus: [{ index: 0, power_w: 500 }] },
        {
          at_s: 1,
          phase: 'concurrent',
          gpus: [
            { index: 0, power_w: 100 },
            { index: 1, power_w: 50 },
          ],
        },
        {
          at_s: 2,
          phase: 'concurrent',
          gpus: [
            { index: 0, power_w: 140 },
            { index: 1, power_w: 70 },
          ],
        },
      ],
    },
    { notes: { price_per_hour: 3.6 } },
  )
  const cost = costOf(result)
  // About 50 images/s: 20 s for 1,000, $0.001 a second, 180 W.
  expect(cost?.per1000?.value).toBeCloseTo(0.02, 2)
  expect(cost?.per1000?.low).toBeLessThan(cost?.per1000?.value ?? 0)
  expect(cost?.wattHoursPer1000).toBeCloseTo(1, 1)
  expect(
    costOf(plantedResult('local', { concurrent: plantedLoad({ meanMs: 400, concurrency: 1 }) }))?.per1000?.value,
  ).toBe(0)
  expect(
    costOf(plantedResult('triton', { concurrent: plantedLoad({ meanMs: 400, concurrency: 1 }) }))?.per1000,
  ).toBeNull()
})

describe('against a baseline', () => {
  const baseline = column(server('triton', 100), 'baseline.json')
  const verdict = (result: BenchmarkResult) =>
    compareResults([column(result, 'now.json')], { ...options, baselines: [baseline] }).regressions[0]

  test('slower beyond chance and 5 % is worse, with the figures', () => {
    const found = verdict(server('triton', 130))
    expect(found?.verdict).toBe('worse')
    expect(found?.findings.join(' ')).toMatch(/Single image, median: 1\d\d → 1\d\d ms, worse beyond chance/)
  })
  test('faster is better, a small change is the same', () => {
    expect(verdict(server('triton', 70))?.verdict).toBe('better')
    expect(verdict(server('triton', 102))?.verdict).toBe('same')
  })
  test('other settings cannot be compared; another backend has no baseline', () => {
    expect(verdict(server('triton', 100, { config: { iterations: 7 } }))?.verdict).toBe('not-comparable')
    expect(verdict(server('pytorch', 100))).toBeNull()
  })
})
