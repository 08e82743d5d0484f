/**
 * [Note: Frame search]
 *
 * An embedding says that two pictures look alike; it says so of crops, but also of text pages and of neighbouring scenes. So
 * an AI link counts only when one picture is found inside the other: the smaller frame is laid over the larger one at every
 * size from 9/16 of its sides up and at every place, and the normalised cross-correlation (blind to brightness and contrast)
 * of the best fit decides. First on 16 × 16 cells, then, near the best places, on 32 × 32. Sides scale each on their own,
 * because the luma squares do not keep the aspect ratio, and a crop may change it.
 */
export interface FrameMatch {
  /** Normalised cross-correlation of the best fit, −1…1; 0 where a picture shows nothing. */
  correlation: number
  /** Whether `a` lies inside `b` or the other way round. */
  inner: 'a' | 'b'
  /** Where the inner frame lies in the outer one, shares of its sides. */
  left: number
  top: number
  width: number
  height: number
}

const fine = 32
const coarse = 16
/** Cells of the smallest frame looked for, of 16: a crop that kept less than 9/16 of a side is out of reach. */
const smallestSide = 9
/** Cells by which the two sides' scales may differ, of 16. */
const mostStretch = 5
/** Below this on 16 × 16 cells a closer look never reached a threshold. */
const hopeless = 0.7
/** Places looked at more closely. */
const closerLooks = 3
/** Variance a cell under which a window shows nothing to compare. */
const leastVariance = 1

interface Place {
  correlation: number
  width: number
  height: number
  left: number
  top: number
}

/** A square of luma with sums over any rectangle at hand. */
class Plane {
  readonly side: number
  readonly cells: Float64Array
  readonly #sums: Float64Array
  readonly #squares: Float64Array

  constructor(cells: Float64Array, side: number) {
    this.side = side
    this.cells = cells
    const stride = side + 1
    this.#sums = new Float64Array(stride * stride)
    this.#squares = new Float64Array(stride * stride)
    for (let y = 0; y < side; y++) {
      let sum = 0
      let squares = 0
      for (let x = 0; x < side; x++) {
        const value = cells[y * side + x]!
        sum += value
        squares += value * value
        this.#sums[(y + 1) * stride + x + 1] = this.#sums[y * stride + x + 1]! + sum
        this.#squares[(y + 1) * stride + x + 1] = this.#squares[y * stride + x + 1]! + squares
      }
    }
  }

  sum(left: number, top: number, width: number, height: number): number {
    return boxSum(this.#sums, this.side + 1, left, top, width, height)
  }

  squares(left: number, top: number, width: number, height: number): number {
    return boxSum(this.#squares, this.side + 1, left, top, width, height)
  }
}

function boxSum(table: Float64Array, stride: number, left: number, top: number, width: number, height: number): number {
  const above = top * stride + left
  const below = (top + height) * stride + left
  return table[below + width]! - table[below]! - table[above + width]! + table[above]!
}

/** One axis of an area average: reduces `from` lines of `length` cells each to `to` cells. */
function averageLines(source: Float64Array, lines: number, from: number, to: number): Float64Array {
  const result = new Float64Array(lines * to)
  for (let x = 0; x < to; x++) {
    const start = (x * from) / to
    const end = ((x + 1) * from) / to
    for (let i = Math.floor(start); i < Math.ceil(end - 1e-9); i++) {
      const share = (Math.min(end, i + 1) - Math.max(start, i)) / (end - start)
      for (let line = 0; line < lines; line++) result[line * to + x]! += source[line * from + i]! * share
    }
  }
  return result
}

function transposed(source: Float64Array, rows: number, columns: number): Float64Array {
  const result = new Float64Array(source.length)
  for (let y = 0; y < rows; y++) for (let x = 0; x < columns; x++) result[x * rows + y] = source[y * columns + x]!
  return result
}

/** The 32 × 32 square reduced to width × height cells by area. */
function shrink(cells: Float64Array, width: number, height: number): Float64Array {
  const narrow = averageLines(cells, fine, fine, width)
  return transposed(averageLines(transposed(narrow, fine, width), width, fine, height), width, height)
}

/** A frame made small, with what correlation needs of it. */
interface Frame {
  cells: Float64Array
  width: number
  height: number
  sum: number
  variance: number
}

function frameOf(luma: Float64Array, width: number, height: number): Frame {
  const cells = shrink(luma, width, height)
  let sum = 0
  let squares = 0
  for (const value of cells) {
    sum += value
    squares += value * value
  }
  return { cells, width, height, sum, variance: squares - (sum * sum) / cells.length }
}

function correlationAt(frame: Frame, plane: Plane, left: number, top: number): number {
  const { cells, width, height } = frame
  const n = width * height
  const sum = plane.sum(left, top, width, height)
  const variance = plane.squares(left, top, width, height) - (sum * sum) / n
  if (variance < n * leastVariance || frame.variance < n * leastVariance) return 0
  let product = 0
  for (let y = 0; y < height; y++) {
    const row = (top + y) * plane.side + left
    for (let x = 0, at = y * width; x < width; x++, at++) product += cells[at]! * plane.cells[row + x]!
  }
  return (product - (frame.sum * sum) / n) / Math.sqrt(variance * frame.variance)
}

/** The best places of one size, added to `best`, which keeps the `closerLooks` best in order. */
function searchSize(frame: Frame, plane: Plane, best: Place[]): void {
  for (let top = 0; top + frame.height <= plane.side; top++) {
    for (let left = 0; left + frame.width <= plane.side; left++) {
      const correlation = correlationAt(frame, plane, left, top)
      if (best.length === closerLooks && correlation <= best[closerLooks - 1]!.correlation) continue
      best.push({ correlation, width: frame.width, height: frame.height, left, top })
      best.sort((p, q) => q.correlation - p.correlation)
      best.length = Math.min(best.length, closerLooks)
    }
  }
}

/** Looks near a place of the coarse search on 32 × 32 cells. */
function lookCloser(place: Place, inner: Float64Array, outer: Plane, best: Place): Place {
  let found = best
  for (let width = 2 * place.width - 1; width <= Math.min(fine, 2 * place.width + 1); width++) {
    for (let height = 2 * place.height - 1; height <= Math.min(fine, 2 * place.height + 1); height++) {
      const frame = frameOf(inner, width, height)
      for (let top = Math.max(0, 2 * place.top - 1); top <= Math.min(fine - height, 2 * place.top + 2); top++) {
        for (let left = Math.max(0, 2 * place.left - 1); left <= Math.min(fine - width, 2 * place.left + 2); left++) {
          const correlation = correlationAt(frame, outer, left, top)
          if (correlation > found.correlation) found = { correlation, width, height, left, top }
        }
      }
    }
  }
  return found
}

/** A picture made ready for any number of searches; about 100 KB. */
export interface SearchablePicture {
  luma: Float64Array
  fine: Plane
  coarse: Plane
  /** The whole picture at every coarse size that is looked for. */
  frames: readonly Frame[]
}

/**
 * Prepares a picture for `findFrame`.
 *
 * @param bytes 32 × 32 luma, 1,024 bytes, row by row
 */
export function makeSearchable(bytes: Uint8Array): SearchablePicture {
  const luma = Float64Array.from(bytes)
  const frames: Frame[] = []
  for (let width = smallestSide; width <= coarse; width++) {
    for (let height = smallestSide; height <= coarse; height++) {
      if (Math.abs(width - height) <= mostStretch) frames.push(frameOf(luma, width, height))
    }
  }
  return { luma, fine: new Plane(luma, fine), coarse: new Plane(shrink(luma, coarse, coarse), coarse), frames }
}

function searchInside(inner: SearchablePicture, outer: SearchablePicture): Place {
  const best: Place[] = []
  for (const frame of inner.frames) searchSize(frame, outer.coarse, best)
  let found: Place = { correlation: 0, width: fine, height: fine, left: 0, top: 0 }
  for (const place of best) {
    if (place.correlation >= hopeless) found = lookCloser(place, inner.luma, outer.fine, found)
  }
  return found
}

/** Looks for either picture inside the other (see [Note: Frame search]). One to two milliseconds. */
export function findFrame(a: SearchablePicture, b: SearchablePicture): FrameMatch {
  const [aInB, bInA] = [searchInside(a, b), searchInside(b, a)]
  const inner = aInB.correlation >= bInA.correlation ? 'a' : 'b'
  const { correlation, left, top, width, height } = inner === 'a' ? aInB : bInA
  return { correlation, inner, left: left / fine, top: top / fine, width: width / fine, height: height / fine }
}
