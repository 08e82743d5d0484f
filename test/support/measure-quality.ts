import type { Tier } from '../../src/shared/contract/groups.ts'
import { editKinds, trapKinds, type EditKind, type TrapKind, type Truth } from '../fixtures/generator/truth.ts'
import { measureRelations, type MeasuredLink, type RelationQuality } from './measure-relations.ts'
import { harmonicMean, rate, type Rate } from './rate.ts'

/** What is measured of a scan's result: its groups, and what their links say. */
export interface MeasuredResult {
  groups: readonly { tier: Tier; members: readonly { path: string }[]; links: readonly MeasuredLink[] }[]
}

/** How well one tier, or all of them together, tells duplicates. */
export interface TierQuality {
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
  /** For each kind of edit, the share of grouped pairs with such an edit in them that are duplicates. */
  precisionByKind: Record<EditKind, Rate>
  /** For each kind of trap, the share of its pairs (within one burst or set) that are taken for duplicates. */
  trapsTaken: Record<TrapKind, Rate>
  /** The same for pairs of burst frames whose framing moved by less than 1.5 % of the width, which `trapsTaken` leaves out. */
  hardlyMovedTaken: Rate
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
  /** What the links of groups say of their pairs. */
  relations: RelationQuality
  /** Every false pair of any tier, paths relative to the library. */
  falsePairs: FalsePair[]
  /** Pairs of an edit and its base that no tier finds. */
  missed: { path: string; kind: EditKind }[]
}

const tiers = ['exact', 'perceptual', 'ai'] as const satisfies readonly Tier[]

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
  kindOf: Map<string, Truth['files'][number]['kind']>
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
  const kindOf = new Map(truth.files.map(({ path, kind }) => [path, kind]))
  const trapOf = new Map(truth.traps.flatMap(({ kind, paths }) => paths.map((path) => [path, kind] as const)))
  let truePairs = 0
  for (const files of Map.groupBy(truth.files, ({ base }) => base).values()) {
    truePairs += (files.length * (files.length - 1)) / 2
  }
  return { baseOf, sourceOf, trapOf, fileOf, kindOf, truePairs }
}

/** Every pair of members of every group of a tier; `toRelative` maps absolute paths into the library. */
function pairsOf(result: MeasuredResult, tier: Tier, toRelative: (path: string) => string): Set<string> {
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
    precisionByKind: precisionByKind(pairs, lookup),
    ...trapRates(pairs, truth),
  }
}

function precisionByKind(pairs: ReadonlySet<string>, lookup: Lookup): Record<EditKind, Rate> {
  const counts = new Map<string, { hits: number; of: number }>()
  for (const key of pairs) {
    const [a, b] = splitKey(key)
    const right = isTrue(a, b, lookup)
    for (const kind of new Set([lookup.kindOf.get(a) ?? '', lookup.kindOf.get(b) ?? ''])) {
      const count = counts.get(kind) ?? { hits: 0, of: 0 }
      counts.set(kind, { hits: count.hits + (right ? 1 : 0), of: count.of + 1 })
    }
  }
  const rates = editKinds.map((kind) => [kind, rate(counts.get(kind)?.hits ?? 0, counts.get(kind)?.of ?? 0)])
  return Object.fromEntries(rates) as Record<EditKind, Rate>
}

/** Every link of a group once, by relative paths; of several for one pair, that of the surest tier. */
function linksOf(result: MeasuredResult, toRelative: (path: string) => string): MeasuredLink[] {
  const found = new Map<string, MeasuredLink>()
  for (const tier of tiers) {
    for (const { links } of result.groups.filter((group) => group.tier === tier)) {
      for (const link of links) {
        const [a, b] = [toRelative(link.a), toRelative(link.b)]
        const key = pairKey(a, b)
        if (!found.has(key)) found.set(key, { ...link, a, b })
      }
    }
  }
  return [...found.values()]
}

/** Framing that moved by less is a matter of capture times and grain, not of what the pictures show. */
const movedShare = 0.015

function trapRates(pairs: ReadonlySet<string>, truth: Truth): Pick<TierQuality, 'trapsTaken' | 'hardlyMovedTaken'> {
  const counts = new Map<TrapKind | 'hardly-moved', { hits: number; of: number }>()
  for (const { kind, paths, params } of truth.traps) {
    const shift = kind === 'burst' && typeof params['shift'] === 'number' ? params['shift'] : 1
    paths.forEach((a, i) => {
      for (const [further, b] of paths.slice(i + 1).entries()) {
        // A hair less, because shares of the width are sums of decimal fractions.
        const key = shift * (further + 1) > movedShare - 1e-9 ? kind : 'hardly-moved'
        const count = counts.get(key) ?? { hits: 0, of: 0 }
        counts.set(key, { hits: count.hits + (pairs.has(pairKey(a, b)) ? 1 : 0), of: count.of + 1 })
      }
    })
  }
  const rateOf = (key: TrapKind | 'hardly-moved'): Rate => rate(counts.get(key)?.hits ?? 0, counts.get(key)?.of ?? 0)
  return {
    trapsTaken: Object.fromEntries(trapKinds.map((kind) => [kind, rateOf(kind)])) as Record<TrapKind, Rate>,
    hardlyMovedTaken: rateOf('hardly-moved'),
  }
}

/**
 * Compares what a scan grouped with what is true. `directory` is the library's absolute path as the scan was given it; a
 * photo outside it, or one the truth does not know, makes every pair with it false. Pairs are unordered pairs of files that
 * share a group of a tier; "overall" is their union over the tiers.
 */
export function measureQuality(truth: Truth, result: MeasuredResult, directory: string): Quality {
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
    relations: measureRelations(truth, linksOf(result, toRelative)),
    falsePairs,
    missed,
  }
}
