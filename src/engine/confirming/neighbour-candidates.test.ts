import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { createBlockProduct } from '../embedding/block-product.ts'
import { createBlockNeighbourSearch } from '../matching/neighbour-search.ts'
import { neighbours } from '../matching/thresholds.ts'
import { neighbourCandidates } from './neighbour-candidates.ts'

// Real: the search on ONNX Runtime. Given: vectors, so that it is known who is near to whom.

const product = createBlockProduct({
  resourcesDir: fileURLToPath(new URL('../../../resources', import.meta.url)),
  threads: 1,
})
afterAll(() => product.close())

const dimension = 16
/** Unit vectors that all lie within a narrow cone, as photos of one kind do; `turn` moves a vector along it. */
const vectorAt = (turn: number): number[] => [Math.cos(turn), Math.sin(turn), ...Array<number>(dimension - 2).fill(0)]
const matrix = (ids: number[], turns: number[]) => ({
  contentIds: Int32Array.from(ids),
  vectors: Float32Array.from(turns.flatMap(vectorAt)),
})
const none = matrix([], [])
const search = async (whole: ReturnType<typeof matrix>, frames: ReturnType<typeof matrix>, isNew: Uint8Array) => {
  const { candidates } = await neighbourCandidates({
    embeddings: {
      contentIds: Int32Array.of(...whole.contentIds, ...frames.contentIds),
      wholeCount: whole.contentIds.length,
      vectors: Float32Array.of(...whole.vectors, ...frames.vectors),
      dimension,
    },
    isNew,
    search: createBlockNeighbourSearch(product),
    floor: 0.6,
    signal: new AbortController().signal,
  })
  return candidates
}

test('one photo that joins many alike brings its own nearest alone, not one pair for each of them', async () => {
  const ids = Array.from({ length: 300 }, (_, k) => k + 1)
  const whole = matrix(
    ids,
    ids.map((id) => id / 1000),
  )
  const isNew = Uint8Array.from(ids, (id) => (id === 150 ? 1 : 0))
  const found = await search(whole, none, isNew)
  expect(found.a).toHaveLength(neighbours.partners)
  const partners = Array.from(found.a, (a, k) => (a === 150 ? found.b[k]! : a)).sort((p, q) => p - q)
  expect(partners).toEqual([146, 147, 148, 149, 151, 152, 153, 154])
})

test('a photo is found by the picture within its border too, and never as its own partner', async () => {
  const whole = matrix([7, 9], [0, 1.2])
  const found = await search(whole, matrix([9], [0.05]), Uint8Array.of(1, 1))
  expect([[...found.a], [...found.b], [...found.framed]]).toEqual([[7], [9], [1]])
  expect(found.score[0]).toBeCloseTo(Math.cos(0.05), 5)
})
