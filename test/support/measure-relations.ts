import type { Box } from '../fixtures/generator/geometry.ts'
import { editKinds, type EditKind, type TrueRelation, type Truth, type TruthFile } from '../fixtures/generator/truth.ts'
import { expectedLink, hasItsPixels } from './expected-link.ts'
import { rate, type Rate } from './rate.ts'

/** A link as a scan's result carries it; relations and changes that the truth has no word for are simply wrong. */
export interface MeasuredLink {
  a: string
  b: string
  relation: string
  changes?: readonly string[] | undefined
  /** Where the smaller frame lies within the larger one, in fractions; `of` names the photo that was cut. */
  crop?: ({ of: 'a' | 'b' } & Box) | null | undefined
}

/** Links that a right answer would have to give a rectangle to, and how near to the truth it was. */
interface CropQuality {
  pairs: number
  /** Of these, links that carry a rectangle of the right photo. */
  given: Rate
  /** Largest distance of an edge from its true place, in fractions of the larger frame: over the given ones. */
  medianError: number | null
  highError: number | null
  /** Share of given ones within 0.02. */
  within: Rate
}

export interface RelationQuality {
  /** Of all links of groups, those that are named rightly; a link of two different photos is wrong whatever it says. */
  overall: Rate
  /** By what the link says. */
  byName: Record<string, Rate>
  /** Links of an edit with its base or a plain copy of that, by the edit's kind. */
  byKind: Partial<Record<EditKind, Rate>>
  /** Of the links whose relation is right: those that list every visible change and no other. Null value: none lists any. */
  changes: Rate
  crops: CropQuality
  wrong: { a: string; b: string; named: string; expected: string; kinds: string }[]
}

function largestEdgeError(found: Box, expected: Box): number {
  return Math.max(
    Math.abs(found.left - expected.left),
    Math.abs(found.top - expected.top),
    Math.abs(found.left + found.width - expected.left - expected.width),
    Math.abs(found.top + found.height - expected.top - expected.height),
  )
}

class Tally {
  hits = 0
  of = 0

  add(hit: boolean): void {
    this.of++
    if (hit) this.hits++
  }

  get rate(): Rate {
    return rate(this.hits, this.of)
  }
}

function tallyFor<K extends string>(tallies: Map<K, Tally>, key: K): Tally {
  const known = tallies.get(key) ?? new Tally()
  tallies.set(key, known)
  return known
}

const rates = <K extends string>(tallies: ReadonlyMap<K, Tally>): Record<K, Rate> =>
  Object.fromEntries([...tallies].map(([key, tally]) => [key, tally.rate])) as Record<K, Rate>

/** Compares what links say of pairs with what is true of them. Links must name files of the truth. */
export function measureRelations(truth: Truth, links: readonly MeasuredLink[]): RelationQuality {
  const fileOf = new Map(truth.files.map((file) => [file.path, file]))
  const [overall, changes, given, near] = [new Tally(), new Tally(), new Tally(), new Tally()]
  const byName = new Map<string, Tally>()
  const byKind = new Map<EditKind, Tally>()
  const wrong: RelationQuality['wrong'] = []
  const errors: number[] = []
  const someChanges = links.some((link) => link.changes !== undefined)
  for (const link of links) {
    const [a, b] = [fileOf.get(link.a), fileOf.get(link.b)]
    const expected = a !== undefined && b !== undefined && a.base === b.base ? expectedLink(a, b) : null
    const right =
      expected !== null &&
      (link.relation === expected.relation || [...expected.alsoRight].some((name) => name === link.relation))
    overall.add(right)
    tallyFor(byName, link.relation).add(right)
    const kind = kindOfPair(a, b)
    if (kind !== null) tallyFor(byKind, kind).add(right)
    if (!right) {
      const kinds = [a, b].map((file) => file?.kind ?? 'unknown').join(' / ')
      wrong.push({ a: link.a, b: link.b, named: link.relation, expected: expected?.relation ?? 'no link', kinds })
    }
    if (expected === null) continue
    if (someChanges && right && expected.changes.size > 0) {
      changes.add(sameChanges(link, expected.changes))
    }
    if (expected.crop === null) continue
    const crop = link.crop ?? null
    given.add(crop !== null && crop.of === expected.crop.of)
    if (crop === null || crop.of !== expected.crop.of) continue
    const { inPicture, inFrame } = expected.crop
    const error = Math.min(largestEdgeError(crop, inPicture), largestEdgeError(crop, inFrame))
    errors.push(error)
    near.add(error <= 0.02)
  }
  errors.sort((x, y) => x - y)
  const at = (share: number): number | null =>
    errors[Math.min(errors.length - 1, Math.floor(errors.length * share))] ?? null
  const crops: CropQuality = {
    pairs: given.of,
    given: given.rate,
    medianError: at(0.5),
    highError: at(0.95),
    within: near.rate,
  }
  return {
    overall: overall.rate,
    byName: rates(byName),
    byKind: Object.fromEntries(editKinds.flatMap((kind) => (byKind.has(kind) ? [[kind, byKind.get(kind)?.rate]] : []))),
    changes: changes.rate,
    crops,
    wrong,
  }
}

/** The kind of edit, where one of the two shows the base as it is. */
function kindOfPair(a: TruthFile | undefined, b: TruthFile | undefined): EditKind | null {
  if (a === undefined || b === undefined || a.base !== b.base) return null
  const edit = hasItsPixels(a) ? b : hasItsPixels(b) ? a : null
  return edit === null || edit.kind === 'base' || edit.kind === 'trap' ? null : edit.kind
}

/** The relation that each change stands for; changes of size, coding and metadata are left out. */
const visibleChange: Readonly<Record<string, TrueRelation>> = {
  rotated: 'rotated-or-mirrored',
  mirrored: 'rotated-or-mirrored',
  cropped: 'cropped',
  border: 'border-or-screenshot',
  screenshot: 'border-or-screenshot',
  tone: 'edited',
  grey: 'edited',
  overlay: 'edited',
}

function sameChanges(link: MeasuredLink, expected: ReadonlySet<TrueRelation>): boolean {
  const named = new Set((link.changes ?? []).flatMap((name) => visibleChange[name] ?? []))
  return named.size === expected.size && [...expected].every((name) => named.has(name))
}
