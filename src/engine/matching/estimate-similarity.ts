import type { Affine } from './affine.ts'
import type { KeypointMatches } from './keypoint-matches.ts'
import type { Keypoints } from './keypoints.ts'

/** A similarity that many matches agree on, in pixels of the two planes: from `a` to `b`. */
export interface SimilarityEstimate {
  map: Affine
  /** Matches that it explains, at different places of the picture. */
  inliers: number
}

/** Of the matches, best first, so many propose maps: n²/2 proposals. */
const proposers = 48
const mostMatches = 160
/** Pixels between two matches that are to say anything of scale and turn. */
const leastSpan = 24
/** Copies are upright or turned by quarters; how far two matches may lie from that, as a slope: 3.5°. */
const mostSlope = 0.06
const scaleRange = [0.15, 6.5] as const
/** Pixels of the coarser of the two planes by which a match may miss. */
const tolerance = 3
/** Places closer than this to one that counts already do not count. */
const apart = 5

interface Points {
  ax: Float32Array
  ay: Float32Array
  bx: Float32Array
  by: Float32Array
  count: number
}

function pointsOf(a: Keypoints, b: Keypoints, matches: KeypointMatches): Points {
  const count = Math.min(mostMatches, matches.count)
  const points: Points = {
    ax: new Float32Array(count),
    ay: new Float32Array(count),
    bx: new Float32Array(count),
    by: new Float32Array(count),
    count,
  }
  for (let k = 0; k < count; k++) {
    points.ax[k] = a.x[matches.a[k]!]!
    points.ay[k] = a.y[matches.a[k]!]!
    points.bx[k] = b.x[matches.b[k]!]!
    points.by[k] = b.y[matches.b[k]!]!
  }
  return points
}

/**
 * Map by two matches with the turn rounded to a quarter: for `mirrored`, b' = s·R·mirror(a) + t. Null where the two do not
 * fit any turn by quarters.
 */
function propose({ ax, ay, bx, by }: Points, i: number, j: number, mirrored: boolean): Affine | null {
  const flip = mirrored ? -1 : 1
  const [ux, uy] = [flip * (ax[j]! - ax[i]!), ay[j]! - ay[i]!]
  const [vx, vy] = [bx[j]! - bx[i]!, by[j]! - by[i]!]
  const squares = ux * ux + uy * uy
  if (squares < leastSpan * leastSpan) return null
  // The complex quotient v / u: scale and turn.
  const re = (vx * ux + vy * uy) / squares
  const im = (vy * ux - vx * uy) / squares
  const scale = Math.hypot(re, im)
  if (scale < scaleRange[0] || scale > scaleRange[1]) return null
  if (Math.min(Math.abs(re), Math.abs(im)) > mostSlope * scale) return null
  const [cos, sin] = Math.abs(re) > Math.abs(im) ? [Math.sign(re) * scale, 0] : [0, Math.sign(im) * scale]
  const [mx, my] = [flip * (ax[i]! + ax[j]!) * 0.5, (ay[i]! + ay[j]!) * 0.5]
  return {
    xx: flip * cos,
    xy: -sin,
    tx: (bx[i]! + bx[j]!) * 0.5 - (cos * mx - sin * my),
    yx: flip * sin,
    yy: cos,
    ty: (by[i]! + by[j]!) * 0.5 - (sin * mx + cos * my),
  }
}

const scaleOf = ({ xx, xy, yx, yy }: Affine): number => Math.sqrt(Math.abs(xx * yy - xy * yx))

function explained(points: Points, map: Affine): number[] {
  const limit = tolerance * Math.max(1, scaleOf(map))
  const found: number[] = []
  for (let k = 0; k < points.count; k++) {
    const dx = map.xx * points.ax[k]! + map.xy * points.ay[k]! + map.tx - points.bx[k]!
    const dy = map.yx * points.ax[k]! + map.yy * points.ay[k]! + map.ty - points.by[k]!
    if (dx * dx + dy * dy <= limit * limit) found.push(k)
  }
  return found
}

/** Those at places of their own: corners of several levels at one place are one piece of evidence. */
function distinct(points: Points, chosen: readonly number[]): number[] {
  const kept: number[] = []
  for (const k of chosen) {
    const near = (m: number): boolean =>
      Math.abs(points.ax[m]! - points.ax[k]!) < apart && Math.abs(points.ay[m]! - points.ay[k]!) < apart
    if (!kept.some(near)) kept.push(k)
  }
  return kept
}

/** Least squares: scales of both sides and shift, the turn staying as it is. */
function fit(points: Points, chosen: readonly number[], map: Affine): Affine {
  const swapped = Math.abs(map.xx) < Math.abs(map.xy)
  const line = (from: Float32Array, to: Float32Array): [slope: number, offset: number] => {
    const n = chosen.length
    let [sx, sy, sxx, sxy] = [0, 0, 0, 0]
    for (const k of chosen) {
      sx += from[k]!
      sy += to[k]!
      sxx += from[k]! * from[k]!
      sxy += from[k]! * to[k]!
    }
    const spread = sxx - (sx * sx) / n
    if (spread < leastSpan) return [0, 0]
    const slope = (sxy - (sx * sy) / n) / spread
    return [slope, (sy - slope * sx) / n]
  }
  const [sx, tx] = line(swapped ? points.ay : points.ax, points.bx)
  const [sy, ty] = line(swapped ? points.ax : points.ay, points.by)
  // Two scales that differ are the matches' error, or no copy.
  const [wanted, got] = [scaleOf(map), Math.sqrt(Math.abs(sx * sy))]
  if (sx === 0 || sy === 0 || Math.abs(got / wanted - 1) > 0.1) return map
  if (Math.abs(Math.abs(sx / sy) - 1) > 0.06) return map
  return swapped ? { xx: 0, xy: sx, tx, yx: sy, yy: 0, ty } : { xx: sx, xy: 0, tx, yx: 0, yy: sy, ty }
}

/**
 * The similarity, upright or turned by quarters, that explains most matches (every pair of the best ones proposes one); null
 * where none explains at least `least` at places of their own.
 *
 * @param mirrored whether the matches were found with mirrored descriptions
 */
export function estimateSimilarity(
  a: Keypoints,
  b: Keypoints,
  matches: KeypointMatches,
  { mirrored, least }: { mirrored: boolean; least: number },
): SimilarityEstimate | null {
  if (matches.count < least) return null
  const points = pointsOf(a, b, matches)
  const proposing = Math.min(proposers, points.count)
  let best: { map: Affine; found: number[] } | null = null
  for (let i = 0; i < proposing; i++) {
    for (let j = i + 1; j < proposing; j++) {
      const map = propose(points, i, j, mirrored)
      if (map === null) continue
      const found = explained(points, map)
      if (best === null || found.length > best.found.length) best = { map, found }
    }
  }
  if (best === null || best.found.length < least) return null
  const map = fit(points, best.found, best.map)
  const found = explained(points, map)
  const refined = found.length >= best.found.length ? { map, found } : best
  const inliers = distinct(points, refined.found).length
  return inliers < least ? null : { map: refined.map, inliers }
}
