import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { createBlockProduct } from '../../../src/engine/embedding/block-product.ts'
import { createBlockNeighbourSearch } from '../../../src/engine/matching/neighbour-search.ts'
import { createRandom } from '../../fixtures/generator/random.ts'
import { fillWithScenes } from './made-up-library.ts'
import { answer, subjectInput } from './subject.ts'

/**
 * The ten nearest neighbours of every photo of a made-up library of scenes: how long it takes, and what of the neighbours of
 * a sample of rows (by the exact product with all others) and of the planted near copies it finds. The vectors are half floats, as
 * the catalog gives those of a large library.
 */
const { count, dimension, sample } = z
  .object({ count: z.number(), dimension: z.number(), sample: z.number() })
  .parse(subjectInput())
const [floor, most] = [0.6, 10]

const product = createBlockProduct({ resourcesDir: fileURLToPath(new URL('../../../resources', import.meta.url)) })
const vectors = new Float16Array(new SharedArrayBuffer(2 * count * dimension))
const copyOf = fillWithScenes(vectors, count, 0.05)
const rowsFrom = (first: number, end: number): Float32Array =>
  Float32Array.from(vectors.subarray(first * dimension, end * dimension))
const rowAt = (row: number): Float32Array => rowsFrom(row, row + 1)
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

const sampled = Float32Array.from(chosen.flatMap((row) => [...rowAt(row)]))
const near = chosen.map((): { other: number; score: number }[] => [])
for (let left = 0; left < count; left += 4096) {
  const right = Math.min(count, left + 4096)
  const { rows, columns, scores } = await product.above(
    sampled,
    chosen.length,
    rowsFrom(left, right),
    right - left,
    dimension,
    floor,
  )
  for (let k = 0; k < scores.length; k++) {
    const [at, other] = [rows[k] ?? 0, left + (columns[k] ?? 0)]
    if (other !== chosen[at]) near[at]?.push({ other, score: scores[k] ?? 0 })
  }
  for (const list of near) list.sort((x, y) => y.score - x.score).splice(most)
}
let wanted = 0
let found = 0
near.forEach((list, at) => {
  wanted += list.length
  found += list.filter(({ other }) => partnersOf.get(chosen[at] ?? -1)?.has(other)).length
})
await product.close()
answer({
  seconds,
  cpuSeconds: (cpu.user + cpu.system) / 1e6,
  pairs: pairs.a.length,
  copies: copyOf.reduce((sum, from) => sum + (from >= 0 ? 1 : 0), 0),
  copiesFound,
  wanted,
  found,
  recallTold: recall?.share ?? null,
  indexed: recall?.indexed ?? false,
  bytesAPhoto: (peakRssBytes - rssBefore) / count,
  peakRssBytes,
})
process.exit(0)
