import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { createBlockProduct } from '../../../src/engine/embedding/block-product.ts'
import { createBlockNeighbourSearch } from '../../../src/engine/matching/neighbour-search.ts'
import { createRandom } from '../../fixtures/generator/random.ts'
import { madeUpScenes } from './made-up-library.ts'
import { answer, subjectInput } from './subject.ts'

/**
 * The ten nearest neighbours of every photo of a made-up library of scenes: how long it takes, and what of the neighbours of
 * a sample of rows (by the exact product with all others) and of the planted near copies it finds.
 */
const { count, dimension, sample } = z
  .object({ count: z.number(), dimension: z.number(), sample: z.number() })
  .parse(subjectInput())
const [floor, most] = [0.6, 10]

const product = createBlockProduct({ resourcesDir: fileURLToPath(new URL('../../../resources', import.meta.url)) })
const { vectors, copyOf } = madeUpScenes(count, dimension, 0.05)
const rowAt = (row: number): Float32Array => vectors.subarray(row * dimension, (row + 1) * dimension)
await product.nearest(rowAt(0), 1, rowAt(1), 1, dimension, { perRow: 1, perColumn: 1, range: { low: 0, high: 1 } })
const rssBefore = process.memoryUsage.rss()

const [started, cpuBefore] = [performance.now(), process.cpuUsage()]
const search = createBlockNeighbourSearch(product)
const owner = Int32Array.from({ length: count }, (_, row) => row)
const { pairs, recall } = await search.findNeighbours(
  { count, dimension, vectors },
  { owner, isNew: null, floor, partners: most, signal: undefined },
)
const seconds = (performance.now() - started) / 1000
const cpu = process.cpuUsage(cpuBefore)
const peakRssBytes = process.resourceUsage().maxRSS * 1024

const partnersOf = new Map<number, Set<number>>()
const random = createRandom('sample')
const chosen = [...new Set(Array.from({ length: sample }, () => random.integer(0, count - 1)))]
for (const row of chosen) partnersOf.set(row, new Set())
let copiesFound = 0
for (let k = 0; k < pairs.a.length; k++) {
  const [a, b] = [pairs.a[k] ?? 0, pairs.b[k] ?? 0]
  partnersOf.get(a)?.add(b)
  partnersOf.get(b)?.add(a)
  // A copy comes after what it is a copy of.
  if (copyOf[b] === a) copiesFound++
}

let wanted = 0
let found = 0
for (const row of chosen) {
  const near: { other: number; score: number }[] = []
  for (let left = 0; left < count; left += 8192) {
    const right = Math.min(count, left + 8192)
    const block = vectors.subarray(left * dimension, right * dimension)
    const { columns, scores } = await product.above(rowAt(row), 1, block, right - left, dimension, floor)
    for (let k = 0; k < scores.length; k++) {
      const other = left + (columns[k] ?? 0)
      if (other !== row) near.push({ other, score: scores[k] ?? 0 })
    }
    near.sort((x, y) => y.score - x.score)
    near.length = Math.min(near.length, most)
  }
  wanted += near.length
  found += near.filter(({ other }) => partnersOf.get(row)?.has(other)).length
}
await product.close()
answer({
  seconds,
  cpuSeconds: (cpu.user + cpu.system) / 1e6,
  pairs: pairs.a.length,
  copies: copyOf.reduce((sum, from) => sum + (from >= 0 ? 1 : 0), 0),
  copiesFound,
  wanted,
  found,
  recallTold: recall,
  bytesAPhoto: (peakRssBytes - rssBefore) / count,
  peakRssBytes,
})
process.exit(0)
