import type { Frame } from '../../shared/domain/frame.ts'
import { sharedBox, warpInput, type AlignedPair, type PixelBox } from './align-planes.ts'
import { exposureOf, type Exposure, type PatchTone } from './exposure.ts'
import type { GrayPlane } from './gray-plane.ts'
import {
  add,
  correlationOf,
  nothing,
  structureOf,
  sums,
  variance,
  type PatchBox,
  type PatchSums,
} from './patch-sums.ts'
import { scratch } from './scratch.ts'

/** What one patch of the shared part says. Places are shares of the template's picture. */
export interface PatchLook {
  /** Place in the grid of patches. */
  column: number
  row: number
  left: number
  top: number
  right: number
  bottom: number
  /** Normalised cross-correlation, −1…1. */
  correlation: number
  verdict: 'agrees' | 'differs' | 'plain'
  /** Pixels of the working scale by which the patch lies elsewhere than the alignment says. */
  shiftX: number
  shiftY: number
  /** Whether the shift can be told both ways. */
  shiftKnown: boolean
}

/** What the shared part of two aligned pictures says. */
export interface AlignedLook {
  patches: PatchLook[]
  columns: number
  rows: number
  /** Of all shared pixels, −1…1. */
  correlation: number
  /** Share, 0–1, of the patches with structure that show the same one. */
  agreeing: number
  /** Patches with structure in either picture. */
  counted: number
  /** Agreeing patches with structure both ways, each of which says where it lies. */
  anchors: number
  /** Median correlation of the agreeing patches. */
  typical: number
  /** Median of how far agreeing patches lie from where the alignment puts them, and the highest of nine in ten; working pixels. */
  shiftMedian: number
  shiftHigh: number
  /** Separate regions of patches that differ. */
  regions: number
  /** Working pixels along the longer side of what is shared. */
  side: number
  /** How the tones of one follow from the other's, over the patches that agree best. */
  exposure: Exposure
}

const patchPixels = 16
const [fewest, most] = [4, 10]
/** Grey levels of standard deviation under which a patch shows nothing but noise, and from which it can't have become plain. */
const plainDeviation = 2
const texturedDeviation = 6
const patchCorrelation = 0.7
/** Correlation of patches that nothing lies over, and how many of them tell the tone. */
const untouchedCorrelation = 0.96
const leastUntouched = 6
/** Mean squared gradient, across its weaker direction, from which a patch says where it lies; noise and JPEG reach 1. */
const leastStructure = 4

const median = (sorted: readonly number[], share = 0.5): number =>
  sorted.length === 0 ? 0 : sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!

/**
 * One Gauss–Newton step for a shift of the patch alone. Its own brightness, contrast and slope of light are evened out first (out
 * of the gradients too): the shade of a vignette is no shift.
 */
function shiftOf(
  template: Uint8Array,
  warped: Float32Array,
  width: number,
  [left, top, right, bottom]: PatchBox,
  stats: PatchSums,
): { x: number; y: number; known: boolean } {
  const { n, t, i } = stats
  const ratio = Math.sqrt(variance(t, stats.tt, n) / Math.max(1e-6, variance(i, stats.ii, n)))
  const [cx, cy] = [(left + right - 1) / 2, (top + bottom - 1) / 2]
  let [xx, xy, yy, ex, ey] = [0, 0, 0, 0, 0]
  // Sums of the gradients and of the error, alone and with the place.
  let [x1, xu, xv, y1, yu, yv, e1, eu, ev] = [0, 0, 0, 0, 0, 0, 0, 0, 0]
  let [pixels, uu, vv] = [0, 0, 0]
  for (let y = top + 1; y < bottom - 1; y++) {
    const v = y - cy
    for (let x = left + 1; x < right - 1; x++) {
      const at = y * width + x
      if (warped[at]! < 0) continue
      const u = x - cx
      const gx = (template[at + 1]! - template[at - 1]!) / 2
      const gy = (template[at + width]! - template[at - width]!) / 2
      const error = (warped[at]! - i / n) * ratio - (template[at]! - t / n)
      xx += gx * gx
      xy += gx * gy
      yy += gy * gy
      ex += gx * error
      ey += gy * error
      x1 += gx
      xu += gx * u
      xv += gx * v
      y1 += gy
      yu += gy * u
      yv += gy * v
      e1 += error
      eu += error * u
      ev += error * v
      pixels++
      uu += u * u
      vv += v * v
    }
  }
  // The smaller eigenvalue tells whether the patch has structure both ways (Shi and Tomasi 1994).
  const trace = xx + yy
  const least = trace / 2 - Math.sqrt(Math.max(0, (trace * trace) / 4 - (xx * yy - xy * xy)))
  if (least < leastStructure * n) return { x: 0, y: 0, known: false }
  xx -= (x1 * x1) / pixels + (xu * xu) / uu + (xv * xv) / vv
  xy -= (x1 * y1) / pixels + (xu * yu) / uu + (xv * yv) / vv
  yy -= (y1 * y1) / pixels + (yu * yu) / uu + (yv * yv) / vv
  ex -= (x1 * e1) / pixels + (xu * eu) / uu + (xv * ev) / vv
  ey -= (y1 * e1) / pixels + (yu * eu) / uu + (yv * ev) / vv
  const determinant = xx * yy - xy * xy
  if (determinant <= 1e-6 * trace * trace) return { x: 0, y: 0, known: false }
  return { x: (yy * ex - xy * ey) / determinant, y: (xx * ey - xy * ex) / determinant, known: true }
}

function pixelBox({ width, height }: GrayPlane, { left, top, right, bottom }: Frame): PixelBox {
  return { left: left * width, top: top * height, right: right * width - 1, bottom: bottom * height - 1 }
}

/**
 * Looks at what two aligned pictures share within their borders, patch by patch; null where that is too little. 1 ms.
 *
 * @param frames where the pictures lie within flat borders, of a and of b
 */
export function compareAligned(pair: AlignedPair, frames: { a: Frame; b: Frame }): AlignedLook | null {
  const { template, input, map } = pair
  const { width, height, data } = template
  const warped = scratch('warped to compare', width * height)
  warpInput(template, input, map, warped)
  const [ofTemplate, ofInput] = pair.templateIsA ? [frames.a, frames.b] : [frames.b, frames.a]
  const box = sharedBox(pair, pixelBox(template, ofTemplate), pixelBox(input, ofInput))
  const [left, top] = [Math.ceil(box.left), Math.ceil(box.top)]
  const [right, bottom] = [Math.floor(box.right) + 1, Math.floor(box.bottom) + 1]
  const [wide, high] = [right - left, bottom - top]
  if (wide < 12 || high < 12) return null
  const columns = Math.max(fewest, Math.min(most, Math.round(wide / patchPixels)))
  const rows = Math.max(fewest, Math.min(most, Math.round(high / patchPixels)))
  const whole = nothing()
  const tones: PatchTone[] = []
  const untouched: PatchTone[] = []
  const patches: PatchLook[] = []
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const patch = [
        left + Math.round((column * wide) / columns),
        top + Math.round((row * high) / rows),
        left + Math.round(((column + 1) * wide) / columns),
        top + Math.round(((row + 1) * high) / rows),
      ] as const
      const stats = sums(data, warped, width, patch)
      if (stats.n < 12) continue
      add(whole, stats)
      const structure = structureOf(stats)
      const { correlation } = structure
      const less = Math.min(structure.template, structure.input)
      const more = Math.max(structure.template, structure.input)
      const verdict =
        less < plainDeviation
          ? more < texturedDeviation
            ? 'plain'
            : 'differs'
          : correlation >= patchCorrelation
            ? 'agrees'
            : 'differs'
      if (verdict === 'agrees') tones.push(stats)
      if (verdict === 'agrees' && correlation >= untouchedCorrelation) untouched.push(stats)
      const shift = verdict === 'agrees' ? shiftOf(data, warped, width, patch, stats) : { x: 0, y: 0, known: false }
      patches.push({
        column,
        row,
        left: patch[0] / width,
        top: patch[1] / height,
        right: patch[2] / width,
        bottom: patch[3] / height,
        correlation,
        verdict,
        shiftX: shift.x,
        shiftY: shift.y,
        shiftKnown: shift.known,
      })
    }
  }
  const counted = patches.filter(({ verdict }) => verdict !== 'plain')
  const agreeing = counted.filter(({ verdict }) => verdict === 'agrees')
  const shifts = agreeing
    .filter(({ shiftKnown }) => shiftKnown)
    .map(({ shiftX, shiftY }) => Math.hypot(shiftX, shiftY))
    .sort((p, q) => p - q)
  // What lies over a part of a patch changes that patch's tone.
  const exposure = exposureOf(untouched.length >= leastUntouched ? untouched : tones.length > 0 ? tones : [whole])
  return {
    patches,
    columns,
    rows,
    correlation: correlationOf(whole),
    agreeing: counted.length === 0 ? 0 : agreeing.length / counted.length,
    counted: counted.length,
    anchors: shifts.length,
    typical: median(agreeing.map(({ correlation }) => correlation).sort((p, q) => p - q)),
    shiftMedian: median(shifts),
    shiftHigh: median(shifts, 0.9),
    regions: countRegions(patches),
    side: Math.max(wide, high),
    exposure,
  }
}

/** Regions of patches that differ, neighbours (diagonal ones too) counted as one. */
function countRegions(patches: readonly PatchLook[]): number {
  const open = new Map(
    patches.filter(({ verdict }) => verdict === 'differs').map((patch) => [patch.row * 64 + patch.column, patch]),
  )
  let regions = 0
  for (const patch of open.values()) {
    regions++
    const reached = [patch]
    for (let next = reached.pop(); next !== undefined; next = reached.pop()) {
      open.delete(next.row * 64 + next.column)
      for (let row = next.row - 1; row <= next.row + 1; row++) {
        for (let column = next.column - 1; column <= next.column + 1; column++) {
          const neighbour = open.get(row * 64 + column)
          if (neighbour !== undefined) reached.push(neighbour)
        }
      }
    }
  }
  return regions
}
