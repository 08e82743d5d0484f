/** A picture's luma (Rec. 601), row by row, one byte a pixel. */
export interface GrayPlane {
  width: number
  height: number
  data: Uint8Array
}

/** For each target cell the source cells that it averages, with their weights: one axis of an area average. */
function axisWeights(from: number, to: number): { first: Int32Array; weights: Float32Array[] } {
  const first = new Int32Array(to)
  const weights: Float32Array[] = []
  for (let cell = 0; cell < to; cell++) {
    const start = (cell * from) / to
    const end = ((cell + 1) * from) / to
    const low = Math.floor(start)
    const high = Math.max(low + 1, Math.min(from, Math.ceil(end - 1e-9)))
    first[cell] = low
    weights.push(
      Float32Array.from({ length: high - low }, (_, k) => {
        const covered = Math.min(end, low + k + 1) - Math.max(start, low + k)
        return covered / (end - start)
      }),
    )
  }
  return { first, weights }
}

/** The plane reduced to `width` × `height` (neither larger than before) by area average. */
export function reducePlane(plane: GrayPlane, width: number, height: number): GrayPlane {
  if (width === plane.width && height === plane.height) return plane
  const across = axisWeights(plane.width, width)
  const down = axisWeights(plane.height, height)
  const data = new Uint8Array(width * height)
  const line = new Float32Array(plane.width)
  for (let y = 0; y < height; y++) {
    const rows = down.weights[y]!
    const top = down.first[y]!
    line.fill(0)
    for (let k = 0; k < rows.length; k++) {
      const weight = rows[k]!
      const from = (top + k) * plane.width
      for (let x = 0; x < plane.width; x++) line[x]! += weight * plane.data[from + x]!
    }
    for (let x = 0; x < width; x++) {
      const columns = across.weights[x]!
      const left = across.first[x]!
      let sum = 0
      for (let k = 0; k < columns.length; k++) sum += columns[k]! * line[left + k]!
      data[y * width + x] = sum + 0.5
    }
  }
  return { width, height, data }
}

/** Binomial blur 1-4-6-4-1 both ways, edges repeated: what tests between single pixels need against noise. */
export function blurPlane({ width, height, data }: GrayPlane): GrayPlane {
  const across = new Uint16Array(width * height)
  for (let y = 0; y < height; y++) {
    const row = y * width
    for (let x = 0; x < width; x++) {
      const l2 = data[row + Math.max(0, x - 2)]!
      const l1 = data[row + Math.max(0, x - 1)]!
      const r1 = data[row + Math.min(width - 1, x + 1)]!
      const r2 = data[row + Math.min(width - 1, x + 2)]!
      across[row + x] = l2 + r2 + 4 * (l1 + r1) + 6 * data[row + x]!
    }
  }
  const blurred = new Uint8Array(width * height)
  for (let y = 0; y < height; y++) {
    const u2 = Math.max(0, y - 2) * width
    const u1 = Math.max(0, y - 1) * width
    const row = y * width
    const d1 = Math.min(height - 1, y + 1) * width
    const d2 = Math.min(height - 1, y + 2) * width
    for (let x = 0; x < width; x++) {
      const sum = across[u2 + x]! + across[d2 + x]! + 4 * (across[u1 + x]! + across[d1 + x]!) + 6 * across[row + x]!
      blurred[row + x] = (sum + 128) >>> 8
    }
  }
  return { width, height, data: blurred }
}
