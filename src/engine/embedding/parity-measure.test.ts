import { describe, expect, it } from 'vitest'
import { measureAgreement } from './parity-measure.ts'
import { isEqual, judge } from './parity-verdict.ts'

/** Unit vectors that share a large common part, as those of an untrained model: all cosines between them are near 1. */
function alikeVectors(count: number, own: (picture: number, k: number) => number): Float32Array[] {
  return Array.from({ length: count }, (_, picture) => {
    const vector = Float32Array.from({ length: 16 }, (_each, k) => 1 + 0.02 * own(picture, k))
    const length = Math.hypot(...vector)
    return vector.map((value) => value / length)
  })
}

const pattern = (picture: number, k: number): number => Math.sin(1 + picture * 3.7 + k * (picture + 1.3))

describe('the agreement of two sets of vectors', () => {
  const reference = alikeVectors(12, pattern)

  it('does not take pictures for the same because all of them are alike', () => {
    const shuffled = reference.map((_, at) => reference[(at + 5) % reference.length] ?? new Float32Array(16))
    const agreement = measureAgreement(reference, shuffled)
    expect(agreement.minCosine).toBeGreaterThan(0.999)
    expect(agreement.meanUnexplained).toBeGreaterThan(1)
    expect(isEqual(agreement, true)).toBe(false)
    expect(judge({ inference: agreement, asSent: null, lossTakenOut: null, format: null }, false)).toBe(
      'different-model',
    )
  })

  it('sees a shift that is the same for all pictures', () => {
    const shifted = alikeVectors(12, (picture, k) => pattern(picture, k) + (k % 2 === 0 ? 1.5 : -1.5))
    const agreement = measureAgreement(reference, shifted)
    expect(agreement.minCosine).toBeGreaterThan(0.999)
    expect(isEqual(agreement, false)).toBe(false)
  })

  it('takes rounding for equal', () => {
    const rounded = alikeVectors(12, (picture, k) => Math.round(pattern(picture, k) * 200) / 200)
    const agreement = measureAgreement(reference, rounded)
    expect(judge({ inference: agreement, asSent: null, lossTakenOut: null, format: null }, false)).toBe('equal')
  })
})

describe('the verdict', () => {
  const exact = measureAgreement(alikeVectors(12, pattern), alikeVectors(12, pattern))
  const off = measureAgreement(
    alikeVectors(12, pattern),
    alikeVectors(12, (picture, k) => pattern(picture, k) + 0.3 * pattern(k, picture)),
  )

  it('needs the JPEG path too, and is lowered by a fault that was named', () => {
    const jpeg = { inference: exact, asSent: exact, lossTakenOut: exact, format: 'multipart-jpeg' as const }
    expect(judge(jpeg, false)).toBe('equal')
    expect(judge({ ...jpeg, asSent: off }, false)).toBe('usable')
    expect(judge(jpeg, true)).toBe('usable')
  })

  it('is not compared without a measurement', () => {
    expect(judge({ inference: null, asSent: null, lossTakenOut: null, format: null }, false)).toBe('not-compared')
  })
})
