import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { CleanUpPlan } from '../../shared/contract/clean-up.ts'
import type { Tier } from '../../shared/contract/groups.ts'
import { openCatalog, type Catalog } from '../catalog/catalog.ts'
import { noLinks } from '../catalog/links.ts'
import { samplePhoto, sampleStamp } from '../catalog/sample-records.ts'
import { ReviewSession } from '../reviewing/review-session.ts'
import { planCleanUp } from './plan-clean-up.ts'

// Real: catalog, review, plan. Given: the photos and their links.

let dir = ''
let catalog: Catalog

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'twinlens-plan-'))
  catalog = openCatalog(dir)
})
afterEach(() => {
  catalog.close()
  rmSync(dir, { recursive: true })
})

/** Records one group of look-alikes, the first one the reference, with the drive of `away` not connected. */
function openGroup(
  names: readonly string[],
  away: string | null,
  tier: 'perceptual' | 'similar' = 'perceptual',
): { review: ReviewSession; fileIds: number[] } {
  const folderId = catalog.folders.add('/photos')
  const scanId = catalog.photos.nextScanId()
  const records = names.map((name, k) => {
    const drive = name === away ? 'away' : 'here'
    const photo = samplePhoto({ folderId, path: `/photos/${drive}/${name}`, scanId }, name)
    return { ...photo, stamp: sampleStamp({ bytes: (10 - k) * 1e6, inode: BigInt(k + 1) }) }
  })
  const fileIds = catalog.photos.record(records)
  const again = catalog.photos.nextScanId()
  catalog.photos.touch(
    fileIds.filter((_, k) => names[k] !== away),
    again,
  )
  catalog.photos.finishScan({ folderId, scanId: again, unsure: ['/photos/away'] })
  const contents = [...catalog.photos.loadPhotos()].map(({ contentId }) => contentId).sort((x, y) => x - y)
  const pairs = noLinks(names.length - 1)
  pairs.a.fill(contents[0] ?? 0)
  pairs.b.set(contents.slice(1))
  pairs.score.fill(1)
  catalog.links.record({ tier, spaceId: 0, pairs, matched: contents })
  return { review: new ReviewSession(catalog, null, { perceptualDistance: 8, similarity: 1 }), fileIds }
}

async function plan(review: ReviewSession, tier: Tier = 'perceptual'): Promise<CleanUpPlan> {
  const destination = { kind: 'folder' as const, path: '/elsewhere' }
  const prepared = await planCleanUp(
    '1',
    review,
    [tier],
    destination,
    () => '/photos',
    () => '0'.repeat(32),
  )
  return prepared.plan
}

test('names as kept a photo that vouches for the removed one, not one whose drive is away', async () => {
  const { review, fileIds } = openGroup(['best.jpg', 'second.jpg', 'third.jpg'], 'best.jpg')
  review.decide([{ photoId: fileIds[2] ?? 0, decision: 'remove' }])
  const { items } = await plan(review)
  expect(items.map(({ name, keeps }) => [name, keeps])).toEqual([['third.jpg', '/photos/here/second.jpg']])
})

test('of a group that is removed wholly, the photo that it is shown from stays, and the plan says so', async () => {
  const { review, fileIds } = openGroup(['best.jpg', 'second.jpg', 'third.jpg'], null)
  review.decide(fileIds.map((photoId) => ({ photoId, decision: 'remove' })))
  const { items, warnings } = await plan(review)
  expect(items.map(({ name, keeps }) => [name, keeps])).toEqual([
    ['second.jpg', '/photos/here/best.jpg'],
    ['third.jpg', '/photos/here/best.jpg'],
  ])
  expect(warnings).toMatchObject([{ code: 'last-copy', photoIds: [fileIds[0]] }])
})

test('what goes along is listed with its bytes and counted; a photo whose video is nowhere else stays, and the plan says so', async () => {
  const root = join(dir, 'photos')
  const folderId = catalog.folders.add(root)
  const add = (name: string, content: string, modifiedNs: bigint): void => {
    const record = samplePhoto({ folderId, path: join(root, name), scanId: catalog.photos.nextScanId() }, content)
    catalog.photos.record([{ ...record, stamp: sampleStamp({ bytes: 1000, modifiedNs, inode: modifiedNs }) }])
  }
  const names = ['old/A.jpg', 'new/A.jpg', 'new/A.xmp', 'old/B.jpg', 'old/B.mov', 'new/B.jpg', 'new/B.mov']
  for (const folder of ['old', 'new']) mkdirSync(join(root, folder), { recursive: true })
  for (const name of names) writeFileSync(join(root, name), name.startsWith('new/B.mov') ? 'another video' : 'bytes')
  for (const content of ['A', 'B']) {
    add(`old/${content}.jpg`, content, 1n)
    add(`new/${content}.jpg`, content, 2_000_000n)
  }
  const review = new ReviewSession(catalog, null, { perceptualDistance: 8, similarity: 1 })
  const { plan: made, removals } = await planCleanUp(
    '1',
    review,
    ['exact'],
    { kind: 'folder', path: '/elsewhere' },
    () => root,
    () => '0'.repeat(32),
  )
  expect(made).toMatchObject({ files: 1, companions: 1, bytes: 1005 })
  expect(made.items.map(({ name, companions }) => [name, companions])).toEqual([
    ['A.jpg', [{ name: 'A.xmp', bytes: 5, kind: 'sidecar', unique: true }]],
  ])
  expect(removals[0]?.companions.map(({ path }) => path)).toEqual([join(root, 'new/A.xmp')])
  const incomplete = made.warnings.find(({ code }) => code === 'unit-incomplete')
  expect(incomplete?.message).toContain('(B.mov)')
  expect(made.warnings.map(({ code }) => code)).toEqual(['unit-incomplete', 'unique-sidecar'])
})

test('one of two photos that only look alike goes when the person says so, never both, and with a word of caution', async () => {
  const { review, fileIds } = openGroup(['first.jpg', 'second.jpg'], null, 'similar')
  expect((await plan(review, 'ai')).items).toEqual([])
  review.decide([{ photoId: fileIds[1] ?? 0, decision: 'remove' }])
  const one = await plan(review, 'ai')
  expect(one.items.map(({ name, keeps }) => [name, keeps])).toEqual([['second.jpg', '/photos/here/first.jpg']])
  expect(one.warnings).toMatchObject([{ code: 'similar-only', photoIds: [fileIds[1]] }])
  review.decide(fileIds.map((photoId) => ({ photoId, decision: 'remove' })))
  const both = await plan(review, 'ai')
  expect(both.items.map(({ name }) => name)).toEqual(['second.jpg'])
  expect(both.warnings).toMatchObject([{ code: 'last-copy', photoIds: [fileIds[0]] }, { code: 'similar-only' }])
})
