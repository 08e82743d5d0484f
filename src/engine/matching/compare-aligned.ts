import type { Frame } from '../../shared/domain/content-frame.ts'
import { sharedBox, warpInput, type AlignedPair, type PixelBox } from './align-planes.ts'
import type { GrayPlane } from './gray-plane.ts'

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

/** Sums over a patch of both pictures, and with the place, counted from its middle. */
interface PatchSums {
  n: number
  t: number
  i: number
  tt: number
  ii: number
  ti: number
  xx: number
  yy: number
  xt: number
  xi: number
  yt: number
  yi: number
}

const nothing = (): PatchSums => ({ n: 0, t: 0, i: 0, tt: 0, ii: 0, ti: 0, xx: 0, yy: 0, xt: 0, xi: 0, yt: 0, yi: 0 })

type PatchBox = readonly [left: number, top: number, right: number, bottom: number]

function sums(
  template: Uint8Array,
  warped: Float32Array,
  width: number,
  [left, top, right, bottom]: PatchBox,
): PatchSums {
  const total = nothing()
  const [cx, cy] = [(left + right - 1) / 2, (top + bottom - 1) / 2]
  for (let y = top; y < bottom; y++) {
    const dy = y - cy
    for (let x = left, at = y * width + left; x < right; x++, at++) {
      const w = warped[at]!
      if (w < 0) continue
      const t = template[at]!
      const dx = x - cx
      total.n++
      total.t += t
      total.i += w
      total.tt += t * t
      total.ii += w * w
      total.ti += t * w
      total.xx += dx * dx
      total.yy += dy * dy
      total.xt += dx * t
      total.xi += dx * w
      total.yt += dy * t
      total.yi += dy * w
    }
  }
  return total
}

const variance = (sum: number, squares: number, n: number): number => Math.max(0, squares / n - (sum / n) ** 2)

function correlationOf({ n, t, i, tt, ii, ti }: PatchSums): number {
  const scale = Math.sqrt(variance(t, tt, n) * variance(i, ii, n))
  return scale < 1e-6 ? 0 : Math.max(-1, Math.min(1, (ti / n - (t / n) * (i / n)) / scale))
}

/**
 * What is left of a patch when the slope of its light is taken out (every slope correlates with every other): the standard
 * deviations of both and their correlation.
 */
function structureOf({ n, t, i, tt, ii, ti, xx, yy, xt, xi, yt, yi }: PatchSums): {
  template: number
  input: number
  correlation: number
} {
  const [perX, perY] = [1 / Math.max(1, xx), 1 / Math.max(1, yy)]
  const template = Math.max(0, tt - (t * t) / n - xt * xt * perX - yt * yt * perY) / n
  const input = Math.max(0, ii - (i * i) / n - xi * xi * perX - yi * yi * perY) / n
  const common = (ti - (t * i) / n - xt * xi * perX - yt * yi * perY) / n
  const scale = Math.sqrt(template * input)
  return {
    template: Math.sqrt(template),
    input: Math.sqrt(input),
    correlation: scale < 1e-6 ? 0 : Math.max(-1, Math.min(1, common / scale)),
  }
}

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

function add(to: PatchSums, from: PatchSums): void {
  to.n += from.n
  to.t += from.t
  to.i += from.i
  to.tt += from.tt
  to.ii += from.ii
  to.ti += from.ti
}
