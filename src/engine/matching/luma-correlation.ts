import { lumaSide } from './confirm.ts'
import { orientationCount, orientationMap } from './orientation.ts'

const maps = Array.from({ length: orientationCount }, (_, index) => orientationMap(lumaSide, index))
const cells = lumaSide * lumaSide

/**
 * At which of the eight orientations b lies best on a, by the normalised cross-correlation of their 32 × 32 luma: 0 where one
 * of them is a single tone. About 10 µs.
 */
export function lumaCorrelations(a: Uint8Array, b: Uint8Array): { orientation: number; best: number } {
  let [sumA, sumB, squaresA, squaresB] = [0, 0, 0, 0]
  for (let at = 0; at < cells; at++) {
    sumA += a[at]!
    sumB += b[at]!
    squaresA += a[at]! * a[at]!
    squaresB += b[at]! * b[at]!
  }
  const scale = Math.sqrt((squaresA - (sumA * sumA) / cells) * (squaresB - (sumB * sumB) / cells))
  if (scale < 1) return { orientation: 0, best: 0 }
  let best = -1
  let orientation = 0
  maps.forEach((map, index) => {
    let product = 0
    for (let at = 0; at < cells; at++) product += a[at]! * b[map[at]!]!
    const correlation = (product - (sumA * sumB) / cells) / scale
    // An upright photo is the likelier one where two orientations are as good.
    if (correlation > best + 1e-3) {
      best = correlation
      orientation = index
    }
  })
  return { orientation, best }
}
