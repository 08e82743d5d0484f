import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Orientation, PairChange, Relation } from '../shared/contract/groups.ts'
import type { PhotoMetadata } from '../shared/contract/photo.ts'
import { openCatalog, type Catalog } from './catalog/catalog.ts'
import type { LinkTier } from './catalog/links.ts'
import { sampleStamp } from './catalog/sample-records.ts'
import { createBlockProduct } from './embedding/block-product.ts'
import { createLookPool } from './confirming/look-pool.ts'
import { findDuplicates } from './find-duplicates.ts'
import { analysePhoto } from './imaging/analyse.ts'
import { defaultDecodeLimits as limits } from './imaging/limits.ts'
import { sharp } from './imaging/sharp.ts'
import { createBlockNeighbourSearch } from './matching/neighbour-search.ts'
import { ReviewSession } from './reviewing/review-session.ts'

// Real: catalog, photos, analysis, both searches. Given: the embeddings, so that cosines are known.

const resourcesDir = fileURLToPath(new URL('../../resources', import.meta.url))
let dir = ''
let catalog: Catalog
let folderId = 0

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'twinlens-find-'))
  catalog = openCatalog(dir)
  folderId = catalog.folders.add('/photos')
})
afterEach(() => {
  catalog.close()
  rmSync(dir, { recursive: true })
})

const original = readFileSync(new URL('../../test/fixtures/photos/roman-colosseum.jpg', import.meta.url))
const other = readFileSync(new URL('../../test/fixtures/photos/canyon-wren.jpg', import.meta.url))
const base = await sharp(original).resize(640, 480, { fit: 'cover' }).png().toBuffer()
const pictures = {
  whole: await sharp(base).jpeg({ quality: 92 }).toBuffer(),
  encodedAgain: await sharp(base).jpeg({ quality: 55 }).toBuffer(),
  smaller: await sharp(base).resize(320, 240).jpeg({ quality: 85 }).toBuffer(),
  turned: await sharp(base).rotate(90).jpeg({ quality: 85 }).toBuffer(),
  crop: await sharp(base).extract({ left: 40, top: 30, width: 530, height: 400 }).jpeg({ quality: 85 }).toBuffer(),
  other: await sharp(other).resize(640, 480, { fit: 'cover' }).jpeg({ quality: 90 }).toBuffer(),
}
type Name = keyof typeof pictures

interface Extra {
  metadata?: Partial<PhotoMetadata>
  embedding?: { spaceId: number; vector: Float32Array }
}

/** One finished scan that meets just these pictures. Those that the catalog knows are not analysed again. */
async function scan(found: Partial<Record<Name, Extra>>): Promise<void> {
  const scanId = catalog.photos.nextScanId()
  const known = new Set(catalog.photos.facts().map(({ contentId }) => contentId))
  for (const name of Object.keys(pictures) as Name[]) {
    const extra = found[name]
    if (extra === undefined) continue
    const bytes = pictures[name]
    const isKnown = known.has(idOf.get(name) ?? -1)
    const analysis = isKnown ? null : await analysePhoto(bytes, { preprocessing: null, limits })
    if (analysis !== null) Object.assign(analysis.metadata, extra.metadata)
    const contentHash = new Uint8Array(createHash('md5').update(bytes).digest())
    const outcome = { kind: 'photo', contentHash, analysis, embedding: extra.embedding ?? null } as const
    const path = `/photos/${name}.jpg`
    catalog.photos.record([{ folderId, path, stamp: sampleStamp({ bytes: bytes.length }), scanId, outcome }])
    idOf.set(name, catalog.photos.lookup([path]).get(path)?.contentId ?? -1)
  }
  catalog.photos.finishScan({ folderId, scanId, unsure: [] })
}
const idOf = new Map<Name, number>()
beforeEach(() => idOf.clear())

/** @param sampleFrom comparisons from which recall is measured */
async function search(spaceId: number | null = null, sampleFrom?: number): Promise<void> {
  const signal = new AbortController().signal
  const product = createBlockProduct({ resourcesDir, threads: 1 })
  const looks = createLookPool({ threads: 1 })
  const frameSpaceId = catalog.embeddings.space('frames')
  const model = {
    frameSpaceId,
    floor: 0.6,
    similarFrom: 0.9,
    search: createBlockNeighbourSearch(product, sampleFrom === undefined ? {} : { sampleFrom }),
  }
  try {
    await findDuplicates({ catalog, looks, ai: spaceId === null ? null : { ...model, spaceId }, signal })
  } finally {
    await Promise.all([product.close(), looks.close()])
  }
}

/** Stored links by the names of their pictures, with what they are to each other. */
function links(tier: LinkTier = 'perceptual', spaceId = 0): string[] {
  const nameOf = new Map([...idOf].map(([name, id]) => [id, name]))
  const stored = catalog.links.load(tier, spaceId)
  return Array.from(stored.a, (a, k) => {
    const pair = [nameOf.get(a), nameOf.get(stored.b[k] ?? 0)].sort().join(' & ')
    return `${pair}: ${Relation.options[stored.relation[k] ?? 0]}`
  }).sort()
}

test('a photo that is added later is linked with those that were there, and only once', async () => {
  await scan({ whole: {}, other: {} })
  await search()
  expect(links()).toEqual([])
  await scan({ whole: {}, other: {}, encodedAgain: {} })
  await search()
  expect(links()).toEqual(['encodedAgain & whole: re-encoded'])
  await search()
  expect(links()).toEqual(['encodedAgain & whole: re-encoded'])
  await scan({ whole: {}, other: {}, encodedAgain: {}, smaller: {}, turned: {} })
  await search()
  expect(links()).toEqual([
    'encodedAgain & smaller: resized',
    'encodedAgain & turned: rotated-or-mirrored',
    'encodedAgain & whole: re-encoded',
    'smaller & turned: rotated-or-mirrored',
    'smaller & whole: resized',
    'turned & whole: rotated-or-mirrored',
  ])
})

test('a photo that was away and comes back is linked with what came meanwhile', async () => {
  await scan({ whole: {}, other: {} })
  await search()
  await scan({ other: {}, smaller: {} })
  expect([...catalog.photos.loadPhotos()].map(({ path }) => path)).toEqual(['/photos/other.jpg', '/photos/smaller.jpg'])
  await search()
  await scan({ whole: {}, other: {}, smaller: {} })
  await search()
  expect(links()).toEqual(['smaller & whole: resized'])
})

test('a link says how the later content must be turned to lie on the earlier one', async () => {
  await scan({ whole: {} })
  await scan({ whole: {}, turned: {} })
  await search()
  const { a, orientation } = catalog.links.load('perceptual', 0)
  expect([a[0], Orientation.options[orientation[0] ?? 0]]).toEqual([idOf.get('whole'), 'rotate-270'])
})

test('frames of a burst are not linked, a copy in the time of another zone is', async () => {
  await scan({
    whole: { metadata: { takenAt: '2023-05-06T07:08:09' } },
    encodedAgain: { metadata: { takenAt: '2023-05-06T07:08:10' } },
    smaller: { metadata: { takenAt: '2023-05-06T09:08:09' } },
  })
  await search()
  expect(links()).toEqual(['smaller & whole: resized'])
})

test('what a model finds alike counts only where a look bears it out; the rest is kept as alike', async () => {
  const spaceId = catalog.embeddings.space('made-up model')
  const vector = (turn: number): Float32Array => {
    const values = new Float32Array(16)
    values.set([Math.cos(turn), Math.sin(turn)])
    return values
  }
  const embedded = (turn: number): Extra => ({ embedding: { spaceId, vector: vector(turn) } })
  await scan({ whole: embedded(0) })
  await search(spaceId)
  await scan({ whole: embedded(0), other: embedded(0.1), crop: embedded(0.4) })
  await search(spaceId)
  expect(links('ai', spaceId)).toEqual(['crop & whole: cropped'])
  expect(links('similar', spaceId)).toEqual(['crop & other: similar', 'other & whole: similar'])
  const { score, place, changes } = catalog.links.load('ai', spaceId)
  expect(score[0]).toBeCloseTo(Math.cos(0.4), 5)
  expect(PairChange.options.filter((_, bit) => (changes[0] ?? 0) & (1 << bit))).toContain('cropped')
  // The whole reaches out of the crop by what was cut off: 40 of 530 pixels at the left, 70 at the right.
  for (const [at, expected] of [-40 / 530, -30 / 400, 600 / 530, 450 / 400].entries()) {
    expect(Math.abs((place[at] ?? 0) - expected)).toBeLessThan(0.005)
  }
})

test('how complete a search was is told by the review of a later run, over all searches', async () => {
  const spaceId = catalog.embeddings.space('made-up model')
  const embedded = (turn: number): Extra => ({
    embedding: { spaceId, vector: Float32Array.of(Math.cos(turn), Math.sin(turn)) },
  })
  const told = () =>
    new ReviewSession(catalog, { spaceId, floor: 0.6 }, { perceptualDistance: 8, similarity: 0.6 }).summary()
      .searchRecall
  await scan({ whole: embedded(0), other: embedded(0.1) })
  await search(spaceId)
  expect(told()).toBeNull()
  await scan({ whole: embedded(0), other: embedded(0.1), crop: embedded(0.4), smaller: embedded(0.5) })
  await search(spaceId, 0)
  await scan({
    whole: embedded(0),
    other: embedded(0.1),
    crop: embedded(0.4),
    smaller: embedded(0.5),
    turned: embedded(0.2),
  })
  await search(spaceId, 0)
  catalog.close()
  catalog = openCatalog(dir)
  expect(told()).toEqual({ share: 1, sampled: 3, photos: 3, indexed: false })
})
