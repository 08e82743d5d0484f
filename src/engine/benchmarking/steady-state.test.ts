import { describe, expect, test } from 'vitest'
import { isSteady, lastSpread, type LoadWindow } from './steady-state.ts'

function series(...windows: [rps: number, p95: number | null][]): LoadWindow[] {
  return windows.map(([requestsPerSecond, p95Ms], k) => ({
    fromMs: k * 1000,
    toMs: (k + 1) * 1000,
    requests: requestsPerSecond,
    images: requestsPerSecond,
    failures: 0,
    requestsPerSecond,
    meanMs: p95Ms,
    p50Ms: p95Ms,
    p95Ms,
  }))
}

describe('steady state', () => {
  test.each<[string, LoadWindow[], boolean]>([
    ['two windows are too few', series([100, 10], [100, 10]), false],
    ['three that agree', series([100, 10], [109, 10.5], [104, 10.9]), true],
    ['exactly 10 % apart still agree', series([100, 10], [110, 11], [105, 10]), true],
    ['throughput 11 % apart', series([100, 10], [111, 10], [105, 10]), false],
    ['latency 11 % apart', series([100, 10], [100, 11.1], [100, 10]), false],
    ['only the last three count', series([10, 90], [55, 40], [100, 10], [101, 10], [102, 10]), true],
    ['a steady start that drifts off', series([100, 10], [100, 10], [100, 10], [100, 13]), false],
    ['a window in which nothing was answered', series([100, 10], [0, null], [100, 10]), false],
  ])('%s', (_name, windows, expected) => {
    expect(isSteady(windows)).toBe(expected)
  })

  test('tells how far apart they are', () => {
    expect(lastSpread(series([100, 10], [125, 10], [100, 15]))).toEqual({ throughput: 0.25, latency: 0.5 })
  })
})
