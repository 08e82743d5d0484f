import { trapKinds, type EditKind } from '../../fixtures/generator/truth.ts'
import type { Quality } from '../../support/measure-quality.ts'
import { rate, type Rate } from '../../support/rate.ts'
import { measured, notMeasured, type BarResult } from '../bar.ts'

/** Copies that only store the picture differently: none may be missed. */
const storedDifferently: readonly EditKind[] = [
  'exact',
  'metadata-only',
  're-encoded',
  'format',
  'resized',
  'messenger',
  'exif-rotated',
]

/** Pairs of look-alikes that are taken for duplicates: all kinds together, bursts that hardly moved left out. */
export function trapsTaken({ overall }: Quality): Rate {
  const all = trapKinds.map((kind) => overall.trapsTaken[kind])
  const sum = (of: (rate: Rate) => number): number => all.reduce((total, each) => total + of(each), 0)
  return rate(
    sum(({ hits }) => hits),
    sum(({ of }) => of),
  )
}

/** What default settings promise of photos that no threshold was chosen on. */
export function qualityBars(part: string, quality: Quality): BarResult[] {
  const { overall, relations } = quality
  const bar = (name: string, side: 'at-least' | 'at-most', value: number, found: Rate): BarResult =>
    found.value === null
      ? notMeasured(`${part}: ${name}`, 'no such pair')
      : measured(`${part}: ${name}`, { side, value, unit: 'share' }, [found.value], `${found.hits} of ${found.of}`)
  const kinds = Object.entries(overall.recallByKind) as [EditKind, Rate][]
  return [
    measured(
      `${part}: F1`,
      { side: 'at-least', value: 0.985, unit: 'share' },
      [overall.f1 ?? 0],
      'of pairs that share a group',
    ),
    bar('precision, everything counted', 'at-least', 0.995, overall.precision),
    ...kinds.map(([kind, found]) =>
      bar(`recall, ${kind}`, 'at-least', storedDifferently.includes(kind) ? 1 : 0.95, found),
    ),
    bar('traps taken for duplicates', 'at-most', 0.01, trapsTaken(quality)),
    bar('relations right', 'at-least', 0.97, relations.overall),
    bar('crop rectangles within 2 % of truth', 'at-least', 0.97, relations.crops.within),
  ]
}
