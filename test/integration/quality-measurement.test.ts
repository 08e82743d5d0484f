import { expect, test } from 'vitest'
import type { ScanResult } from '../../src/shared/contract/scan-result.ts'
import type { Tier } from '../../src/shared/contract/groups.ts'
import type { Truth, TruthFile } from '../fixtures/generator/truth.ts'
import { untouched } from '../fixtures/generator/working-copy.ts'
import { formatQualityTable, measureQuality } from '../support/measure-quality.ts'

// The measure itself, on results small enough to count by hand.

const file = (path: string, base: string, kind: TruthFile['kind'], told: Partial<TruthFile> = {}): TruthFile => ({
  path,
  base,
  kind,
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

function resultWith(groups: [Tier, string[]][]): ScanResult {
  const member = (path: string): ScanResult['groups'][number]['members'][number] => ({
    path: `/library/${path}`,
    bytes: 1,
    width: 1,
    height: 1,
    modifiedMs: 0,
    contentHash: '00',
    takenAt: null,
    suggestion: 'undecided',
    because: '',
  })
  return {
    schema: 'twinlens/scan-result@1',
    photos: 8,
    bytes: 8,
    folders: ['/library'],
    unreadable: [],
    truncated: [],
    stats: { seconds: 1, photosPerSecond: 8, read: 8, decoded: 8, embedded: 8, reused: 0, peakRssBytes: 1 },
    backend: null,
    thresholds: { perceptualDistance: 8, similarity: 0.88 },
    similar: [],
    groups: groups.map(([tier, paths], i) => ({
      id: String(i),
      tier,
      reference: `/library/${paths[0] ?? ''}`,
      members: paths.map(member),
      links: [],
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
