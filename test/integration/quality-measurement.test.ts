import { expect, test } from 'vitest'
import type { Tier } from '../../src/shared/contract/groups.ts'
import type { Truth, TruthFile } from '../fixtures/generator/truth.ts'
import { untouched } from '../fixtures/generator/working-copy.ts'
import { expectedLink } from '../support/expected-link.ts'
import { measureQuality, type MeasuredResult } from '../support/measure-quality.ts'
import type { MeasuredLink } from '../support/measure-relations.ts'
import { formatQualityTable } from '../support/quality-table.ts'

// The measure itself, on results small enough to count by hand.

const file = (path: string, base: string, kind: TruthFile['kind'], told: Partial<TruthFile> = {}): TruthFile => ({
  path,
  base,
  kind,
  sha256: path,
  params: {},
  width: 400,
  height: 300,
  relation: null,
  changes: [],
  alsoRight: [],
  ...untouched,
  ...told,
})

const truth: Truth = {
  schema: 'twinlens/library-truth@2',
  seed: 1,
  bases: [
    { id: 'A', source: 'beach.jpg', region: { left: 0, top: 0, width: 9, height: 9 } },
    { id: 'B', source: 'beach.jpg', region: { left: 20, top: 0, width: 9, height: 9 } },
    { id: 'C', source: 'city.jpg', region: null },
  ],
  files: [
    file('x/a.jpg', 'A', 'base'),
    file('x/a exact.jpg', 'A', 'exact'),
    file('y/a grey.jpg', 'A', 'grey'),
    file('x/b.jpg', 'B', 'base'),
    file('x/c.jpg', 'C', 'base'),
    file('x/c grey.jpg', 'C', 'grey'),
    file('x/burst 1.jpg', 'burst-1', 'trap'),
    file('x/burst 2.jpg', 'burst-2', 'trap'),
  ],
  traps: [
    { kind: 'burst', relation: 'burst', paths: ['x/burst 1.jpg', 'x/burst 2.jpg'], params: { source: 'beach.jpg' } },
  ],
}

function resultWith(groups: [Tier, string[]][], links: MeasuredLink[] = []): MeasuredResult {
  const full = (path: string): string => `/library/${path}`
  return {
    groups: groups.map(([tier, paths]) => ({
      tier,
      members: paths.map((path) => ({ path: full(path) })),
      links: links
        .filter(({ a, b }) => paths.includes(a) && paths.includes(b))
        .map((link) => ({ ...link, a: full(link.a), b: full(link.b) })),
    })),
  }
}

test('pairs are counted by group, and true ones by base', () => {
  const result = resultWith([
    ['exact', ['x/a.jpg', 'x/a exact.jpg']],
    ['ai', ['x/a.jpg', 'x/a exact.jpg', 'y/a grey.jpg']],
  ])
  const { overall, tiers, missed, falsePairs } = measureQuality(truth, result, '/library/')
  expect(tiers.exact.recallByKind.exact).toEqual({ hits: 1, of: 1, value: 1 })
  expect(tiers.perceptual.precision.value).toBeNull()
  expect(overall.pairs).toBe(3)
  expect(overall.precision.value).toBe(1)
  // Four true pairs: three among the three files of A, one of C.
  expect(overall.recall).toEqual({ hits: 3, of: 4, value: 0.75 })
  expect(overall.recallByKind.grey).toEqual({ hits: 1, of: 2, value: 0.5 })
  expect(overall.recallByKind.mirrored).toEqual({ hits: 0, of: 0, value: null })
  expect(missed).toEqual([{ path: 'x/c grey.jpg', kind: 'grey' }])
  expect(falsePairs).toEqual([])
})

test('a false pair costs precision; a trap or a tile of the same photo costs only P', () => {
  const result = resultWith([
    ['perceptual', ['x/burst 1.jpg', 'x/burst 2.jpg']],
    ['ai', ['x/a.jpg', 'x/b.jpg']],
    ['ai', ['x/b.jpg', 'x/burst 1.jpg']],
    ['ai', ['x/c.jpg', 'x/c grey.jpg']],
    ['perceptual', ['x/c.jpg', 'y/a grey.jpg']],
  ])
  const { overall, falsePairs } = measureQuality(truth, result, '/library')
  expect(overall.precision).toEqual({ hits: 1, of: 5, value: 0.2 })
  expect(overall.precisionWithoutTraps).toEqual({ hits: 1, of: 2, value: 0.5 })
  expect(overall.trapsTaken.burst).toEqual({ hits: 1, of: 1, value: 1 })
  expect(falsePairs.map(({ why }) => why).sort()).toEqual(['different', 'same-source', 'same-source', 'trap'])
  expect(falsePairs.find(({ why }) => why === 'same-source')?.tiers).toEqual(['ai'])
})

test('a photo that the truth does not know makes its pairs false', () => {
  const result = resultWith([['exact', ['x/a.jpg', 'x/stranger.jpg']]])
  const { overall, falsePairs } = measureQuality(truth, result, '/library')
  expect(overall.precisionWithoutTraps.value).toBe(0)
  expect(falsePairs).toEqual([{ a: 'x/a.jpg', b: 'x/stranger.jpg', tiers: ['exact'], why: 'different' }])
})

test('the table says what was not measured with a dash', () => {
  const table = formatQualityTable(measureQuality(truth, resultWith([['ai', ['x/c.jpg', 'x/c grey.jpg']]]), '/library'))
  expect(table).toContain('| recall grey | 0.000 | 0.000 | 0.500 | 0.500 |')
  expect(table).toContain('| precision P | – | – | 1.000 | 1.000 |')
})

const part = (left: number, top: number, width: number, height: number) => ({ left, top, width, height })

const related: Truth = {
  ...truth,
  files: [
    file('a.jpg', 'A', 'base', { sha256: 'same' }),
    file('a exact.jpg', 'A', 'exact', { sha256: 'same' }),
    file('a half.jpg', 'A', 'crop-large', {
      changes: ['cropped', 're-encoded'],
      kept: part(0.5, 0, 0.5, 1),
      width: 200,
    }),
    file('a turned.jpg', 'A', 'rotated', {
      changes: ['rotated-or-mirrored', 're-encoded'],
      orientation: 'rotate-90',
      width: 300,
      height: 400,
    }),
    file('a framed.jpg', 'A', 'border', {
      changes: ['border-or-screenshot', 're-encoded'],
      placed: part(0.25, 0.25, 0.5, 0.5),
      width: 800,
      height: 600,
    }),
    file('a grey.jpg', 'A', 'grey', { changes: ['edited', 're-encoded'] }),
    file('a small.jpg', 'A', 'resized', { changes: ['resized', 're-encoded'], width: 200, height: 150 }),
    file('a again.jpg', 'A', 're-encoded', { changes: ['re-encoded'] }),
    file('b.jpg', 'B', 'base'),
  ],
  traps: [],
}

const named = (path: string): TruthFile => related.files.find((each) => each.path === path) ?? file('', '', 'trap')
const between = (a: string, b: string) => expectedLink(named(a), named(b))

test('what two edits are to each other follows from what happened to each', () => {
  expect(between('a.jpg', 'a exact.jpg').relation).toBe('identical')
  expect(between('a small.jpg', 'a again.jpg').relation).toBe('resized')
  expect(between('a again.jpg', 'a exact.jpg').relation).toBe('re-encoded')
  expect(between('a grey.jpg', 'a half.jpg')).toMatchObject({
    relation: 'cropped',
    changes: new Set(['cropped', 'edited']),
  })
  // Both turned the same way: nothing is turned between them.
  expect(between('a turned.jpg', 'a turned.jpg').changes.size).toBe(0)
})

test('a rectangle is given in the frame of the larger photo, as that is turned and framed', () => {
  expect(between('a.jpg', 'a half.jpg').crop).toMatchObject({ of: 'b', inPicture: part(0.5, 0, 0.5, 1) })
  // A quarter turn clockwise brings the right half down.
  const turned = between('a half.jpg', 'a turned.jpg').crop
  expect(turned?.of).toBe('a')
  expect(turned?.inPicture).toEqual(part(0, 0.5, 1, 0.5))
  const framed = between('a framed.jpg', 'a half.jpg').crop
  expect(framed?.inPicture).toEqual(part(0.5, 0, 0.5, 1))
  expect(framed?.inFrame).toEqual(part(0.5, 0.25, 0.25, 0.5))
})

test('links are right by what they name, and rectangles by their worst edge', () => {
  const paths = related.files.map(({ path }) => path)
  const links: MeasuredLink[] = [
    { a: 'a.jpg', b: 'a exact.jpg', relation: 'identical' },
    {
      a: 'a.jpg',
      b: 'a half.jpg',
      relation: 'cropped',
      changes: ['cropped', 're-encoded'],
      crop: { of: 'b', ...part(0.51, 0, 0.48, 1) },
    },
    { a: 'a.jpg', b: 'a grey.jpg', relation: 'similar' },
    { a: 'a grey.jpg', b: 'a half.jpg', relation: 'edited', changes: ['grey'] },
    { a: 'a.jpg', b: 'b.jpg', relation: 're-encoded' },
  ]
  const { relations } = measureQuality(related, resultWith([['ai', paths]], links), '/library')
  expect(relations.overall).toEqual({ hits: 3, of: 5, value: 0.6 })
  expect(relations.byName['re-encoded']).toEqual({ hits: 0, of: 1, value: 0 })
  expect(relations.byKind.grey).toEqual({ hits: 0, of: 1, value: 0 })
  expect(relations.wrong.map(({ expected }) => expected)).toEqual(['edited', 'no link'])
  // Of the two cropped ones, one leaves out that something was cut off.
  expect(relations.changes).toEqual({ hits: 1, of: 2, value: 0.5 })
  expect(relations.crops.given).toEqual({ hits: 1, of: 2, value: 0.5 })
  expect(relations.crops.medianError).toBeCloseTo(0.01)
  expect(relations.crops.within).toEqual({ hits: 1, of: 1, value: 1 })
})
