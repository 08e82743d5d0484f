import { compose, pixelsToShares, sharesToPixels, type Affine } from './affine.ts'
import { stepOf } from './alignment-step.ts'
import { reducePlane, type GrayPlane } from './gray-plane.ts'
import { scratch } from './scratch.ts'

/**
 * [Note: Alignment]
 *
 * Two pictures that might show the same are laid on one another to a fraction of a pixel: Gauss–Newton on the scales
 * of both sides and the shift, minimising the difference of the two after each is brought to mean 0 and variance 1 over what they share
 * (the enhanced correlation coefficient of Evangelidis and Psarakis 2008: blind to brightness and contrast), in the inverse
 * compositional form of Baker and Matthews 2004. Pixels that do not fit (a caption, a sticker) weigh little, so that they do
 * not pull. The coarser of the two is the template, the other is first reduced to its scale.
 */
export interface AlignedPair {
  template: GrayPlane
  input: GrayPlane
  /** From pixels of the template to pixels of the input. */
  map: Affine
  /** From shares of the template's picture to shares of the input's. */
  shares: Affine
  /** Whether the template is `a`. */
  templateIsA: boolean
}

/** Pixels along the longer side of what is shared; more costs more and says little that is new. */
const workingSide = 160
const iterations = 20
/** Pixels of movement of a corner below which nothing more is to be had. */
const settled = 0.015
/** Least pixels shared. */
const leastShared = 400
/** Standard deviations of difference from which a pixel counts as something else: first, least, and the factor from round to round. */
const outlier = { first: 1, least: 0.25, factor: 0.75 }

/** A part of a plane, pixels. */
export interface PixelBox {
  left: number
  top: number
  right: number
  bottom: number
}

const everywhere = ({ width, height }: GrayPlane): PixelBox => ({
  left: 0,
  top: 0,
  right: width - 1,
  bottom: height - 1,
})

/** What both show (of the parts that are asked for), as a box of the template's pixels. */
export function sharedBox(
  { map, template, input }: Pick<AlignedPair, 'map' | 'template' | 'input'>,
  templatePart: PixelBox = everywhere(template),
  inputPart: PixelBox = everywhere(input),
): PixelBox {
  // The map is upright or turned by quarters, so a box is what is shared.
  const swapped = Math.abs(map.xx) < Math.abs(map.xy)
  const limit = (
    scale: number,
    offset: number,
    from: number,
    to: number,
    low: number,
    high: number,
  ): [number, number] => {
    const ends = [(from - offset) / scale, (to - offset) / scale]
    return [Math.max(low, Math.min(...ends)), Math.min(high, Math.max(...ends))]
  }
  const { left, top, right, bottom } = templatePart
  const across = swapped
    ? limit(map.yx, map.ty, inputPart.top, inputPart.bottom, left, right)
    : limit(map.xx, map.tx, inputPart.left, inputPart.right, left, right)
  const down = swapped
    ? limit(map.xy, map.tx, inputPart.left, inputPart.right, top, bottom)
    : limit(map.yy, map.ty, inputPart.top, inputPart.bottom, top, bottom)
  return { left: across[0], right: across[1], top: down[0], bottom: down[1] }
}

const scaleOf = ({ xx, xy, yx, yy }: Affine): number => Math.sqrt(Math.abs(xx * yy - xy * yx))

function reduced(plane: GrayPlane, factor: number): GrayPlane {
  if (factor >= 0.97) return plane
  return reducePlane(
    plane,
    Math.max(8, Math.round(plane.width * factor)),
    Math.max(8, Math.round(plane.height * factor)),
  )
}

/**
 * Brings both planes to one scale, at which what they share is about 160 pixels long.
 *
 * @param shares from shares of a to shares of b, roughly
 */
export function prepareAlignment(a: GrayPlane, b: GrayPlane, shares: Affine, back: Affine): AlignedPair | null {
  const toPixels = (from: GrayPlane, to: GrayPlane, map: Affine): Affine =>
    compose(sharesToPixels(to.width, to.height), compose(map, pixelsToShares(from.width, from.height)))
  const ab = toPixels(a, b, shares)
  // Pixels of b for one of a: over 1, a is the coarser one.
  const templateIsA = scaleOf(ab) >= 1
  const [template, input, map] = templateIsA ? [a, b, shares] : [b, a, back]
  const pixelMap = templateIsA ? ab : toPixels(b, a, back)
  const box = sharedBox({ map: pixelMap, template, input })
  const side = Math.max(box.right - box.left, box.bottom - box.top)
  if (!(side > 12)) return null
  const factor = Math.min(1, workingSide / side)
  const small = reduced(template, factor)
  const other = reduced(input, small.width / template.width / scaleOf(pixelMap))
  return { template: small, input: other, map: toPixels(small, other, map), shares: map, templateIsA }
}

function gradients({ width, height, data }: GrayPlane): { gx: Float32Array; gy: Float32Array } {
  // Only what lies within the edges is written, and read.
  const gx = scratch('gradient across', width * height)
  const gy = scratch('gradient down', width * height)
  for (let y = 1; y < height - 1; y++) {
    for (let at = y * width + 1, end = at + width - 2; at < end; at++) {
      gx[at] = (data[at + 1]! - data[at - 1]!) / 2
      gy[at] = (data[at + width]! - data[at - width]!) / 2
    }
  }
  return { gx, gy }
}

/** The input seen through the map on the template's pixels; −1 where it shows nothing. */
export function warpInput(template: GrayPlane, input: GrayPlane, map: Affine, into: Float32Array): number {
  const { width, height } = template
  const { width: iw, height: ih, data } = input
  let shared = 0
  for (let y = 0, at = 0; y < height; y++) {
    let u = map.xy * y + map.tx
    let v = map.yy * y + map.ty
    for (let x = 0; x < width; x++, at++, u += map.xx, v += map.yx) {
      if (!(u >= 0 && v >= 0 && u <= iw - 1 && v <= ih - 1)) {
        into[at] = -1
        continue
      }
      const x0 = Math.min(iw - 2, u | 0)
      const y0 = Math.min(ih - 2, v | 0)
      const fx = u - x0
      const fy = v - y0
      const from = y0 * iw + x0
      const above = data[from]! + fx * (data[from + 1]! - data[from]!)
      const below = data[from + iw]! + fx * (data[from + iw + 1]! - data[from + iw]!)
      into[at] = above + fy * (below - above)
      shared++
    }
  }
  return shared
}

interface Stats {
  meanT: number
  meanI: number
  deviationT: number
  deviationI: number
}

/** Weighted mean and standard deviation of both over what is shared. */
function statsOf(template: Uint8Array, warped: Float32Array, weight: Float32Array): Stats {
  let [w, t, tt, i, ii] = [0, 0, 0, 0, 0]
  for (let at = 0; at < warped.length; at++) {
    if (warped[at]! < 0) continue
    const k = weight[at]!
    const x = template[at]!
    const y = warped[at]!
    w += k
    t += k * x
    tt += k * x * x
    i += k * y
    ii += k * y * y
  }
  return {
    meanT: t / w,
    meanI: i / w,
    deviationT: Math.sqrt(Math.max(0, tt / w - (t / w) ** 2)),
    deviationI: Math.sqrt(Math.max(0, ii / w - (i / w) ** 2)),
  }
}

/** The same map with one scale for both sides, the middle staying where it is. */
function withEvenScales(map: Affine, { width, height }: GrayPlane): Affine {
  const scale = scaleOf(map)
  const even = (value: number): number => (Math.abs(value) < 1e-9 ? 0 : Math.sign(value) * scale)
  const swapped = Math.abs(map.xx) < Math.abs(map.xy)
  const linear = swapped
    ? { xx: 0, xy: even(map.xy), yx: even(map.yx), yy: 0 }
    : { xx: even(map.xx), xy: 0, yx: 0, yy: even(map.yy) }
  const [x, y] = [(width - 1) / 2, (height - 1) / 2]
  return {
    ...linear,
    tx: map.tx + (map.xx - linear.xx) * x + (map.xy - linear.xy) * y,
    ty: map.ty + (map.yx - linear.yx) * x + (map.yy - linear.yy) * y,
  }
}

/**
 * Refines the map of a pair until it settles ([Note: Alignment]); null where they share too little, show nothing, or drift
 * apart. 3 to 8 ms.
 *
 * @param oneScale keep the sides' ratio: where structure holds one side only, the other one's scale would drift
 */
export function alignPlanes(pair: AlignedPair, oneScale = false): AlignedPair | null {
  const { template, input } = pair
  const { width, height, data } = template
  const { gx, gy } = gradients(template)
  const warped = scratch('warped to align', width * height)
  const weight = scratch('weight', width * height).fill(1)
  const [cx, cy] = [(width - 1) / 2, (height - 1) / 2]
  const scale = 1 / Math.max(cx, cy, 1)
  let map = oneScale ? withEvenScales(pair.map, template) : pair.map
  for (let round = 0; round < iterations; round++) {
    if (warpInput(template, input, map, warped) < leastShared) return null
    const stats = statsOf(data, warped, weight)
    if (stats.deviationT < 1 || stats.deviationI < 1) return null
    const hessian = new Float64Array(16)
    const right = new Float64Array(4)
    const ratio = stats.deviationT / stats.deviationI
    const far = stats.deviationT * Math.max(outlier.least, outlier.first * outlier.factor ** round)
    for (let y = 1; y < height - 1; y++) {
      const v = (y - cy) * scale
      for (let x = 1; x < width - 1; x++) {
        const at = y * width + x
        if (warped[at]! < 0) continue
        const error = (warped[at]! - stats.meanI) * ratio - (data[at]! - stats.meanT)
        const share = error / far
        const k = 1 / (1 + share * share)
        weight[at] = k
        const dx = gx[at]!
        const dy = gy[at]!
        const sx = dx * (x - cx) * scale
        const sy = dy * v
        const kx = k * dx
        const ky = k * dy
        const ksx = k * sx
        const ksy = k * sy
        hessian[0]! += kx * dx
        hessian[4]! += ky * dx
        hessian[5]! += ky * dy
        hessian[8]! += ksx * dx
        hessian[9]! += ksx * dy
        hessian[10]! += ksx * sx
        hessian[12]! += ksy * dx
        hessian[13]! += ksy * dy
        hessian[14]! += ksy * sx
        hessian[15]! += ksy * sy
        right[0]! += kx * error
        right[1]! += ky * error
        right[2]! += ksx * error
        right[3]! += ksy * error
      }
    }
    const step = stepOf(hessian, right, oneScale)
    if (step === null) return null
    // The step says how the template would move onto the input; the map moves the other way.
    const [p0, p1, p2, p3] = [step[0], step[1], step[2] * scale, step[3] * scale]
    if (Math.abs(p2) > 0.5 || Math.abs(p3) > 0.5) return null
    map = compose(map, {
      xx: 1 / (1 + p2),
      xy: 0,
      tx: (p2 * cx - p0) / (1 + p2),
      yx: 0,
      yy: 1 / (1 + p3),
      ty: (p3 * cy - p1) / (1 + p3),
    })
    const moved = Math.abs(p0) + Math.abs(p1) + Math.abs(p2) * cx + Math.abs(p3) * cy
    if (moved < settled) break
  }
  const shares = compose(
    pixelsToShares(input.width, input.height),
    compose(map, sharesToPixels(template.width, template.height)),
  )
  return { ...pair, map, shares }
}
