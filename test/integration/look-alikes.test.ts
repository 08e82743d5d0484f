import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ScanResult } from '../../src/shared/contract/scan-result.ts'
import { generateLibrary, listSources } from '../fixtures/generate-library.ts'
import type { Truth } from '../fixtures/generator/truth.ts'
import { measureQuality, type Quality } from '../support/measure-quality.ts'
import { scanWithCommand } from '../support/run-command.ts'
import { photosFolder } from '../support/small-library.ts'

// Real: the command in its own process with the default model, on frames that a person took one after the other: the camera
// moved aside, or stayed while somebody walked through. Removing one of them as a copy would lose a photo.

let folder: string
let truth: Truth
let quality: Quality
let result: ScanResult

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twinlens-look-alikes-'))
  const library = join(folder, 'library')
  truth = await generateLibrary({
    sources: (await listSources(photosFolder, 'a')).slice(0, 12),
    directory: library,
    seed: 3,
    photos: 50,
    kinds: ['re-encoded', 'sticker'],
    traps: ['parallax', 'moving-subject'],
    trapShare: 0.6,
    megapixels: [0.3, 0.6],
  })
  ;({ result } = await scanWithCommand(library, folder))
  quality = measureQuality(truth, result, library)
}, 240_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

/** The pairs of sets whose frames carry capture times, or of those that don't, and which of them share a group. */
function pairsOf(timed: boolean): { all: number; taken: string[] } {
  const sets = truth.traps.filter(({ params }) => (params['times'] !== 'none') === timed).map(({ paths }) => paths)
  const all = sets.reduce((sum, { length }) => sum + (length * (length - 1)) / 2, 0)
  const taken = quality.falsePairs.filter(({ a, b }) => sets.some((paths) => paths.includes(a) && paths.includes(b)))
  return { all, taken: taken.map(({ a, b }) => `${a} = ${b}`) }
}

test('frames shot one after the other by the camera’s clock are no duplicates, however alike', () => {
  const { all, taken } = pairsOf(true)
  expect(all).toBeGreaterThan(8)
  expect(taken).toEqual([])
})

test('without capture times most frames in which something stands elsewhere are told apart by their pixels', () => {
  const { all, taken } = pairsOf(false)
  expect(all).toBeGreaterThan(3)
  expect(taken.length / all, taken.join('\n')).toBeLessThanOrEqual(0.34)
})

test('nothing else is taken for a duplicate', () => {
  expect(quality.falsePairs.filter(({ why }) => why !== 'trap')).toEqual([])
})

test('the same photo with a sticker on it still is one', () => {
  expect(quality.overall.recallByKind['re-encoded'].value).toBe(1)
  expect(quality.overall.recallByKind.sticker.value).toBeGreaterThanOrEqual(0.75)
})

test('what is only alike is told apart from groups', () => {
  const sets = truth.traps.map(({ paths }) => paths.map((path) => join(folder, 'library', path)))
  const told = sets.filter((paths) => result.similar.some(({ a, b }) => paths.includes(a) && paths.includes(b)))
  // A subject that fills the frame may make two pictures too different to be brought up at all.
  expect(told.length).toBeGreaterThanOrEqual(sets.length / 2)
})
