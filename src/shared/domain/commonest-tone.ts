/**
 * The tone that most pixels are near.
 *
 * @param counts pixels of each level, 256 of them
 * @param tolerance levels to both sides that count as near
 */
export function commonestTone(counts: Uint32Array, tolerance: number): { level: number; pixels: number } {
  let best = { level: 0, pixels: 0 }
  let pixels = 0
  for (let end = 0; end < counts.length + tolerance; end++) {
    pixels += (counts[end] ?? 0) - (counts[end - 2 * tolerance - 1] ?? 0)
    if (pixels > best.pixels) best = { level: Math.max(0, end - tolerance), pixels }
  }
  return best
}
