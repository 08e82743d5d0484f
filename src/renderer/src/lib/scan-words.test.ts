import { describe, expect, test } from 'vitest'
import type { ScanProgress } from '../../../shared/contract/scan.ts'
import { scanAnnouncement, scanShare, timeLeft } from './scan-words.ts'

const counters = {
  found: 100,
  read: 50,
  reused: 10,
  embedded: 30,
  matched: 20,
  unreadable: 4,
  groups: 3,
  imagesPerSecond: 12,
  secondsLeft: { low: 170, high: 250 },
  backend: null,
  outage: null,
}
const at = (changes: Partial<typeof counters>): ScanProgress => ({ phase: 'analysing', ...counters, ...changes })

describe('how far a scan is', () => {
  test('is unknown while files are still being found', () => {
    expect(scanShare({ phase: 'listing', ...counters }).total).toBeNull()
  })

  test('is complete only when every photo is read, described and compared', () => {
    const all = scanShare(at({ read: 100, embedded: 86, matched: 96 }))
    expect(all.done).toBe(all.total)
    const allReused = scanShare(at({ read: 100, reused: 96, embedded: 0, matched: 96 }))
    expect(allReused.done).toBe(allReused.total)
    const partly = scanShare(at({}))
    expect(partly.done).toBeLessThan(partly.total ?? 0)
  })

  test('never passes the end, even when an old result and a new one are both counted', () => {
    const { done, total } = scanShare(at({ read: 100, reused: 96, embedded: 96, matched: 100 }))
    expect(done).toBeLessThanOrEqual(total ?? 0)
  })

  test('says a span while it works and nothing while it is paused', () => {
    expect(timeLeft(at({}))).toBe('3–4 min left')
    expect(timeLeft({ ...at({}), phase: 'paused' })).toBeNull()
    expect(timeLeft({ phase: 'analysing', ...counters, secondsLeft: null })).toBeNull()
  })

  test('is announced in tenths', () => {
    expect(scanAnnouncement(at({ read: 50 }))).toBe(scanAnnouncement(at({ read: 51 })))
    expect(scanAnnouncement(at({}))).not.toBe(scanAnnouncement(at({ read: 100, embedded: 86 })))
  })
})
