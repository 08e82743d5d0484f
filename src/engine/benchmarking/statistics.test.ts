import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { describe, expect, test } from 'vitest'
import { minimumSamples } from '../../shared/contract/benchmark-measures.ts'
import { bootstrapIntervals, bootstrapRatio, excludesOne, ratioOfIntervals } from './statistics-bootstrap.ts'
import { endsInterval } from './statistics-throughput.ts'
import { seededRandom } from '../../shared/domain/seeded-random.ts'
import { summariseLatencies } from './statistics.ts'

const pair = z.tuple([z.number(), z.number()])
const Reference = z.object({
  samples: z.record(
    z.string(),
    z.object({
      values: z.array(z.number()),
      mean: z.number(),
      std: z.number(),
      min: z.number(),
      max: z.number(),
      p50: z.number(),
      p90: z.number(),
      p95: z.number(),
      p99: z.number(),
      outliers: z.object({ mild: z.number(), severe: z.number() }),
      intervals: z.object({ mean: pair, p50: pair, p90: pair }),
    }),
  ),
  block_mean: z.object({ sample: z.string(), length: z.number(), interval: pair }),
  ratios: z.array(
    z.object({
      a: z.array(z.number()),
      b: z.array(z.number()),
      statistic: z.enum(['mean', 'p50']),
      interval: pair,
    }),
  ),
  minimum_samples: z.record(z.string(), z.number()),
})
/** Made by statistics-reference.py with numpy and scipy. */
const reference = Reference.parse(
  JSON.parse(readFileSync(new URL('statistics-reference.json', import.meta.url), 'utf8')),
)

/** Two bootstraps with different random numbers agree to a fraction of the interval's own width. */
function expectSameInterval(found: readonly [number, number] | undefined, wanted: readonly [number, number]): void {
  const slack = 0.12 * (wanted[1] - wanted[0])
  expect(Math.abs((found?.[0] ?? NaN) - wanted[0])).toBeLessThan(slack)
  expect(Math.abs((found?.[1] ?? NaN) - wanted[1])).toBeLessThan(slack)
}

describe.each(Object.entries(reference.samples))('%s against numpy and scipy', (_, wanted) => {
  const found = summariseLatencies(wanted.values)

  test('mean, deviation, extremes and percentiles', () => {
    expect(found.mean_ms).toBeCloseTo(wanted.mean, 9)
    expect(found.std_ms).toBeCloseTo(wanted.std, 9)
    expect([found.min_ms, found.max_ms, found.count]).toEqual([wanted.min, wanted.max, wanted.values.length])
    expect(found.p50_ms).toBeCloseTo(wanted.p50, 9)
    for (const name of ['p90', 'p95', 'p99'] as const) {
      const value = found[`${name}_ms`]
      if (wanted.values.length >= minimumSamples[`${name}_ms`]) expect(value).toBeCloseTo(wanted[name], 9)
      else expect(value).toBeUndefined()
    }
  })

  test('outliers by Tukey’s fences are counted, none is dropped', () => {
    expect(found.outliers).toEqual(wanted.outliers)
    expect(found.samples_ms).toEqual(wanted.values)
  })

  test('bootstrap intervals', () => {
    expectSameInterval(found.intervals?.['mean_ms'], wanted.intervals.mean)
    expectSameInterval(found.intervals?.['p50_ms'], wanted.intervals.p50)
    if (wanted.values.length >= 64) expectSameInterval(found.intervals?.['p90_ms'], wanted.intervals.p90)
  })
})

test('samples that hang together get the wider interval of a block bootstrap', () => {
  const { sample, length, interval } = reference.block_mean
  const values = reference.samples[sample]?.values ?? []
  const alone = bootstrapIntervals(values, { mean: 'mean' })['mean'] ?? [0, 0]
  const blocks = bootstrapIntervals(values, { mean: 'mean' }, { blockLength: length })['mean'] ?? [0, 0]
  expectSameInterval(blocks, interval)
  expect(blocks[1] - blocks[0]).toBeGreaterThan(2 * (alone[1] - alone[0]))
})

test('the fewest samples of each percentile are those of the binomial rule', () => {
  expect(minimumSamples).toEqual(reference.minimum_samples)
})

test('the interval of a ratio, and whether it carries "faster"', () => {
  const claims = reference.ratios.map(({ a, b, statistic, interval }) => {
    const ratio = bootstrapRatio({ samples: a }, { samples: b }, statistic === 'mean' ? 'mean' : 0.5)
    expectSameInterval([ratio.low, ratio.high], interval)
    return excludesOne(ratio)
  })
  expect(claims).toEqual([true, true, false])
})

test('from stated intervals alone the ratio comes out alike', () => {
  const { a, b, interval } = reference.ratios[0] ?? { a: [], b: [], interval: [0, 0] }
  const side = (values: number[]) => {
    const { mean_ms: value, intervals } = summariseLatencies(values)
    return { value: value ?? NaN, interval: intervals?.['mean_ms'] ?? ([NaN, NaN] as [number, number]) }
  }
  const ratio = ratioOfIntervals(side(a), side(b))
  expectSameInterval([ratio.low, ratio.high], interval)
})

test('the same seed gives the same interval, another one a slightly different one', () => {
  const values = reference.samples['normal_37']?.values ?? []
  const of = (seed: number) => bootstrapIntervals(values, { mean: 'mean' }, { seed })
  expect(of(5)).toEqual(of(5))
  expect(of(6)).not.toEqual(of(5))
})

test('too few samples: the field is absent and the reason is told', () => {
  const found = summariseLatencies(Array.from({ length: 50 }, (_, k) => 100 + k))
  expect([found.p90_ms, found.p95_ms, found.p99_ms]).toEqual([undefined, undefined, undefined])
  expect(found.withheld?.map(({ field, have, needed }) => [field, have, needed])).toEqual([
    ['p90_ms', 50, 64],
    ['p95_ms', 50, 130],
    ['p99_ms', 50, 662],
  ])
  expect(found.withheld?.[2]?.reason).toContain('662 samples')
})

test('one sample has no deviation and no interval; none has nothing', () => {
  const one = summariseLatencies([7])
  expect([one.mean_ms, one.p50_ms, one.count, one.std_ms, one.intervals]).toEqual([7, 7, 1, undefined, undefined])
  expect(summariseLatencies([])).toEqual({ count: 0 })
})

test('the interval of a rate from the moments at which work ended', () => {
  const random = seededRandom(3)
  let atMs = 0
  // Eight pictures every 400 ms on average, evenly between 200 and 600: 20 a second.
  const ends = Array.from({ length: 200 }, () => ({ atMs: (atMs += 200 + 400 * random()), count: 8 }))
  const [low, high] = endsInterval(ends) ?? [NaN, NaN]
  expect(low).toBeLessThan((200 * 8000) / atMs)
  expect(high).toBeGreaterThan((200 * 8000) / atMs)
  // Standard error of the mean gap: 400/√12/√200 of 400, 2 %; the interval is about twice that to either side.
  expect(high - low).toBeGreaterThan(20 * 0.04)
  expect(high - low).toBeLessThan(20 * 0.12)
  expect(endsInterval(ends.slice(0, 7))).toBeUndefined()
})
