import { blurPlane, reducePlane, type GrayPlane } from './gray-plane.ts'

/**
 * [Note: Key points]
 *
 * ORB (Rublee, Rabaud, Konolige, Bradski 2011): corners by FAST-9 (Rosten and Drummond 2006) on a pyramid, turned by the
 * intensity centroid of their surroundings, described by 256 comparisons of blurred pixels. Two things are ours. Corners are
 * taken evenly over the picture, because a crop may keep only a part of it. And the comparisons come in mirrored pairs: test
 * i + 128 is test i reflected along the corner's own axis, so the descriptor of a corner in the mirrored picture is the same
 * one with its halves exchanged, and mirrored copies are found without a second description.
 */
export interface Keypoints {
  count: number
  /** Pixels of the plane. */
  x: Float32Array
  y: Float32Array
  /** 8 words a corner; the first corners are the best of each part of the picture. */
  descriptors: Uint32Array
}

/** The first so many corners: the best of each part of the picture. */
export function firstOf({ count, x, y, descriptors }: Keypoints, most: number): Keypoints {
  const kept = Math.min(count, most)
  return {
    count: kept,
    x: x.subarray(0, kept),
    y: y.subarray(0, kept),
    descriptors: descriptors.subarray(0, 8 * kept),
  }
}

/** Corners are looked for on a plane of at most this many pixels along its longer side. */
const longestSide = 256
const pyramidStep = 1.25
const mostLevels = 6
const smallestLevel = 40
/** Pixels around a corner that its description reads, after turning. */
const margin = 15
const reach = 13
const centroidRadius = 7
/** Levels of grey by which the ring must differ; the second where the first finds few corners (mist, night, skies). */
const fastThresholds = [10, 4]
const fewCorners = 120
/** The picture is cut into this many cells along its longer side, from each of which the best corners are taken. */
const cellsAlong = 10
const mostKeypoints = 320
const angles = 30

/** Bresenham circle of radius 3. */
const ringX = [0, 1, 2, 3, 3, 3, 2, 1, 0, -1, -2, -3, -3, -3, -2, -1]
const ringY = [-3, -3, -2, -1, 0, 1, 2, 3, 3, 3, 2, 1, 0, -1, -2, -3]

/** Pixel offsets of the 512 points of the 256 tests, for each of the quantised angles: x and y in turn. */
const testOffsets: readonly Int8Array[] = (() => {
  let state = 0x9e3779b9
  const next = (): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
  const gauss = (): number => {
    // Box and Muller 1958; a fifth of the reach's square is the spread that BRIEF (Calonder 2010) found best.
    for (;;) {
      const value = Math.sqrt(-2 * Math.log(next() + 1e-12)) * Math.cos(2 * Math.PI * next()) * (reach / 2.2)
      if (Math.abs(value) <= reach / Math.SQRT2) return value
    }
  }
  const half = Array.from({ length: 128 }, () => [gauss(), gauss(), gauss(), gauss()] as const)
  const tests = [...half, ...half.map(([x1, y1, x2, y2]) => [x1, -y1, x2, -y2] as const)]
  return Array.from({ length: angles }, (_, index) => {
    const [cos, sin] = [Math.cos((2 * Math.PI * index) / angles), Math.sin((2 * Math.PI * index) / angles)]
    const turn = (x: number, y: number): [number, number] => [
      Math.round(x * cos - y * sin),
      Math.round(x * sin + y * cos),
    ]
    return Int8Array.from(tests.flatMap(([x1, y1, x2, y2]) => [...turn(x1, y1), ...turn(x2, y2)]))
  })
})()

/** Of each pattern of the ring's 16 pixels: whether nine in a row are set. */
const nineInRow: Uint8Array = (() => {
  const table = new Uint8Array(1 << 16)
  for (let pattern = 0; pattern < table.length; pattern++) {
    let run = pattern
    for (let step = 1; step < 9; step++) run &= (pattern << step) | (pattern >>> (16 - step))
    table[pattern] = (run & 0xffff) === 0 ? 0 : 1
  }
  return table
})()

/** Sum of what the ring's pixels differ by beyond the threshold, where nine in a row all are brighter or all darker; else 0. */
function cornerScore(data: Uint8Array, at: number, ring: Int32Array, threshold: number): number {
  const centre = data[at]!
  const high = centre + threshold
  const low = centre - threshold
  let [brighter, darker] = [0, 0]
  for (let k = 0; k < 16; k++) {
    const value = data[at + ring[k]!]!
    if (value > high) brighter |= 1 << k
    else if (value < low) darker |= 1 << k
  }
  const isBright = nineInRow[brighter] === 1
  if (!isBright && nineInRow[darker] !== 1) return 0
  let score = 1
  for (let k = 0; k < 16; k++) {
    const value = data[at + ring[k]!]!
    if (isBright) score += value > high ? value - high : 0
    else score += value < low ? low - value : 0
  }
  return score
}

interface Corner {
  level: number
  x: number
  y: number
  score: number
}

/** Corners that are the best of their 3 × 3 neighbours. */
function findCorners({ width, height, data }: GrayPlane, level: number, threshold: number): Corner[] {
  const ring = Int32Array.from(ringX, (x, k) => ringY[k]! * width + x)
  const scores = new Uint16Array(width * height)
  const scored: number[] = []
  const three = 3 * width
  for (let y = margin; y < height - margin; y++) {
    for (let x = margin, at = y * width + margin; x < width - margin; x++, at++) {
      const centre = data[at]!
      const [high, low] = [centre + threshold, centre - threshold]
      // Nine in a row of sixteen hold at least one of any two that lie opposite.
      const [north, south] = [data[at - three]!, data[at + three]!]
      const bright = north > high || south > high
      const dark = north < low || south < low
      if (!bright && !dark) continue
      const [east, west] = [data[at + 3]!, data[at - 3]!]
      if (!(bright && (east > high || west > high)) && !(dark && (east < low || west < low))) continue
      const score = cornerScore(data, at, ring, threshold)
      if (score === 0) continue
      scores[at] = Math.min(65_535, score)
      scored.push(at)
    }
  }
  const corners: Corner[] = []
  for (const at of scored) {
    const score = scores[at]!
    if (scores[at - 1]! >= score || scores[at + 1]! > score) continue
    if (scores[at - width]! >= score || scores[at + width]! > score) continue
    if (scores[at - width - 1]! >= score || scores[at - width + 1]! >= score) continue
    if (scores[at + width - 1]! > score || scores[at + width + 1]! > score) continue
    const x = at % width
    corners.push({ level, x, y: (at - x) / width, score })
  }
  return corners
}

/** The best corners of each cell, so many a cell that `most` are left at the most. */
function spreadEvenly(
  corners: Corner[],
  scales: readonly number[],
  { width, height }: GrayPlane,
  most: number,
): Corner[] {
  const side = Math.max(width, height) / cellsAlong
  const columns = Math.ceil(width / side)
  const cells = new Map<number, Corner[]>()
  corners.sort((p, q) => q.score - p.score)
  for (const corner of corners) {
    const scale = scales[corner.level]!
    const cell = Math.floor((corner.y * scale) / side) * columns + Math.floor((corner.x * scale) / side)
    const list = cells.get(cell)
    if (list === undefined) cells.set(cell, [corner])
    else list.push(corner)
  }
  const kept: Corner[] = []
  for (let rank = 0; kept.length < most; rank++) {
    let more = false
    for (const list of cells.values()) {
      const corner = list[rank]
      if (corner === undefined) continue
      more = true
      if (kept.length < most) kept.push(corner)
    }
    if (!more) break
  }
  return kept
}

/** Direction from a corner to the centre of mass of the disc around it. */
function centroidAngle(data: Uint8Array, width: number, at: number): number {
  let mx = 0
  let my = 0
  for (let dy = -centroidRadius; dy <= centroidRadius; dy++) {
    const half = Math.floor(Math.sqrt(centroidRadius * centroidRadius - dy * dy))
    const row = at + dy * width
    for (let dx = -half; dx <= half; dx++) {
      const value = data[row + dx]!
      mx += dx * value
      my += dy * value
    }
  }
  return Math.atan2(my, mx)
}

function describe(data: Uint8Array, width: number, at: number, angle: number, into: Uint32Array, word: number): void {
  const turn = Math.round((angle / (2 * Math.PI)) * angles)
  const offsets = testOffsets[((turn % angles) + angles) % angles]!
  for (let w = 0; w < 8; w++) {
    let bits = 0
    for (let bit = 0; bit < 32; bit++) {
      const k = (w * 32 + bit) * 4
      const first = data[at + offsets[k + 1]! * width + offsets[k]!]!
      const second = data[at + offsets[k + 3]! * width + offsets[k + 2]!]!
      if (first < second) bits |= 1 << bit
    }
    into[word + w] = bits >>> 0
  }
}

/**
 * Corners of a picture with their descriptions ([Note: Key points]); at most `most`, fewer where there is little to see. 3 ms
 * for 320 × 213 pixels.
 */
export function findKeypoints(plane: GrayPlane, most = mostKeypoints): Keypoints {
  const levels: GrayPlane[] = []
  const scales: number[] = []
  const first = Math.max(1, Math.max(plane.width, plane.height) / longestSide)
  for (let level = 0; level < mostLevels; level++) {
    const scale = first * pyramidStep ** level
    const width = Math.round(plane.width / scale)
    const height = Math.round(plane.height / scale)
    if (Math.min(width, height) < smallestLevel) break
    const before = levels.at(-1) ?? plane
    levels.push(reducePlane(before, width, height))
    scales.push(plane.width / width)
  }
  let all: Corner[] = []
  for (const threshold of fastThresholds) {
    if (all.length < fewCorners) all = levels.flatMap((each, level) => findCorners(each, level, threshold))
  }
  const corners = spreadEvenly(all, scales, plane, most)
  const count = corners.length
  const found: Keypoints = {
    count,
    x: new Float32Array(count),
    y: new Float32Array(count),
    descriptors: new Uint32Array(8 * count),
  }
  const blurred = levels.map((): GrayPlane | null => null)
  corners.forEach((corner, k) => {
    const level = levels[corner.level]!
    const soft = (blurred[corner.level] ??= blurPlane(level))
    const at = corner.y * level.width + corner.x
    const angle = centroidAngle(level.data, level.width, at)
    const scale = scales[corner.level]!
    // A pixel's middle lies half a pixel from its corner; levels share corners, not middles.
    found.x[k] = (corner.x + 0.5) * scale - 0.5
    found.y[k] = ((corner.y + 0.5) * plane.height) / level.height - 0.5
    describe(soft.data, soft.width, at, angle, found.descriptors, 8 * k)
  })
  return found
}
