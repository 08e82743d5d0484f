import { describe, expect, test } from 'vitest'
import { captureMs, formatBytes, formatDuration, formatPlural, formatRate, formatSpan } from './format.ts'

const plain = (text: string): string => text.replace(/\s/gu, ' ')

describe('numbers as people read them', () => {
  test('bytes carry a unit and never read as 1,000 of the smaller one', () => {
    expect(plain(formatBytes(0, 'en'))).toBe('0 bytes')
    expect(plain(formatBytes(999_600, 'en'))).toBe('1 MB')
    expect(plain(formatBytes(34_120_000, 'en'))).toBe('34.1 MB')
    expect(plain(formatBytes(38_230_000_000, 'en'))).toBe('38.2 GB')
    expect(plain(formatBytes(812_000_000, 'de'))).toBe('812 MB')
    expect(plain(formatBytes(-5, 'en'))).toBe('0 bytes')
  })

  test('an estimate is a span, and a settled one is "about"', () => {
    expect(formatSpan({ low: 178, high: 245 }, 'en')).toBe('3–4 min')
    expect(formatSpan({ low: 1260, high: 1440 }, 'en')).toBe('21–24 min')
    expect(formatSpan({ low: 118, high: 121 }, 'en')).toBe('about 2 min')
    expect(formatSpan({ low: 1, high: 3 }, 'en')).toBe('about 5 s')
    expect(formatSpan({ low: 48, high: 71 }, 'en')).toBe('50–70 s')
    expect(formatSpan({ low: 7000, high: 9200 }, 'en')).toBe('2–2.5 h')
  })

  test('counts, rates and durations', () => {
    expect(formatPlural(1, 'photo', 'photos', 'en')).toBe('1 photo')
    expect(formatPlural(2357, 'photo', 'photos', 'en')).toBe('2,357 photos')
    expect(formatRate(12.44, 'en')).toBe('12.4 images/s')
    expect(formatRate(1412.4, 'en')).toBe('1,412 images/s')
    expect(formatDuration(4.25, 'en')).toBe('4.3 s')
    expect(formatDuration(3725, 'en')).toBe('1 h 2 min')
  })

  test('a capture time that is no date is said to be none', () => {
    expect(captureMs('not a date')).toBeNull()
    expect(captureMs(null)).toBeNull()
    expect(captureMs('2019-07-01T12:00:00')).toBe(new Date(2019, 6, 1, 12).getTime())
  })
})
