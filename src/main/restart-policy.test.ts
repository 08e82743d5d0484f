import { expect, test } from 'vitest'
import { pauseBeforeRestart } from './restart-policy.ts'

test('restarts twice with growing pauses and gives up at the third end within a minute', () => {
  expect(pauseBeforeRestart([1_000])).toBe(250)
  expect(pauseBeforeRestart([1_000, 5_000])).toBe(1_000)
  expect(pauseBeforeRestart([1_000, 5_000, 59_000])).toBeNull()
})

test('old ends are forgiven', () => {
  expect(pauseBeforeRestart([1_000, 5_000, 66_000])).toBe(250)
})
