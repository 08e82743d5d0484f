import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { createBlockProduct } from '../../../src/engine/embedding/block-product.ts'
import { createBlockNeighbourSearch } from '../../../src/engine/matching/neighbour-search.ts'
import { madeUpVectors } from './made-up-library.ts'
import { answer, subjectInput } from './subject.ts'

/**
 * Every vector against every other. `ours` is the engine's search for each photo's nearest on vectors of the default model's
 * length; `product` is what ONNX Runtime needs for the same number of 512-dimensional vectors, block by block, and nothing else.
 */
const { what, count, dimension, floor } = z
  .object({ what: z.enum(['ours', 'product']), count: z.number(), dimension: z.number(), floor: z.number() })
  .parse(subjectInput())

const product = createBlockProduct({ resourcesDir: fileURLToPath(new URL('../../../resources', import.meta.url)) })
const vectors = madeUpVectors(count, dimension, 0.1)
// The thread and its session start before the clock does, on both sides alike.
await product.above(vectors.subarray(0, dimension), 1, vectors.subarray(0, dimension), 1, dimension, 2)

/** Pairs over the floor, 1,024 × 4,096 products at a time, on and above the diagonal. */
async function everyBlock(): Promise<number> {
  const [height, width] = [1024, 4096]
  const part = (from: number, to: number): Float32Array => vectors.subarray(from * dimension, to * dimension)
  let pairs = 0
  for (let left = 0; left < count; left += width) {
    const right = Math.min(count, left + width)
    for (let top = 0; top < right; top += height) {
      const bottom = Math.min(right, top + height)
      const [rows, columns] = [part(top, bottom), part(left, right)]
      const found = await product.above(rows, bottom - top, columns, right - left, dimension, floor)
      for (let k = 0; k < found.rows.length; k++) {
        if (top + (found.rows[k] ?? 0) < left + (found.columns[k] ?? 0)) pairs++
      }
    }
  }
  return pairs
}

async function nearest(): Promise<number> {
  const owner = Int32Array.from({ length: count }, (_, row) => row)
  const options = { owner, floor, isNew: null, signal: undefined }
  const { pairs } = await createBlockNeighbourSearch(product).findNeighbours({ count, dimension, vectors }, options)
  return pairs.score.length
}

const [started, cpuBefore] = [performance.now(), process.cpuUsage()]
const pairs = what === 'ours' ? await nearest() : await everyBlock()
const seconds = (performance.now() - started) / 1000
const cpu = process.cpuUsage(cpuBefore)
await product.close()
answer({
  seconds,
  cpuSeconds: (cpu.user + cpu.system) / 1e6,
  pairs,
  peakRssBytes: process.resourceUsage().maxRSS * 1024,
})
process.exit(0)
