import type { LumaPicture } from '../../shared/domain/look-pixels.ts'

export type GrayPlane = LumaPicture

/** For each target cell the source cells that it averages, with their weights (`taps` a cell, the unused ones 0): one axis of an area average. */
function axisWeights(from: number, to: number): { first: Int32Array; taps: number; weights: Float32Array } {
  const taps = Math.min(from, Math.ceil(from / to) + 1)
  const first = new Int32Array(to)
  const weights = new Float32Array(to * taps)
  for (let cell = 0; cell < to; cell++) {
    const start = (cell * from) / to
    const end = ((cell + 1) * from) / to
    const low = Math.min(Math.floor(start), from - taps)
    first[cell] = low
    for (let k = 0; k < taps; k++) {
      const covered = Math.min(end, low + k + 1) - Math.max(start, low + k)
      weights[cell * taps + k] = Math.max(0, covered) / (end - start)
    }
  }
  return { first, taps, weights }
}

/** The plane reduced to `width` × `height` (neither larger than before) by area average. */
export function reducePlane(plane: GrayPlane, width: number, height: number): GrayPlane {
  if (width === plane.width && height === plane.height) return plane
  const { data: source, width: wide } = plane
  const across = axisWeights(wide, width)
  const down = axisWeights(plane.height, height)
  const data = new Uint8Array(width * height)
  const line = new Float32Array(wide)
  for (let y = 0; y < height; y++) {
    line.fill(0)
    for (let k = 0; k < down.taps; k++) {
      const weight = down.weights[y * down.taps + k]!
      if (weight === 0) continue
      const from = (down.first[y]! + k) * wide
      for (let x = 0; x < wide; x++) line[x]! += weight * source[from + x]!
    }
    for (let x = 0, tap = 0; x < width; x++) {
      const left = across.first[x]!
      let sum = 0.5
      for (let k = 0; k < across.taps; k++) sum += across.weights[tap++]! * line[left + k]!
      data[y * width + x] = sum
    }
  }
  return { width, height, data }
}

/** Binomial blur 1-4-6-4-1 both ways, edges repeated: what tests between single pixels need against noise. */
export function blurPlane({ width, height, data }: GrayPlane): GrayPlane {
  const across = new Uint16Array(width * height)
  for (let y = 0; y < height; y++) {
    const row = y * width
    const last = row + width - 1
    let [l2, l1, at, r1] = [data[row]!, data[row]!, data[row]!, data[Math.min(last, row + 1)]!]
    for (let x = 0; x < width; x++) {
      const r2 = data[row + x + 2 <= last ? row + x + 2 : last]!
      across[row + x] = l2 + r2 + 4 * (l1 + r1) + 6 * at
      l2 = l1
      l1 = at
      at = r1
      r1 = r2
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
