import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Orientation, Relation } from '../../shared/contract/groups.ts'
import { openCatalog, type Catalog } from '../catalog/catalog.ts'
import { noLinks } from '../catalog/links.ts'
import { samplePhoto } from '../catalog/sample-records.ts'
import { ReviewSession } from './review-session.ts'

// Real: the catalog and the review. Given: the photos, and which pairs were found to be only alike.

let dir = ''
let catalog: Catalog
let contents: number[] = []

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'twinlens-similar-'))
  catalog = openCatalog(dir)
  const folderId = catalog.folders.add('/photos')
  const scanId = catalog.photos.nextScanId()
  const record = (name: string) => samplePhoto({ folderId, path: `/photos/${name}`, scanId }, name)
  catalog.photos.record(['a.jpg', 'b.jpg', 'c.jpg'].map(record))
  contents = [...catalog.photos.loadPhotos()].map(({ contentId }) => contentId).sort((x, y) => x - y)
  const pairs = noLinks(2)
  pairs.a.set([contents[0] ?? 0, contents[1] ?? 0])
  pairs.b.set([contents[1] ?? 0, contents[2] ?? 0])
  pairs.score.set([0.75, 0.875])
  pairs.distance.fill(255)
  pairs.orientation.fill(Orientation.options.indexOf('rotate-90'))
  pairs.relation.set([Relation.options.indexOf('similar'), Relation.options.indexOf('burst')])
  catalog.links.record({ tier: 'similar', spaceId: 3, pairs, matched: contents })
})
afterEach(() => {
  catalog.close()
  rmSync(dir, { recursive: true })
})

const open = (): ReviewSession =>
  new ReviewSession(catalog, { spaceId: 3, floor: 0.6 }, { perceptualDistance: 8, similarity: 0.6 })
const shown = (review: ReviewSession, search = ''): string[][] => {
  const { groupIds } = review.list('similar', 'found', 'all', search)
  return review.views(groupIds).groups.map((pair) => pair.photos.map(({ name }) => name))
}

test('pairs that look alike are in no group, come most alike first, are searched, and nothing is suggested for them', () => {
  const review = open()
  expect(shown(review)).toEqual([
    ['b.jpg', 'c.jpg'],
    ['a.jpg', 'b.jpg'],
  ])
  expect(shown(review, 'a.jpg')).toEqual([['a.jpg', 'b.jpg']])
  expect(review.groupCount).toBe(0)
  const [first] = review.views(review.list('similar', 'found', 'all', '').groupIds).groups
  expect(first).toMatchObject({ tier: 'similar', decided: false, freesBytes: 0 })
  expect(first?.photos.map(({ decision, reference, link }) => [decision, reference, link?.relation])).toEqual([
    ['undecided', false, undefined],
    ['undecided', false, 'burst'],
  ])
  expect(review.summary()).toMatchObject({ similarPairs: 2, removals: { photos: 0 } })
})

test('"not alike" is remembered by content, and taken back', () => {
  const review = open()
  const [id = ''] = review.list('similar', 'found', 'all', '').groupIds
  review.dismiss(id)
  expect(shown(review)).toEqual([['a.jpg', 'b.jpg']])
  expect(shown(open())).toEqual([['a.jpg', 'b.jpg']])
  const ids = review.allPhotos().map(({ fileId }) => fileId)
  review.undismiss(ids)
  expect(shown(review)).toHaveLength(2)
})

test('what is known of a pair is told from the side that is asked', () => {
  const review = open()
  const [, b, c] = contents.map((id) => review.allPhotos().find(({ contentId }) => contentId === id))
  if (b === undefined || c === undefined) throw new Error('photos are missing')
  expect(review.evidenceBetween(b, c, 'ai')).toMatchObject({
    relation: 'burst',
    cosine: 0.875,
    orientation: 'rotate-90',
  })
  expect(review.evidenceBetween(c, b, 'ai')).toMatchObject({ relation: 'burst', orientation: 'rotate-270' })
})
