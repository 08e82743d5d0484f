import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Orientation, type Thresholds } from '../../shared/contract/groups.ts'
import { openCatalog, type Catalog } from '../catalog/catalog.ts'
import { noLinks, type LinkTier } from '../catalog/links.ts'
import { samplePhoto, sampleStamp } from '../catalog/sample-records.ts'
import { ReviewSession } from './review-session.ts'

// Real: the catalog and everything of the review. Given: which photos there are and how they are linked.

let dir = ''
let catalog: Catalog
let folderId = 0
const spaceId = 3
const usual: Thresholds = { perceptualDistance: 8, similarity: 0.9 }

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'twinlens-review-'))
  catalog = openCatalog(dir)
  folderId = catalog.folders.add('/photos')
})
afterEach(() => {
  catalog.close()
  rmSync(dir, { recursive: true })
})

/** Records a file and returns its id and that of its content. The more bytes, the better a reference. */
function add(name: string, content = name, megabytes = 1): { file: number; content: number } {
  const path = `/photos/${name}`
  const record = samplePhoto({ folderId, path, scanId: catalog.photos.nextScanId() }, content)
  const [file = 0] = catalog.photos.record([{ ...record, stamp: sampleStamp({ bytes: megabytes * 1e6 }) }])
  return { file, content: catalog.photos.lookup([path]).get(path)?.contentId ?? 0 }
}

function addRaw(name: string, megabytes: number): { file: number; content: number } {
  const path = `/photos/${name}`
  const record = samplePhoto({ folderId, path, scanId: catalog.photos.nextScanId() }, name)
  if (record.outcome.kind === 'photo' && record.outcome.analysis !== null) record.outcome.analysis.format = 'raw'
  const [file = 0] = catalog.photos.record([{ ...record, stamp: sampleStamp({ bytes: megabytes * 1e6 }) }])
  return { file, content: catalog.photos.lookup([path]).get(path)?.contentId ?? 0 }
}

function link(tier: LinkTier, [a, b]: [number, number], score: number, orientation: Orientation = 'identity'): void {
  const pairs = noLinks(1)
  pairs.a[0] = Math.min(a, b)
  pairs.b[0] = Math.max(a, b)
  pairs.score[0] = tier === 'ai' ? score : 1 - score / 64
  pairs.distance[0] = tier === 'ai' ? 255 : score
  pairs.orientation[0] = Orientation.options.indexOf(orientation)
  catalog.links.record({ tier, spaceId: tier === 'ai' ? spaceId : 0, pairs, matched: [] })
}

const open = (thresholds = usual): ReviewSession => new ReviewSession(catalog, { spaceId, floor: 0.8 }, thresholds)
const ids = (review: ReviewSession, tier: 'exact' | 'perceptual' | 'ai'): string[] =>
  review.groupsOf(tier).map((group) => group.id)
const names = (review: ReviewSession, tier: 'exact' | 'perceptual' | 'ai'): string[][] =>
  review.views(ids(review, tier)).groups.map((group) => group.photos.map((photo) => photo.name))

describe('groups', () => {
  test('files of equal content stand together, and say that they are identical', () => {
    const [a] = [add('a.jpg', 'one', 3), add('b.jpg', 'two')]
    const b = add('b again.jpg', 'two')
    add('a again.jpg', 'one', 3)
    link('perceptual', [a.content, b.content], 4)
    const review = open()
    const [group] = review.views(ids(review, 'perceptual')).groups
    expect(group?.photos.map(({ name, link: to }) => [name, to?.tier, to?.distance])).toEqual([
      ['a.jpg', undefined, undefined],
      ['a again.jpg', 'exact', 0],
      ['b.jpg', 'perceptual', 4],
      ['b again.jpg', 'perceptual', 4],
    ])
    expect(ids(review, 'exact')).toEqual([`exact-${a.content}`, `exact-${b.content}`])
  })

  test('the two sides of one shot are no duplicates, also where a third photo is like both', () => {
    const raw = addRaw('DSC_1.NEF', 9)
    const jpeg = add('DSC_1.JPG', 'jpeg', 3)
    link('perceptual', [raw.content, jpeg.content], 0)
    expect(ids(open(), 'perceptual')).toEqual([])
    const large = add('print.jpg', 'print', 20)
    link('perceptual', [raw.content, large.content], 2)
    link('perceptual', [jpeg.content, large.content], 3)
    expect(names(open(), 'perceptual')).toEqual([['print.jpg', 'DSC_1.NEF']])
    const edited = add('IMG_E1234.JPG', 'edited')
    link('perceptual', [edited.content, add('IMG_1234.HEIC', 'original').content], 1)
    expect(ids(open(), 'perceptual')).toHaveLength(1)
  })

  test('keep their id while their reference stays, and change nothing of themselves on reopening', () => {
    const [a, b] = [add('a.jpg', 'a', 5), add('b.jpg')]
    link('perceptual', [a.content, b.content], 3)
    const review = open()
    const before = ids(review, 'perceptual')
    expect(before).toHaveLength(1)
    const c = add('c.jpg')
    link('perceptual', [a.content, c.content], 8)
    review.reload()
    expect([ids(review, 'perceptual'), names(review, 'perceptual')]).toEqual([before, [['a.jpg', 'b.jpg', 'c.jpg']]])
    review.setThresholds({ ...usual, perceptualDistance: 5 })
    expect([ids(review, 'perceptual'), names(review, 'perceptual')]).toEqual([before, [['a.jpg', 'b.jpg']]])
    expect(names(open(), 'perceptual')).toEqual([['a.jpg', 'b.jpg', 'c.jpg']])
  })

  test('a photo whose file is gone takes no part', () => {
    const [a, b] = [add('a.jpg'), add('b.jpg')]
    link('perceptual', [a.content, b.content], 3)
    const scanId = catalog.photos.nextScanId()
    catalog.photos.touch([a.file], scanId)
    catalog.photos.finishScan({ folderId, scanId, unsure: [] })
    expect(names(open(), 'perceptual')).toEqual([])
  })

  test('a moved threshold draws what a fresh review would, a link at the threshold included', () => {
    const photos = Array.from({ length: 12 }, (_, k) => add(`${k}.jpg`, `${k}`, 12 - k).content)
    for (let k = 1; k < 12; k++) link('perceptual', [photos[k - 1] ?? 0, photos[k] ?? 0], k - 1)
    for (let k = 2; k < 12; k++) link('ai', [photos[k - 2] ?? 0, photos[k] ?? 0], 0.8 + k / 100)
    const review = open()
    for (const perceptualDistance of [0, 4, 10, 3]) {
      for (const similarity of [0.82, 0.87, 0.91, 0.85, 1]) {
        review.setThresholds({ perceptualDistance, similarity })
        const fresh = open({ perceptualDistance, similarity })
        for (const tier of ['perceptual', 'ai'] as const) expect(names(review, tier)).toEqual(names(fresh, tier))
        expect(review.summary()).toEqual({ ...fresh.summary(), revision: review.summary().revision })
      }
    }
    review.setThresholds({ perceptualDistance: 0, similarity: 0.91 })
    expect(names(review, 'perceptual')).toEqual([['0.jpg', '1.jpg']])
    // What hashes find stands in AI groups too, by its own score: 1 − 5/64 is over 0.91.
    expect(names(review, 'ai').flat()).toEqual([
      '1.jpg',
      '0.jpg',
      '2.jpg',
      '4.jpg',
      '3.jpg',
      '5.jpg',
      '9.jpg',
      '11.jpg',
    ])
  })
})

describe('evidence', () => {
  test('an AI group says what the hashes find too, and what only the model finds', () => {
    const [a, b, c, d] = [add('a.jpg'), add('b.jpg'), add('c.jpg'), add('d.jpg')]
    link('perceptual', [a.content, b.content], 6)
    link('ai', [a.content, b.content], 0.95)
    link('ai', [c.content, d.content], 0.93)
    const review = open()
    const finds = (): unknown[] =>
      review.views(ids(review, 'ai')).groups.map((group) => [group.newFind, group.photos[1]?.link])
    const overlap = { score: expect.closeTo(0.95, 5), distance: 6, cosine: expect.closeTo(0.95, 5) }
    const fresh = { tier: 'ai', score: expect.closeTo(0.93, 5), distance: null }
    expect(finds()).toMatchObject([
      [false, { ...overlap, tier: 'perceptual' }],
      [true, fresh],
    ])
    expect(review.list('ai', 'found', 'new-finds', '').groupIds).toEqual([`ai-${c.content}`])
    // With stricter hashes the model is the first to find the pair, and the distance is still told.
    review.setThresholds({ ...usual, perceptualDistance: 5 })
    expect(finds()).toMatchObject([
      [true, { ...overlap, tier: 'ai' }],
      [true, fresh],
    ])
    expect(review.list('ai', 'found', 'new-finds', '').groupIds).toHaveLength(2)
  })

  test.for([
    ['the earlier photo', 9, 1, 'rotate-90'],
    ['the later photo', 1, 9, 'rotate-270'],
  ] as const)('a turn is told as seen from the reference, here %s', ([, first, second, orientation]) => {
    const [a, b] = [add('a.jpg', 'a', first), add('b.jpg', 'b', second)]
    link('perceptual', [a.content, b.content], 2, 'rotate-90')
    const review = open()
    const [group] = review.views(ids(review, 'perceptual')).groups
    expect(group?.photos[0]?.name).toBe(first > second ? 'a.jpg' : 'b.jpg')
    expect(group?.photos[1]?.link?.orientation).toBe(orientation)
  })
})

describe('what the person says', () => {
  test('"not duplicates" holds in every tier, at every threshold and after reopening, until it is taken back', () => {
    const [a, b, c] = [add('a.jpg', 'a', 3), add('b.jpg'), add('c.jpg', 'c')]
    add('c again.jpg', 'c')
    link('perceptual', [a.content, b.content], 4)
    link('ai', [a.content, b.content], 0.95)
    link('ai', [a.content, c.content], 0.92)
    const review = open()
    review.dismiss(`perceptual-${a.content}`)
    const after = [[], [['a.jpg', 'c.jpg', 'c again.jpg']]]
    expect([names(review, 'perceptual'), names(review, 'ai')]).toEqual(after)
    review.setThresholds({ perceptualDistance: 10, similarity: 0.8 })
    expect([names(review, 'perceptual'), names(review, 'ai')]).toEqual(after)
    review.dismiss(`exact-${c.content}`)
    expect([names(open(), 'exact'), names(open(), 'perceptual'), names(open(), 'ai')]).toEqual([[], ...after])
    review.undismiss([a.file, b.file, c.file])
    expect([names(review, 'exact'), names(review, 'perceptual')]).toEqual([
      [['c.jpg', 'c again.jpg']],
      [['a.jpg', 'b.jpg']],
    ])
    expect(() => review.dismiss('perceptual-999')).toThrow(expect.objectContaining({ code: 'not-found' }))
  })

  test('decisions count at once in every tier, and when taken back the rule speaks again', () => {
    const [a, copy, b] = [add('a.jpg', 'a', 2), add('a again.jpg', 'a', 2), add('b.jpg', 'b', 5)]
    link('perceptual', [a.content, b.content], 4)
    const review = open()
    const counted = (): unknown => {
      const { removals, tiers } = review.summary()
      return [
        removals.photos,
        removals.bytes,
        ...tiers.map(({ freesBytes, decidedGroups }) => [freesBytes, decidedGroups]),
      ]
    }
    // The rule removes the copy from the exact group; of the perceptual group only the copy is decided by that.
    const byRule = [1, 2e6, [2e6, 1], [2e6, 0], [0, 0]]
    expect(counted()).toEqual(byRule)
    review.decide([
      { photoId: copy.file, decision: 'keep' },
      { photoId: b.file, decision: 'remove' },
    ])
    expect(counted()).toEqual([2, 7e6, [2e6, 1], [7e6, 1], [0, 0]])
    expect(review.verdict(a.file)).toMatchObject({ decision: 'remove', byPerson: false })
    review.setThresholds({ ...usual, perceptualDistance: 2 })
    expect(counted()).toEqual([2, 7e6, [2e6, 1], [0, 0], [0, 0]])
    review.decide([copy.file, b.file].map((photoId) => ({ photoId, decision: 'undecided' })))
    review.setThresholds(usual)
    expect(counted()).toEqual(byRule)
  })
})
