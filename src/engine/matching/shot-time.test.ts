import { describe, expect, it } from 'vitest'
import { shotGapMs } from './shot-time.ts'

describe('shotGapMs', () => {
  it.for([
    ['frames of a burst, a second apart', '2023-05-06T07:08:09', '2023-05-06T07:08:10'],
    ['frames of a fast burst', '2023-05-06T07:08:09.120', '2023-05-06T07:08:09.180'],
    ['two visits to one place', '2023-05-06T07:08:09', '2024-02-01T16:33:50'],
    ['a burst across midnight', '2023-12-31T23:59:59', '2024-01-01T00:00:01'],
  ])('tells %s apart', ([, a = '', b = '']) => {
    expect(shotGapMs(a, b)).toBeGreaterThan(0)
    expect(shotGapMs(b, a)).toBe(shotGapMs(a, b))
  })

  it.for([
    ['a copy that kept its time', '2023-05-06T07:08:09.120', '2023-05-06T07:08:09.120'],
    ['a copy whose fraction was dropped', '2023-05-06T07:08:09.920', '2023-05-06T07:08:09'],
    ['a copy in the time of another zone', '2023-05-06T07:08:09', '2023-05-06T09:08:09'],
    ['a copy in Indian or Nepalese time', '2023-05-06T07:08:09', '2023-05-06T12:53:09'],
    ['a zone shift over midnight that drops the fraction', '2023-12-31T23:08:09.500', '2024-01-01T05:08:09'],
  ])('takes %s for one shot', ([, a = '', b = '']) => {
    expect([shotGapMs(a, b), shotGapMs(b, a)]).toEqual([null, null])
  })

  it.for([
    [null, '2023-05-06T07:08:09'],
    [null, null],
    ['0000-00-00T00:00:00', '2023-05-06T07:08:09'],
  ] as const)('says nothing where a time is missing or broken: %s, %s', ([a, b]) => {
    expect([shotGapMs(a, b), shotGapMs(b, a)]).toEqual([null, null])
  })
})
