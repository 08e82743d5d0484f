import { expect, test } from 'vitest'
import { pairKey } from '../../shared/domain/pair-key.ts'
import type { ContentFacts } from '../catalog/signatures.ts'
import { familyCandidates } from './family-candidates.ts'

const facts = (sizes: Record<number, number>): Map<number, ContentFacts> =>
  new Map(
    Object.entries(sizes).map(([id, side]) => [
      Number(id),
      { contentId: Number(id), width: side, height: side, takenAt: null, pixelHash: null },
    ]),
  )
/** Unit vectors at these angles. */
const embeddings = (angles: Record<number, number>) => ({
  contentIds: Int32Array.from(Object.keys(angles), Number),
  wholeCount: Object.keys(angles).length,
  vectors: Float32Array.from(Object.values(angles).flatMap((angle) => [Math.cos(angle), Math.sin(angle)])),
  dimension: 2,
})
const links = (...pairs: [number, number][]) => ({
  a: Int32Array.from(pairs, ([a]) => a),
  b: Int32Array.from(pairs, ([, b]) => b),
})
const vectors = embeddings({ 1: 0, 2: 0.3, 3: 0.5, 4: 1 })
const base = { facts: facts({ 1: 4000, 2: 1000, 3: 500, 4: 900 }), settled: new Set<number>(), embeddings: vectors }
const pairsOf = ({ a, b }: { a: Int32Array; b: Int32Array }): string[] => Array.from(a, (id, k) => `${id}-${b[k]}`)

test('the photo with most links is asked for against members that it has no link with', () => {
  const found = familyCandidates({
    ...base,
    links: [links([1, 2], [2, 3]), links([3, 4])],
    added: new Set([4]),
    framed: new Set(),
  })
  // 2 and 3 have two links each; 2 is the larger one.
  expect(pairsOf(found)).toEqual(['2-4'])
  expect(found.score[0]).toBeCloseTo(Math.cos(0.7), 5)
})

test('where that one stands in a border, the best one without a border is asked for as well', () => {
  const star = links([2, 3], [2, 4], [1, 3])
  const found = familyCandidates({ ...base, links: [star], added: new Set([1]), framed: new Set([2]) })
  expect(pairsOf(found).sort()).toEqual(['1-2', '3-4'])
})

test('pairs that were looked at, families without a new photo, and pairs alone are left as they are', () => {
  const chain = [links([1, 2], [2, 3], [3, 4])]
  const looked = new Set([pairKey(2, 4)])
  expect(
    pairsOf(familyCandidates({ ...base, settled: looked, links: chain, added: new Set([1]), framed: new Set() })),
  ).toEqual([])
  expect(pairsOf(familyCandidates({ ...base, links: chain, added: new Set([9]), framed: new Set() }))).toEqual([])
  expect(
    pairsOf(familyCandidates({ ...base, links: [links([1, 2])], added: new Set([1]), framed: new Set() })),
  ).toEqual([])
})
