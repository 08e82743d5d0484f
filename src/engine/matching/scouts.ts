import type { Keypoints } from './keypoints.ts'
import { mapsByCorners } from './maps-by-corners.ts'
import { sharedCorners } from './thresholds.ts'

/**
 * [Note: Scouts]
 *
 * The best corners of each part of a photo, few enough to be kept for every photo of a library: 34 bytes a corner. They serve
 * twice. Photos that have corners in common are candidates, whatever a model makes of them (see `findByCorners`). And a pair that a model
 * finds alike need not be looked at where hardly any scout of one finds its like in the other at a place that fits.
 */
const header = 4
const perPlace = 2
const perDescription = 32

/** Layout: width and height of the plane (16 bits each), places (8 bits across, 8 down, of the sides), descriptions (32 bytes each). */
export function packScouts(
  { count, x, y, descriptors }: Keypoints,
  plane: { width: number; height: number },
): Uint8Array {
  const kept = Math.min(count, sharedCorners.scouts)
  const packed = new Uint8Array(header + kept * (perPlace + perDescription))
  const view = new DataView(packed.buffer)
  view.setUint16(0, plane.width, true)
  view.setUint16(2, plane.height, true)
  for (let k = 0; k < kept; k++) {
    packed[header + 2 * k] = Math.round((255 * x[k]!) / plane.width)
    packed[header + 2 * k + 1] = Math.round((255 * y[k]!) / plane.height)
  }
  // Every computer that Twinlens runs on is little-endian, as the layout is.
  packed.set(
    new Uint8Array(descriptors.buffer, descriptors.byteOffset, kept * perDescription),
    header + kept * perPlace,
  )
  return packed
}

/** Corners as they were packed, places to 1/255 of the sides. */
export function unpackScouts(packed: Uint8Array): Keypoints {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength)
  const count = Math.floor((packed.length - header) / (perPlace + perDescription))
  const [width, height] = [view.getUint16(0, true), view.getUint16(2, true)]
  // A copy begins at a multiple of four.
  const from = packed.byteOffset + header + count * perPlace
  const descriptors = new Uint32Array(packed.buffer.slice(from, from + count * perDescription))
  const place = (offset: number, side: number): Float32Array =>
    Float32Array.from({ length: count }, (_, k) => (packed[header + 2 * k + offset]! * side) / 255)
  return { count, x: place(0, width), y: place(1, height), descriptors }
}

/**
 * Whether one photo may show something of the other one by their scouts: enough of them agree on how it lies there, or one
 * has too few to tell. 0.2 ms.
 */
export function scoutsAgree(a: Keypoints, b: Keypoints): boolean {
  if (Math.min(a.count, b.count) < sharedCorners.fewScouts) return true
  return !mapsByCorners(a, b, sharedCorners.leastAgreeing).next().done
}
