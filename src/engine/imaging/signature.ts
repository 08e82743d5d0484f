import type { PerceptualSignature } from '../../shared/domain/signature.ts'

/** One byte of brightness a pixel, rows from the top. */
export interface LumaPlane {
  data: Uint8Array
  width: number
  height: number
}

/** Luma of RGB bytes, Rec. 601 weights in 16-bit fixed point (they sum to 65,536). */
export function lumaOf(rgb: Uint8Array, width: number, height: number): LumaPlane {
  const data = new Uint8Array(width * height)
  for (let i = 0, j = 0; i < data.length; i++, j += 3) {
    data[i] = (19_595 * (rgb[j] ?? 0) + 38_470 * (rgb[j + 1] ?? 0) + 7_471 * (rgb[j + 2] ?? 0) + 32_768) >> 16
  }
  return { data, width, height }
}

/**
 * How an axis of `size` pixels is cut into `cells`: cell c holds the whole pixels from `start[c]` to before `end[c]`, and
 * `cut[c]` (0 up to 1) of the pixel after them, whose rest belongs to the next cell.
 */
function cutAxis(size: number, cells: number): { start: Int32Array; end: Int32Array; cut: Float64Array } {
  const start = new Int32Array(cells)
  const end = new Int32Array(cells)
  const cut = new Float64Array(cells)
  for (let c = 0; c < cells; c++) {
    const edge = (c + 1) * size
    end[c] = Math.floor(edge / cells)
    cut[c] = (edge % cells) / cells
    if (c + 1 < cells) start[c + 1] = end[c]! + (cut[c]! > 0 ? 1 : 0)
  }
  return { start, end, cut }
}

/** Mean of each cell of a `columns` × `rows` grid laid over the whole plane; pixels on a line count for both cells in part. */
export function areaAverage(plane: LumaPlane, columns: number, rows: number): Float64Array {
  // With less than a pixel a cell, repeat pixels first: then no pixel lies in more than two cells.
  const { data, width, height } = plane.width < columns || plane.height < rows ? enlarge(plane, columns, rows) : plane
  const across = cutAxis(width, columns)
  const down = cutAxis(height, rows)
  const sums = new Float64Array(columns * rows)
  const line = new Float64Array(columns)
  const sumLine = (from: number): void => {
    let rest = 0
    for (let c = 0; c < columns; c++) {
      const stop = from + across.end[c]!
      let sum = 0
      for (let i = from + across.start[c]!; i < stop; i++) sum += data[i]!
      const edge = across.cut[c]! > 0 ? data[stop]! : 0
      line[c] = rest + sum + edge * across.cut[c]!
      rest = edge * (1 - across.cut[c]!)
    }
  }
  const addLine = (row: number, share: number): void => {
    for (let c = 0; c < columns; c++) sums[row * columns + c]! += line[c]! * share
  }
  for (let row = 0; row < rows; row++) {
    for (let y = down.start[row]!; y < down.end[row]!; y++) {
      sumLine(y * width)
      addLine(row, 1)
    }
    if (down.cut[row]! > 0) {
      sumLine(down.end[row]! * width)
      addLine(row, down.cut[row]!)
      addLine(row + 1, 1 - down.cut[row]!)
    }
  }
  const area = (width / columns) * (height / rows)
  // `map` and `from` would make an object of each number.
  for (let c = 0; c < sums.length; c++) sums[c]! /= area
  return sums
}

function enlarge(plane: LumaPlane, columns: number, rows: number): LumaPlane {
  const sx = Math.ceil(columns / plane.width)
  const sy = Math.ceil(rows / plane.height)
  const width = plane.width * sx
  const height = plane.height * sy
  const data = new Uint8Array(width * height)
  for (let y = 0; y < height; y++) {
    const from = Math.floor(y / sy) * plane.width
    for (let x = 0; x < width; x++) data[y * width + x] = plane.data[from + Math.floor(x / sx)]!
  }
  return { data, width, height }
}

const side = 32
/** cos((2x + 1) u π / 64) for the 8 lowest frequencies u, as cosines[u · 32 + x]. */
const cosines = Float64Array.from({ length: 8 * side }, (_, i) =>
  Math.cos(((2 * (i % side) + 1) * Math.floor(i / side) * Math.PI) / (2 * side)),
)

/** pHash of [Note: Perceptual signature] from 32 × 32 luma. 8 bytes. */
export function pHashOf(luma: Uint8Array): Uint8Array {
  const partial = new Float64Array(8 * side) // [u · 32 + y]: rows transformed along x
  for (let u = 0; u < 8; u++) {
    for (let y = 0; y < side; y++) {
      let sum = 0
      for (let x = 0; x < side; x++) sum += luma[y * side + x]! * cosines[u * side + x]!
      partial[u * side + y] = sum
    }
  }
  const hash = new Uint8Array(8)
  for (let v = 0; v < 8; v++) {
    for (let u = 0; u < 8; u++) {
      if (u === 0 && v === 0) continue
      let sum = 0
      for (let y = 0; y < side; y++) sum += partial[u * side + y]! * cosines[v * side + y]!
      // Rounding noise on a flat picture must not become bits.
      if (sum > 1e-6) hash[v]! |= 1 << u
    }
  }
  return hash
}

/** Bit 8·row + column is 1 when `a(row, column)` is brighter than `b(row, column)`. */
function compareCells(
  a: (row: number, column: number) => number,
  b: (row: number, column: number) => number,
): Uint8Array {
  const hash = new Uint8Array(8)
  for (let row = 0; row < 8; row++) {
    for (let column = 0; column < 8; column++) {
      if (a(row, column) > b(row, column) + 1e-6) hash[row]! |= 1 << column
    }
  }
  return hash
}

/** All of [Note: Perceptual signature] from the luma of the oriented picture at thumbnail size or larger. */
export function computeSignature(plane: LumaPlane): PerceptualSignature {
  const cells = areaAverage(plane, side, side)
  const luma = new Uint8Array(cells.length)
  for (let c = 0; c < luma.length; c++) luma[c] = Math.round(cells[c]!)
  const wide = areaAverage(plane, 9, 8)
  const tall = areaAverage(plane, 8, 9)
  return {
    pHash: pHashOf(luma),
    rowHash: compareCells(
      (row, column) => wide[row * 9 + column]!,
      (row, column) => wide[row * 9 + column + 1]!,
    ),
    columnHash: compareCells(
      (row, column) => tall[row * 8 + column]!,
      (row, column) => tall[(row + 1) * 8 + column]!,
    ),
    luma,
  }
}
