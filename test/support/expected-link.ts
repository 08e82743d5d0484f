import {
  relativeTo,
  sameBox,
  shared,
  turnBack,
  turnBox,
  turnedTwice,
  wholeFrame,
  within,
  type Box,
} from '../fixtures/generator/geometry.ts'
import type { TrueRelation, TruthFile } from '../fixtures/generator/truth.ts'

/** What is to be said of two files of one base. */
export interface ExpectedLink {
  /** The strongest change, which names the pair. */
  relation: TrueRelation
  /** Everything that a person would see or have to know: turned, cut, framed, edited. Size and coding are left out. */
  changes: ReadonlySet<TrueRelation>
  /** Other names that are as right: another change of a combination, or what the truth says is as good. */
  alsoRight: ReadonlySet<TrueRelation>
  /**
   * Where one photo was cut out of the other: which one was (`of`), and its rectangle in the frame of the larger one, in
   * fractions of the larger one's picture and, where that has a border or a screen around it, of its whole frame. Null where
   * neither lies inside the other.
   */
  crop: { of: 'a' | 'b'; inPicture: Box; inFrame: Box } | null
}

// The strongest first.
const visible = ['border-or-screenshot', 'cropped', 'edited', 'rotated-or-mirrored'] as const

/** Fractions of a frame under which two edges count as the same: rounding to whole pixels of small files. */
const edgeTolerance = 0.006

/** Whether a file shows its base bit by bit: the base, a copy of it, or one with other metadata. */
export function hasItsPixels({ kind }: TruthFile): boolean {
  return kind === 'base' || kind === 'exact' || kind === 'metadata-only'
}

/** Pixels of the file for each of the base's frame's widths: what resizing changes. */
function pixelsAcross({ width, height, kept, placed, orientation }: TruthFile): number {
  const sideways = ['rotate-90', 'rotate-270', 'transpose', 'transverse'].includes(orientation)
  return sideways ? (height * placed.height) / kept.width : (width * placed.width) / kept.width
}

function visibleChanges(a: TruthFile, b: TruthFile): Set<TrueRelation> {
  const found = new Set<TrueRelation>()
  const framed = (file: TruthFile): boolean => !sameBox(file.placed, wholeFrame, 1e-6)
  if (framed(a) || framed(b)) found.add('border-or-screenshot')
  if (!sameBox(a.kept, b.kept, edgeTolerance)) found.add('cropped')
  if (a.changes.includes('edited') || b.changes.includes('edited')) found.add('edited')
  if (turnedTwice(turnBack(a.orientation), b.orientation) !== 'identity') found.add('rotated-or-mirrored')
  return found
}

/** Names that are as right for an edit; those of size and coding only towards the base's own pixels. */
function otherNames(edit: TruthFile, other: TruthFile): TrueRelation[] {
  return edit.alsoRight.filter((name) => hasItsPixels(other) || visible.some((change) => change === name))
}

function cropOf(a: TruthFile, b: TruthFile): ExpectedLink['crop'] {
  if (sameBox(a.kept, b.kept, edgeTolerance)) return null
  const both = shared(a.kept, b.kept)
  const of = sameBox(both, b.kept, edgeTolerance) ? 'b' : sameBox(both, a.kept, edgeTolerance) ? 'a' : null
  if (of === null) return null
  const [larger, smaller] = of === 'b' ? [a, b] : [b, a]
  const inPicture = turnBox(relativeTo(larger.kept, smaller.kept), larger.orientation)
  return { of, inPicture, inFrame: within(larger.placed, inPicture) }
}

/**
 * What a right answer says of two files of one base, each edited in its own way. Relations of two edits follow from what
 * happened to each: turns cancel out, rectangles lie in one another.
 */
export function expectedLink(a: TruthFile, b: TruthFile): ExpectedLink {
  const changes = visibleChanges(a, b)
  const alsoRight = new Set<TrueRelation>([...changes, ...otherNames(a, b), ...otherNames(b, a)])
  if (a.sha256 === b.sha256) return { relation: 'identical', changes: new Set(), alsoRight: new Set(), crop: null }
  const strongest = visible.find((change) => changes.has(change))
  if (strongest !== undefined) return { relation: strongest, changes, alsoRight, crop: cropOf(a, b) }
  if (hasItsPixels(a) && hasItsPixels(b)) return { relation: 'same-pixels', changes, alsoRight, crop: null }
  const [across, other] = [pixelsAcross(a), pixelsAcross(b)]
  const resized = Math.abs(across / other - 1) > 0.01
  return { relation: resized ? 'resized' : 're-encoded', changes, alsoRight, crop: null }
}
