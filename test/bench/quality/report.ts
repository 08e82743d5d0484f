import { editKinds, trapKinds } from '../../fixtures/generator/truth.ts'
import type { Quality } from '../../support/measure-quality.ts'
import { rate, type Rate } from '../../support/rate.ts'
import { harmonicMean } from '../../support/rate.ts'
import { trapsTaken } from './quality-bars.ts'

/** One scan of one library with one setting. */
export interface QualityRun {
  part: string
  photos: number
  bases: number
  setting: string
  arguments: readonly string[]
  /** Seconds of the scan; null where an earlier one had read the photos. */
  seconds: number | null
  cpuMsPerPhoto: number | null
  peakMb: number
  quality: Quality
}

const share = ({ value }: Rate): string => (value === null ? '–' : value.toFixed(3))
const number = (value: number | null, digits: number): string => (value === null ? '–' : value.toFixed(digits))
const percent = (value: number | null): string => (value === null ? '–' : `${(100 * value).toFixed(2)} %`)

/** Rows by setting: what all kinds together come to, and what it costs. */
export function formatSettings(runs: readonly QualityRun[]): string {
  const rows = runs.map((run) => {
    const { overall, relations } = run.quality
    const cells = [
      run.setting,
      share(overall.precision),
      share(overall.precisionWithoutTraps),
      share(overall.recall),
      number(overall.f1, 3),
      share(trapsTaken(run.quality)),
      share(relations.overall),
      share(relations.changes),
      `${percent(relations.crops.medianError)} / ${percent(relations.crops.highError)}`,
      number(run.seconds, 0),
      number(run.cpuMsPerPhoto, 0),
      run.peakMb.toFixed(0),
    ]
    return `| ${cells.join(' | ')} |`
  })
  return [
    '| setting | P | P* | recall | F1 | traps taken | relations right | all changes named | crop error, median / 95 % | seconds | CPU ms/photo | MB |',
    '|---|---|---|---|---|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n')
}

/** Rows by kind of edit and of trap, one group of columns a run. */
export function formatKinds(runs: readonly QualityRun[]): string {
  const head = runs.map(({ setting }) => `${setting}: recall | precision | F1 | relation`).join(' | ')
  const rows = editKinds.map((kind) => {
    const files = runs[0]?.quality.overall.recallByKind[kind].of ?? 0
    const cells = runs.map(({ quality: { overall, relations } }) => {
      const [recall, precision] = [overall.recallByKind[kind], overall.precisionByKind[kind]]
      const named = relations.byKind[kind] ?? rate(0, 0)
      return `${share(recall)} | ${share(precision)} | ${number(harmonicMean(precision, recall), 3)} | ${share(named)}`
    })
    return `| ${kind} | ${files} | ${cells.join(' | ')} |`
  })
  return [`| kind | files | ${head} |`, `|---|---|${runs.map(() => '---|---|---|---|').join('')}`, ...rows].join('\n')
}

export function formatTraps(runs: readonly QualityRun[]): string {
  const row = (label: string, of: (quality: Quality) => Rate): string => {
    const pairs = runs[0] === undefined ? 0 : of(runs[0].quality).of
    return `| ${label} | ${pairs} | ${runs.map(({ quality }) => share(of(quality))).join(' | ')} |`
  }
  return [
    `| trap | pairs | ${runs.map(({ setting }) => `${setting}: taken for duplicates`).join(' | ')} |`,
    `|---|---|${runs.map(() => '---|').join('')}`,
    ...trapKinds.map((kind) =>
      row(kind === 'burst' ? 'burst, framing moved ≥ 1.5 %' : kind, (q) => q.overall.trapsTaken[kind]),
    ),
    row('burst, framing moved < 1.5 %', (quality) => quality.overall.hardlyMovedTaken),
  ].join('\n')
}

/** How links name their pairs, and how near crop rectangles are, for one run. */
export function formatNames({ quality: { relations } }: QualityRun): string {
  const rows = Object.entries(relations.byName).map(([name, found]) => `| ${name} | ${found.of} | ${share(found)} |`)
  const { crops } = relations
  return [
    '| what links say | links | right |',
    '|---|---|---|',
    ...rows,
    '',
    `Crop rectangles: given for ${share(crops.given)} of ${crops.pairs} pairs; within 2 % of truth ${share(crops.within)}.`,
  ].join('\n')
}
