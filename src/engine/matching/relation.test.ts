import { expect, it } from 'vitest'
import { describePair } from './relation.ts'
import type { PairEvidence, PhotoFacts } from './relation.ts'

const photo = (contentId: number, width: number, height: number, pixels?: number): PhotoFacts => ({
  contentId,
  width,
  height,
  pixelHash: pixels === undefined ? null : Uint8Array.of(pixels, 2, 3),
})
const hashed: PairEvidence = { distance: 2, orientation: 'identity' }
const whole = photo(1, 4000, 3000, 1)

it.each([
  ['identical', photo(1, 4000, 3000, 1), hashed],
  ['same-pixels', photo(2, 4000, 3000, 1), hashed],
  ['re-encoded', photo(2, 4000, 3000, 9), hashed],
  ['re-encoded', photo(2, 4000, 3000), hashed],
  ['re-encoded', photo(2, 3999, 3000), hashed],
  ['resized', photo(2, 1600, 1200), hashed],
  ['resized', photo(2, 333, 250), hashed],
  ['resized', photo(2, 200, 149), hashed],
  ['resized', photo(2, 8001, 6000), hashed],
  ['similar', photo(2, 4000, 2250), hashed],
  ['similar', photo(2, 1600, 1210), hashed],
  ['rotated-or-mirrored', photo(2, 3000, 4000), { ...hashed, orientation: 'rotate-90' }],
  ['rotated-or-mirrored', photo(2, 400, 300), { ...hashed, orientation: 'mirror-horizontal' }],
  ['similar', photo(2, 4000, 3000), { distance: null, orientation: null }],
] as const)('says %s', (relation, other, evidence) => {
  expect(describePair(whole, other, evidence)).toBe(relation)
  expect(describePair(other, whole, evidence)).toBe(relation)
})
