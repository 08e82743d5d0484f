import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { createBlockProduct } from '../../../src/engine/embedding/block-product.ts'
import { createBlockPairSearch } from '../../../src/engine/matching/pair-search.ts'
import { madeUpVectors } from './made-up-library.ts'
import { answer, subjectInput } from './subject.ts'

/**
 * All pairs over a floor. `ours` is the engine's search on vectors of the default model's length; `product` is what ONNX
 * Runtime needs for the same number of 512-dimensional vectors, block by block, and nothing else; `exact` finds the pairs
 * by the full product, to count what the search may have left out.
 */
const { what, count, dimension, floor } = z
  .object({ what: z.enum(['ours', 'product', 'exact']), count: z.number(), dimension: z.number(), floor: z.number() })
  .parse(subjectInput())

const product = createBlockProduct({ resourcesDir: fileURLToPath(new URL('../../../resources', import.meta.url)) })
const vectors = madeUpVectors(count, dimension, 0.1)
// The thread and its session start before the clock does, on both sides alike.
await product.above(vectors.subarray(0, dimension), 1, vectors.subarray(0, dimension), 1, dimension, 2)

/** 1,024 × 4,096 products at a time, on and above the diagonal. */
async function everyBlock(each: (a: number, b: number) => void): Promise<void> {
  const [height, width] = [1024, 4096]
  const part = (from: number, to: number): Float32Array => vectors.subarray(from * dimension, to * dimension)
  for (let left = 0; left < count; left += width) {
    const right = Math.min(count, left + width)
    for (let top = 0; top < right; top += height) {
      const bottom = Math.min(right, top + height)
      const { rows, columns } = await product.above(
        part(top, bottom),
        bottom - top,
        part(left, right),
        right - left,
        dimension,
        floor,
      )
      for (let k = 0; k < rows.length; k++) {
        const [a, b] = [top + (rows[k] ?? 0), left + (columns[k] ?? 0)]
        if (a < b) each(a, b)
      }
    }
  }
}

/** Sum and count of pair keys: two searches with the same pairs have the same. */
const found = { pairs: 0, keys: [] as number[] }
const note = (a: number, b: number): void => {
  found.pairs++
  found.keys.push(Math.min(a, b) * count + Math.max(a, b))
}
const started = performance.now()
if (what === 'ours') {
  const search = createBlockPairSearch(product)
  const options = { floor, isNew: null, signal: undefined }
  for await (const pairs of search.findPairs({ count, dimension, vectors }, options)) {
    for (let k = 0; k < pairs.score.length; k++) note(pairs.a[k] ?? 0, pairs.b[k] ?? 0)
  }
} else {
  await everyBlock(note)
}
const seconds = (performance.now() - started) / 1000
await product.close()
// Sorted differences would be shorter, but a made-up library of this kind has few pairs.
answer({
  seconds,
  pairs: found.pairs,
  peakRssBytes: process.resourceUsage().maxRSS * 1024,
  keys: what === 'product' ? [] : found.keys,
})
process.exit(0)
