import type { Frame } from '../../shared/domain/content-frame.ts'
import { sharedBox, warpInput, type AlignedPair, type PixelBox } from './align-planes.ts'
import type { GrayPlane } from './gray-plane.ts'
import { add, correlationOf, nothing, structureOf, sums, variance, type PatchSums } from './patch-sums.ts'

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
  /** Share of the pixels of agreeing patches that differ by more than noise and compression: small things laid over. */
  spots: number
  /** Working pixels along the longer side of what is shared. */
  side: number
  /** Input's luma = gain · template's + offset, over the patches that agree best. */
  gain: number
  offset: number
}

const patchPixels = 16
const [fewest, most] = [4, 10]
/** Grey levels of standard deviation under which a patch shows nothing but noise, and from which it can't have become plain. */
const plainDeviation = 2
const texturedDeviation = 6
const patchCorrelation = 0.7
/** Correlation of patches that nothing lies over, and the share of the picture, one in so many, that tells the tone. */
const untouchedCorrelation = 0.96
const leastUntouched = 12
/** Mean squared gradient, across its weaker direction, from which a patch says where it lies; noise and JPEG reach 1. */
const leastStructure = 4

const median = (sorted: readonly number[], share = 0.5): number =>
  sorted.length === 0 ? 0 : sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!

/** One Gauss–Newton step for a shift of the patch alone, after its own brightness and contrast are evened out. */
function shiftOf(
  template: Uint8Array,
  warped: Float32Array,
  width: number,
  [left, top, right, bottom]: readonly [number, number, number, number],
  stats: PatchSums,
): { x: number; y: number; known: boolean } {
  const { n, t, i } = stats
  const ratio = Math.sqrt(variance(t, stats.tt, n) / Math.max(1e-6, variance(i, stats.ii, n)))
  let [xx, xy, yy, ex, ey] = [0, 0, 0, 0, 0]
  for (let y = top + 1; y < bottom - 1; y++) {
    for (let x = left + 1; x < right - 1; x++) {
      const at = y * width + x
      if (warped[at]! < 0) continue
      const gx = (template[at + 1]! - template[at - 1]!) / 2
      const gy = (template[at + width]! - template[at - width]!) / 2
      const error = (warped[at]! - i / n) * ratio - (template[at]! - t / n)
      xx += gx * gx
      xy += gx * gy
      yy += gy * gy
      ex += gx * error
      ey += gy * error
    }
  }
  const trace = xx + yy
  const determinant = xx * yy - xy * xy
  // The smaller eigenvalue tells whether the patch has structure both ways (Shi and Tomasi 1994).
  const least = trace / 2 - Math.sqrt(Math.max(0, (trace * trace) / 4 - determinant))
  if (least < leastStructure * n) return { x: 0, y: 0, known: false }
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
  const warped = new Float32Array(width * height)
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
  const agreed = nothing()
  const untouched = nothing()
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
      if (verdict === 'agrees') add(agreed, stats)
      if (verdict === 'agrees' && correlation >= untouchedCorrelation) add(untouched, stats)
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
  const tone = untouched.n * leastUntouched >= whole.n ? untouched : agreed.n > 0 ? agreed : whole
  const gain = Math.sqrt(variance(tone.i, tone.ii, tone.n) / Math.max(1e-6, variance(tone.t, tone.tt, tone.n)))
  const offset = tone.i / tone.n - (gain * tone.t) / tone.n
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
    spots: shareOfSpots(data, warped, template, agreeing, { gain, offset }),
    side: Math.max(wide, high),
    gain,
    offset,
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

/** Levels of grey beyond what saving again does to a pixel at this scale. */
const spotLevels = 32

function shareOfSpots(
  template: Uint8Array,
  warped: Float32Array,
  { width, height }: GrayPlane,
  patches: readonly PatchLook[],
  { gain, offset }: { gain: number; offset: number },
): number {
  let [pixels, spots] = [0, 0]
  for (const { left, top, right, bottom } of patches) {
    for (let y = Math.round(top * height); y < Math.round(bottom * height); y++) {
      for (let x = Math.round(left * width); x < Math.round(right * width); x++) {
        const at = y * width + x
        if (warped[at]! < 0) continue
        pixels++
        if (Math.abs(warped[at]! - (gain * template[at]! + offset)) > spotLevels) spots++
      }
    }
  }
  return pixels === 0 ? 0 : spots / pixels
}
