import type { PairChange, PairCrop, Relation } from '../../shared/contract/groups.ts'
import { isWhole, wholeFrame, type Frame } from '../../shared/domain/frame.ts'
import { invert, type Affine } from './affine.ts'
import type { LookedAtPair } from './confirm-pair.ts'
import { lumaSide } from './confirm.ts'
import { strongestMark } from './find-marks.ts'
import { toneChange } from './judge-look.ts'
import type { PhotoLook } from './photo-look.ts'
import { isBorderAround } from './surroundings.ts'
import { describeThresholds as thresholds } from './thresholds.ts'

/** What a look at two aligned photos says they are to each other. */
export interface PairDescription {
  relation: Relation
  changes: PairChange[]
  /** Index into `Orientation`'s options: how b must be turned to lie on a. */
  orientation: number
  /** Where the corners (0, 0) and (1, 1) of a lie on b, shares of b's sides. */
  place: [x0: number, y0: number, x1: number, y1: number]
  /** 0–1. */
  confidence: number
}

/** The orientation (index, see [Note: Eight orientations]) that a map from a to b stands for. */
export function orientationOf({ xx, xy, yx, yy }: Affine): number {
  const transposed = Math.abs(xx) < Math.abs(xy)
  // From a to b it is "mirror, then transpose": the mirrors are those of a's own axes.
  const [alongX, alongY] = transposed ? [yx, xy] : [xx, yy]
  return (transposed ? 4 : 0) | (alongX < 0 ? 1 : 0) | (alongY < 0 ? 2 : 0)
}

/** The map that `place` and `orientation` of a description stand for. */
export function mapOfPlace([x0, y0, x1, y1]: PairDescription['place'], orientation: number): Affine {
  return orientation & 4
    ? { xx: 0, xy: x1 - x0, tx: x0, yx: y1 - y0, yy: 0, ty: y0 }
    : { xx: x1 - x0, xy: 0, tx: x0, yx: 0, yy: y1 - y0, ty: y0 }
}

function boxOf(map: Affine, frame: Frame): Frame {
  const xs = [map.xx * frame.left + map.xy * frame.top + map.tx, map.xx * frame.right + map.xy * frame.bottom + map.tx]
  const ys = [map.yx * frame.left + map.yy * frame.top + map.ty, map.yx * frame.right + map.yy * frame.bottom + map.ty]
  return { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) }
}

/** By how much the outer box reaches beyond the inner one, on the side where it does most; shares. */
function excess(outer: Frame, inner: Frame): number {
  return Math.max(
    inner.left - outer.left,
    inner.top - outer.top,
    outer.right - inner.right,
    outer.bottom - inner.bottom,
  )
}

/**
 * Where the cropped photo of a pair lies within the other one, from what is stored of a link; null where nothing was cut off.
 *
 * @param map from shares of a to shares of b
 */
export function cropOf(map: Affine, changes: readonly PairChange[]): PairCrop | null {
  if (!changes.includes('cropped')) return null
  const back = invert(map)
  if (back === null) return null
  const [aInB, bInA] = [boxOf(map, wholeFrame), boxOf(back, wholeFrame)]
  const areaOf = ({ left, top, right, bottom }: Frame): number => (right - left) * (bottom - top)
  const of = areaOf(aInB) <= areaOf(bInA) ? 'a' : 'b'
  const box = of === 'a' ? aInB : bInA
  const [left, top] = [Math.max(0, box.left), Math.max(0, box.top)]
  return { of, left, top, width: Math.min(1, box.right) - left, height: Math.min(1, box.bottom) - top }
}

interface ColourComparison {
  /** Mean colourfulness of both within what they share. */
  a: number
  b: number
  /** How far the colours of all lie apart, and those of the cell where they do most. */
  apart: number
  most: number
}

/**
 * Compares the colours of 32 × 32 cells within what both share.
 *
 * @param map from shares of a to shares of b
 * @param asWholes whether cell lies on cell; else only what all cells have in common is told
 */
function compareColours(a: PhotoLook, b: PhotoLook, map: Affine, asWholes: boolean): ColourComparison {
  let [n, sumA, sumB, squaresA, squaresB, blue, red, distances, most] = [0, 0, 0, 0, 0, 0, 0, 0, 0]
  for (let y = 0; y < lumaSide; y++) {
    for (let x = 0; x < lumaSide; x++) {
      const [u, v] = [(x + 0.5) / lumaSide, (y + 0.5) / lumaSide]
      const [s, t] = [map.xx * u + map.xy * v + map.tx, map.yx * u + map.yy * v + map.ty]
      if (s < 0 || t < 0 || s >= 1 || t >= 1) continue
      const at = y * lumaSide + x
      const to = Math.floor(t * lumaSide) * lumaSide + Math.floor(s * lumaSide)
      const [blueA, redA, blueB, redB] = [a.chroma.blue[at]!, a.chroma.red[at]!, b.chroma.blue[to]!, b.chroma.red[to]!]
      const [colourA, colourB, distance] = [
        Math.hypot(blueA, redA),
        Math.hypot(blueB, redB),
        Math.hypot(blueA - blueB, redA - redB),
      ]
      n++
      sumA += colourA
      sumB += colourB
      squaresA += colourA * colourA
      squaresB += colourB * colourB
      blue += blueA - blueB
      red += redA - redB
      distances += distance
      most = Math.max(most, distance)
    }
  }
  if (n === 0) return { a: 0, b: 0, apart: 0, most: 0 }
  const common = Math.max(Math.hypot(blue, red) / n, Math.abs(Math.sqrt(squaresA / n) - Math.sqrt(squaresB / n)))
  return { a: sumA / n, b: sumB / n, apart: asWholes ? distances / n : common, most: asWholes ? most : 0 }
}

/**
 * Whether something was laid over one of the two: patches that differ, or something small.
 *
 * @param inColour how much one small place differs in colour; null where the tones are others anyway, so that what is small can't be told
 */
function hasOverlay(a: PhotoLook, b: PhotoLook, pair: LookedAtPair, inColour: number | null): boolean {
  const differing = pair.look.patches.filter(({ verdict }) => verdict === 'differs')
  if (differing.length >= thresholds.leastOverlayPatches) return true
  if (inColour === null) return false
  return inColour > thresholds.leastColourMark || strongestMark(a, b, pair) > thresholds.leastMark
}

/** Whether the borders of `framed` surround what the other one shows. */
function surrounds(framed: Frame, otherOnIt: Frame): boolean {
  if (isWhole(framed)) return false
  const cutOff = excess(framed, otherOnIt)
  const { left, top, right, bottom } = framed
  const depth = Math.max(left, top, 1 - right, 1 - bottom)
  // The other one must end where the picture in the border ends, not reach over the border.
  const over = excess(otherOnIt, framed)
  return depth > thresholds.leastBorder && over < depth / 2 + thresholds.cropTolerance && cutOff < 0.5
}

/** What the flat parts around `frame` are. */
function borderOrScreen({ width, height }: PhotoLook, { left, top, right, bottom }: Frame): PairChange {
  const tall = Math.max(width, height) / Math.min(width, height)
  const bars = width < height ? top + 1 - bottom : left + 1 - right
  return tall >= thresholds.screenRatio && bars >= thresholds.screenBars ? 'screenshot' : 'border'
}

const precedence: readonly [PairChange, Relation][] = [
  ['screenshot', 'border-or-screenshot'],
  ['border', 'border-or-screenshot'],
  ['cropped', 'cropped'],
  ['rotated', 'rotated-or-mirrored'],
  ['mirrored', 'rotated-or-mirrored'],
  ['overlay', 'edited'],
  ['grey', 'edited'],
  ['tone', 'edited'],
  ['resized', 'resized'],
]

/** What was cut off or put around one of the two. */
function framingOf(a: PhotoLook, b: PhotoLook, shares: Affine): PairChange[] {
  const back = invert(shares)
  if (back === null) return []
  const [aOnB, bOnA] = [boxOf(shares, wholeFrame), boxOf(back, wholeFrame)]
  const [cutFromB, cutFromA] = [excess(wholeFrame, aOnB), excess(wholeFrame, bOnA)]
  const tolerance = thresholds.cropTolerance
  // One frame lies within the other: what is around it says whether that is a border or more of the picture.
  if (cutFromA <= tolerance && cutFromB <= tolerance) return []
  if (cutFromA <= tolerance && isBorderAround(b.plane, aOnB)) return [borderOrScreen(b, aOnB)]
  if (cutFromB <= tolerance && isBorderAround(a.plane, bOnA)) return [borderOrScreen(a, bOnA)]
  const found: PairChange[] = []
  if (surrounds(b.frame, boxOf(shares, a.frame))) found.push(borderOrScreen(b, b.frame))
  if (surrounds(a.frame, boxOf(back, b.frame))) found.push(borderOrScreen(a, a.frame))
  if (found.length === 0) return ['cropped']
  const withinB = excess(b.frame, boxOf(shares, a.frame))
  const withinA = excess(a.frame, boxOf(back, b.frame))
  return Math.max(withinA, withinB) > thresholds.cropToleranceFramed ? [...found, 'cropped'] : found
}

/** What two photos are to each other, from the alignment and the comparison of their pixels. */
export function describeLook(a: PhotoLook, b: PhotoLook, pair: LookedAtPair): PairDescription {
  const { shares, look, judgement } = pair
  const changes = new Set<PairChange>(['re-encoded'])
  const orientation = orientationOf(shares)
  const mirrors = (orientation & 1) + ((orientation >> 1) & 1) + ((orientation >> 2) & 1)
  if (mirrors % 2 === 1) changes.add('mirrored')
  if (orientation === 3 || orientation & 4) changes.add('rotated')
  const framing = framingOf(a, b, shares)
  for (const change of framing) changes.add(change)
  const swapped = (orientation & 4) !== 0
  const scale = swapped ? (Math.abs(shares.yx) * b.height) / a.width : (Math.abs(shares.xx) * b.width) / a.width
  if (Math.abs(scale - 1) > thresholds.scaleTolerance) changes.add('resized')
  const colours = compareColours(a, b, shares, framing.length === 0)
  const [less, more] = [Math.min(colours.a, colours.b), Math.max(colours.a, colours.b)]
  const grey = less < thresholds.greyChroma && more > thresholds.colourChroma
  if (grey) changes.add('grey')
  const { light, contrast } = toneChange(look)
  const toned =
    contrast > thresholds.toneGain || light > thresholds.toneLight || (!grey && colours.apart > thresholds.toneChroma)
  if (toned && !grey) changes.add('tone')
  if (hasOverlay(a, b, pair, toned || grey ? null : colours.most)) changes.add('overlay')
  const found = precedence.find(([change]) => changes.has(change))
  const corner = ({ xx, xy, tx, yx, yy, ty }: Affine, x: number, y: number): [number, number] => [
    xx * x + xy * y + tx,
    yx * x + yy * y + ty,
  ]
  return {
    relation: found?.[1] ?? 're-encoded',
    changes: [...changes],
    orientation,
    place: [...corner(shares, 0, 0), ...corner(shares, 1, 1)],
    confidence: judgement.holds ? Math.max(0, Math.min(1, look.typical * (0.5 + 0.5 * look.agreeing))) : 0,
  }
}
