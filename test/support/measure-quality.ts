import type { ScanResult } from '../../src/shared/contract/scan-result.ts'
import type { Tier } from '../../src/shared/contract/groups.ts'
import { editKinds, trapKinds, type EditKind, type TrapKind, type Truth } from '../fixtures/generator/truth.ts'

/** A part of a whole. `value` is null where the whole is empty: nothing was measured. */
export interface Rate {
  hits: number
  of: number
  value: number | null
}

/** How well one tier, or all of them together, tells duplicates. */
interface TierQuality {
  /** Pairs of photos that share a group. */
  pairs: number
  /** Share of `pairs` that are duplicates: every false pair counts. */
  precision: Rate
  /** The same with false pairs left out that are made-up traps on both sides or tiles of one big photo. */
  precisionWithoutTraps: Rate
  /** Share of all true pairs (any two files of one base) that are found. */
  recall: Rate
  /** Harmonic mean of precision and recall, and of precision without traps and recall. */
  f1: number | null
  f1WithoutTraps: number | null
  /** For each kind of edit, the share of edits that share a group with their base. */
  recallByKind: Record<EditKind, Rate>
  /** For each kind of trap, the share of its pairs (within one burst or set) that are taken for duplicates. */
  trapsTaken: Record<TrapKind, Rate>
}

interface FalsePair {
  a: string
  b: string
  tiers: Tier[]
  why: 'trap' | 'same-source' | 'different'
}

export interface Quality {
  overall: TierQuality
  tiers: Record<Tier, TierQuality>
  /** Every false pair of any tier, paths relative to the library. */
  falsePairs: FalsePair[]
  /** Pairs of an edit and its base that no tier finds. */
  missed: { path: string; kind: EditKind }[]
}

const tiers = ['exact', 'perceptual', 'ai'] as const satisfies readonly Tier[]

const rate = (hits: number, of: number): Rate => ({ hits, of, value: of === 0 ? null : hits / of })

function harmonicMean(a: Rate, b: Rate): number | null {
  if (a.value === null || b.value === null) return null
  return a.value + b.value === 0 ? 0 : (2 * a.value * b.value) / (a.value + b.value)
}

const pairKey = (a: string, b: string): string => (a < b ? `${a}\n${b}` : `${b}\n${a}`)

function splitKey(key: string): [string, string] {
  const at = key.indexOf('\n')
  return [key.slice(0, at), key.slice(at + 1)]
}

/** What the truth says, arranged for looking up. */
interface Lookup {
  baseOf: Map<string, string>
  sourceOf: Map<string, string>
  trapOf: Map<string, TrapKind>
  /** Path of the base's own file. */
  fileOf: Map<string, string>
  truePairs: number
}

function arrange(truth: Truth): Lookup {
  const sourceOf = new Map(truth.bases.map(({ id, source }) => [id, source]))
  const baseOf = new Map(truth.files.map(({ path, base }) => [path, base]))
  const fileOf = new Map(truth.files.filter(({ kind }) => kind === 'base').map(({ path, base }) => [base, path]))
  // The frames of a burst are cut from a tile, which has the other tiles of its photo for neighbours.
  for (const { paths, params } of truth.traps) {
    if (typeof params['source'] !== 'string') continue
    for (const path of paths) sourceOf.set(baseOf.get(path) ?? path, params['source'])
  }
  const trapOf = new Map(truth.traps.flatMap(({ kind, paths }) => paths.map((path) => [path, kind] as const)))
  let truePairs = 0
  for (const files of Map.groupBy(truth.files, ({ base }) => base).values()) {
    truePairs += (files.length * (files.length - 1)) / 2
  }
  return { baseOf, sourceOf, trapOf, fileOf, truePairs }
}

/** Every pair of members of every group of a tier; `toRelative` maps absolute paths into the library. */
function pairsOf(result: ScanResult, tier: Tier, toRelative: (path: string) => string): Set<string> {
  const pairs = new Set<string>()
  for (const group of result.groups) {
    if (group.tier !== tier) continue
    const paths = group.members.map(({ path }) => toRelative(path))
    paths.forEach((a, i) => {
      for (const b of paths.slice(i + 1)) pairs.add(pairKey(a, b))
    })
  }
  return pairs
}

function whyFalse(a: string, b: string, lookup: Lookup): FalsePair['why'] {
  if (lookup.trapOf.has(a) && lookup.trapOf.has(b)) return 'trap'
  const [sourceA, sourceB] = [a, b].map((path) => lookup.sourceOf.get(lookup.baseOf.get(path) ?? ''))
  return sourceA !== undefined && sourceA === sourceB ? 'same-source' : 'different'
}

function isTrue(a: string, b: string, lookup: Lookup): boolean {
  const base = lookup.baseOf.get(a)
  return base !== undefined && base === lookup.baseOf.get(b)
}

function measurePairs(pairs: ReadonlySet<string>, truth: Truth, lookup: Lookup): TierQuality {
  let right = 0
  let excused = 0
  for (const key of pairs) {
    const [a, b] = splitKey(key)
    if (isTrue(a, b, lookup)) right++
    else if (whyFalse(a, b, lookup) !== 'different') excused++
  }
  const precision = rate(right, pairs.size)
  const precisionWithoutTraps = rate(right, pairs.size - excused)
  const recall = rate(right, lookup.truePairs)
  const found = ({ path, base }: { path: string; base: string }): boolean =>
    pairs.has(pairKey(path, lookup.fileOf.get(base) ?? ''))
  const recallByKind = Object.fromEntries(
    editKinds.map((kind) => {
      const edits = truth.files.filter((file) => file.kind === kind)
      return [kind, rate(edits.filter(found).length, edits.length)]
    }),
  ) as Record<EditKind, Rate>
  return {
    pairs: pairs.size,
    precision,
    precisionWithoutTraps,
    recall,
    f1: harmonicMean(precision, recall),
    f1WithoutTraps: harmonicMean(precisionWithoutTraps, recall),
    recallByKind,
    trapsTaken: trapRates(pairs, truth),
  }
}

function trapRates(pairs: ReadonlySet<string>, truth: Truth): Record<TrapKind, Rate> {
  const rates = trapKinds.map((kind) => {
    let taken = 0
    let all = 0
    for (const { paths } of truth.traps.filter((trap) => trap.kind === kind)) {
      paths.forEach((a, i) => {
        for (const b of paths.slice(i + 1)) {
          all++
          if (pairs.has(pairKey(a, b))) taken++
        }
      })
    }
    return [kind, rate(taken, all)]
  })
  return Object.fromEntries(rates) as Record<TrapKind, Rate>
}

/**
 * Compares what a scan grouped with what is true. `directory` is the library's absolute path as the scan was given it; a
 * photo outside it, or one the truth does not know, makes every pair with it false. Pairs are unordered pairs of files that
 * share a group of a tier; "overall" is their union over the tiers.
 */
export function measureQuality(truth: Truth, result: ScanResult, directory: string): Quality {
  const prefix = `${directory.replaceAll('\\', '/').replace(/\/+$/, '')}/`
  const toRelative = (path: string): string => {
    const plain = path.replaceAll('\\', '/')
    return plain.startsWith(prefix) ? plain.slice(prefix.length) : plain
  }
  const lookup = arrange(truth)
  const byTier = new Map(tiers.map((tier) => [tier, pairsOf(result, tier, toRelative)]))
  const all = new Set([...byTier.values()].flatMap((pairs) => [...pairs]))
  const measured = (tier: Tier): TierQuality => measurePairs(byTier.get(tier) ?? new Set(), truth, lookup)
  const falsePairs: FalsePair[] = []
  for (const key of all) {
    const [a, b] = splitKey(key)
    if (isTrue(a, b, lookup)) continue
    const within = tiers.filter((tier) => byTier.get(tier)?.has(key))
    falsePairs.push({ a, b, tiers: within, why: whyFalse(a, b, lookup) })
  }
  const missed: Quality['missed'] = []
  for (const { path, base, kind } of truth.files) {
    if (kind === 'base' || kind === 'trap') continue
    if (!all.has(pairKey(path, lookup.fileOf.get(base) ?? ''))) missed.push({ path, kind })
  }
  return {
    overall: measurePairs(all, truth, lookup),
    tiers: { exact: measured('exact'), perceptual: measured('perceptual'), ai: measured('ai') },
    falsePairs,
    missed,
  }
}

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
  ].join('\n')
}
