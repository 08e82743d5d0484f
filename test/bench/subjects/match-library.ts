import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { openCatalog } from '../../../src/engine/catalog/catalog.ts'
import { createLookPool, type LookPool } from '../../../src/engine/confirming/look-pool.ts'
import { createBlockProduct } from '../../../src/engine/embedding/block-product.ts'
import { buildScanResult } from '../../../src/engine/export-report.ts'
import { findDuplicates } from '../../../src/engine/find-duplicates.ts'
import { createBlockNeighbourSearch } from '../../../src/engine/matching/neighbour-search.ts'
import { ReviewSession } from '../../../src/engine/reviewing/review-session.ts'
import { answer, subjectInput } from './subject.ts'

/**
 * What follows a scan, on a catalog of `fill-catalog`: finding duplicates among what is new, then the review opened, a threshold moved
 * and the result written.
 */
const { folder } = z.object({ folder: z.string() }).parse(subjectInput())

interface Took {
  seconds: number
  cpuSeconds: number
}
async function timed<T>(work: () => T | Promise<T>): Promise<[T, Took]> {
  const [started, before] = [performance.now(), process.cpuUsage()]
  const result = await work()
  const { user, system } = process.cpuUsage(before)
  return [result, { seconds: (performance.now() - started) / 1000, cpuSeconds: (user + system) / 1e6 }]
}

const catalog = openCatalog(folder)
const product = createBlockProduct({ resourcesDir: fileURLToPath(new URL('../../../resources', import.meta.url)) })
const [spaceId, frameSpaceId] = [catalog.embeddings.space('made-up'), catalog.embeddings.space('made-up|frame')]
const pool = createLookPool()
let looks = 0
const counted: LookPool = {
  close: () => pool.close(),
  corners: (ids, source, signal) => pool.corners(ids, source, signal),
  look(pairs, source, signal) {
    looks += pairs.length / 2
    return pool.look(pairs, source, signal)
  },
}
const rssBefore = process.memoryUsage.rss()
const signal = new AbortController().signal
const search = createBlockNeighbourSearch(product)
const [, matching] = await timed(() =>
  findDuplicates({
    catalog,
    looks: counted,
    ai: { search, spaceId, frameSpaceId, floor: 0.6, similarFrom: 0.9 },
    signal,
  }),
)
await Promise.all([product.close(), pool.close()])
const matchingPeakBytes = process.resourceUsage().maxRSS * 1024

const thresholds = { perceptualDistance: 8, similarity: 0.6 }
const [review, opening] = await timed(() => {
  const opened = new ReviewSession(catalog, { spaceId, floor: 0.6 }, thresholds)
  const { groupIds } = opened.list('ai', 'found', 'all', '')
  opened.views(groupIds.slice(0, 50))
  opened.summary()
  return opened
})
const [, moving] = await timed(() => review.setThresholds({ perceptualDistance: 6, similarity: 0.8 }))
review.setThresholds(thresholds)
const [json, reporting] = await timed(() =>
  JSON.stringify(
    buildScanResult({ catalog }, review, {
      tiers: ['exact', 'perceptual', 'ai'],
      stats: null,
      backend: null,
      folders: ['/library'],
    }),
  ),
)

const photos = review.allPhotos()
const linked = new Set<number>()
for (const { a, b } of [catalog.links.load('perceptual', 0), catalog.links.load('ai', spaceId)])
  for (const id of [...a, ...b]) linked.add(id)
const planted = photos.filter(({ path }) => path.includes(' copy of '))
answer({
  photos: photos.length,
  matching,
  looks,
  matchingPeakBytes,
  bytesBefore: rssBefore,
  opening,
  moving,
  reporting,
  reportBytes: json.length,
  groups: review.groupCount,
  planted: planted.length,
  plantedFound: planted.filter(({ contentId }) => linked.has(contentId)).length,
  recall: review.searchRecall()?.share ?? null,
  catalogBytes: catalog.size().catalog,
  peakRssBytes: process.resourceUsage().maxRSS * 1024,
})
catalog.close()
process.exit(0)
