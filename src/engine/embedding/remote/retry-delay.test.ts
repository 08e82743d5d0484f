import { expect, test } from 'vitest'
import { probeBackOff, probeDelayMs, readRetryAfter, requestBackOff, retryDelayMs } from './retry-delay.ts'

test('waits grow twofold up to their cap, spread over all of their range', () => {
  const longest = [0, 1, 2, 3, 20].map((attempt) => retryDelayMs(requestBackOff, attempt, 0.999999))
  expect(longest.map(Math.round)).toEqual([100, 200, 400, 800, 5000])
  expect(retryDelayMs(requestBackOff, 5, 0)).toBe(0)
  const delays = Array.from({ length: 2000 }, () => retryDelayMs(requestBackOff, 2))
  const mean = delays.reduce((sum, delay) => sum + delay, 0) / delays.length
  expect(mean).toBeGreaterThan(170)
  expect(mean).toBeLessThan(230)
})

test('a server that is away is never asked twice in a row by chance', () => {
  expect(probeDelayMs(probeBackOff, 0, 0)).toBe(125)
  expect(probeDelayMs(probeBackOff, 30, 0)).toBe(7500)
})

test('reads both forms of Retry-After, and none that is no time', () => {
  const now = Date.parse('2026-01-01T00:00:00Z')
  expect(readRetryAfter('2', now)?.waitMs).toBe(2000)
  expect(readRetryAfter('Thu, 01 Jan 2026 00:00:05 GMT', now)?.waitMs).toBe(5000)
  expect(readRetryAfter('Thu, 01 Jan 2025 00:00:05 GMT', now)?.waitMs).toBe(0)
  expect(readRetryAfter('3600', now)?.waitMs).toBe(3_600_000)
  expect(readRetryAfter('1'.repeat(30), now)?.waitMs).toBe(86_400_000)
  expect(readRetryAfter('soon', now)).toBeNull()
  expect(readRetryAfter(undefined, now)).toBeNull()
})
