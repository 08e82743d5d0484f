import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { EditKind } from '../fixtures/generator/truth.ts'
import { generateLibrary, listSources } from '../fixtures/generate-library.ts'
import { measureQuality, type Quality } from '../support/measure-quality.ts'
import { formatQualityTable } from '../support/quality-table.ts'
import { scanWithCommand } from '../support/run-command.ts'

// Real: the command in its own process, SQLite, sharp, ONNX Runtime with the default model, files made from real photos.
// The bars are those that the README promises at default settings.

let folder: string
let quality: Quality

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twinlens-quality-'))
  const library = join(folder, 'library')
  const sources = await listSources(fileURLToPath(new URL('../fixtures/photos', import.meta.url)))
  const traps = ['burst', 'text', 'dark', 'slope'] as const
  const truth = await generateLibrary({
    sources,
    directory: library,
    seed: 7,
    photos: 250,
    megapixels: [0.4, 1],
    traps,
  })
  const { result } = await scanWithCommand(library, folder)
  expect(result.photos).toBe(250)
  quality = measureQuality(truth, result, library)
}, 240_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

/** With the whole table and what was missed in the message, a failure needs no second run. */
const evidence = (): string =>
  [
    formatQualityTable(quality),
    ...quality.missed.map(({ path }) => `missed ${path}`),
    ...quality.falsePairs.map(({ a, b, tiers, why }) => `false (${why}, ${tiers.join('+')}) ${a} = ${b}`),
  ].join('\n')

const recall = (kind: EditKind): number => quality.overall.recallByKind[kind].value ?? 0

test('identical files: all found, nothing else called identical', () => {
  expect(quality.tiers.exact.precision.value, evidence()).toBe(1)
  expect(quality.tiers.exact.recallByKind.exact.value, evidence()).toBe(1)
})

test('at most three in a hundred grouped pairs are of different photos, look-alikes made as traps included', () => {
  expect(quality.overall.precision.value, evidence()).toBeGreaterThanOrEqual(0.97)
  expect(quality.overall.precisionWithoutTraps.value, evidence()).toBeGreaterThanOrEqual(0.97)
})

test('copies that only store the picture differently are all found', () => {
  for (const kind of ['metadata-only', 'format', 're-encoded', 'resized', 'messenger', 'exif-rotated'] as const) {
    expect(recall(kind), `${kind}\n${evidence()}`).toBe(1)
  }
})

test('turned and mirrored copies are found', () => {
  for (const kind of ['rotated', 'mirrored'] as const) expect(recall(kind), evidence()).toBeGreaterThanOrEqual(0.99)
})
