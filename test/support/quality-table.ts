import { editKinds, trapKinds } from '../fixtures/generator/truth.ts'
import type { Quality, TierQuality } from './measure-quality.ts'
import type { Rate } from './rate.ts'

const shown = ({ value }: Rate): string => (value === null ? '–' : value.toFixed(3))

/** The measurement as a Markdown table, one column a tier and one for all together. */
export function formatQualityTable(quality: Quality): string {
  const columns: [string, TierQuality][] = [
    ['exact', quality.tiers.exact],
    ['perceptual', quality.tiers.perceptual],
    ['AI', quality.tiers.ai],
    ['all', quality.overall],
  ]
  const row = (label: string, cell: (tier: TierQuality) => string): string =>
    `| ${label} | ${columns.map(([, tier]) => cell(tier)).join(' | ')} |`
  return [
    `| | ${columns.map(([name]) => name).join(' | ')} |`,
    `|---|${columns.map(() => '---').join('|')}|`,
    row('pairs grouped', (tier) => String(tier.pairs)),
    row('precision P', (tier) => shown(tier.precision)),
    row('precision P* (no traps, no tiles of one photo)', (tier) => shown(tier.precisionWithoutTraps)),
    row('recall, all true pairs', (tier) => shown(tier.recall)),
    row('F1 / F1 with P*', (tier) => `${tier.f1?.toFixed(3) ?? '–'} / ${tier.f1WithoutTraps?.toFixed(3) ?? '–'}`),
    ...editKinds.map((kind) => row(`recall ${kind}`, (tier) => shown(tier.recallByKind[kind]))),
    ...trapKinds.map((kind) => row(`${kind} taken for duplicates`, (tier) => shown(tier.trapsTaken[kind]))),
    row('bursts moved under 1.5 % taken for duplicates', (tier) => shown(tier.hardlyMovedTaken)),
    '',
    formatRelations(quality),
  ].join('\n')
}

/** How links name their pairs, in a line or two. */
function formatRelations({ relations: { overall, byName, changes, crops } }: Quality): string {
  const names = Object.entries(byName).map(([name, each]) => `${name} ${shown(each)} of ${each.of}`)
  const error = (value: number | null): string => (value === null ? '–' : `${(value * 100).toFixed(2)} %`)
  return [
    `Relations right: ${shown(overall)} of ${overall.of} links (${names.join(', ')}); all changes named: ${shown(changes)} of ${changes.of}.`,
    `Crop rectangles: ${shown(crops.given)} of ${crops.pairs} given; error of the worst edge: median ${error(crops.medianError)}, 95 % under ${error(crops.highError)}.`,
  ].join('\n')
}
