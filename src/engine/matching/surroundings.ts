import type { Frame } from '../../shared/domain/frame.ts'
import type { GrayPlane } from './gray-plane.ts'
import { describeThresholds as thresholds } from './thresholds.ts'

/** Level of grey that most of these values lie near. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((p, q) => p - q)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

interface Strip {
  outside: number[]
  /** Values just inside the box along this side. */
  edge: number[]
}

function strips({ width, height, data }: GrayPlane, box: Frame): Strip[] {
  const left = Math.max(0, Math.round(box.left * width))
  const right = Math.min(width, Math.round(box.right * width))
  const top = Math.max(0, Math.round(box.top * height))
  const bottom = Math.min(height, Math.round(box.bottom * height))
  const part = (x0: number, y0: number, x1: number, y1: number): number[] => {
    const values: number[] = []
    for (let y = Math.max(0, y0); y < Math.min(height, y1); y++) {
      for (let x = Math.max(0, x0); x < Math.min(width, x1); x++) values.push(data[y * width + x]!)
    }
    return values
  }
  // A pixel on the edge is a mixture of both sides.
  return [
    { outside: part(0, 0, width, top - 1), edge: part(left + 1, top + 1, right - 1, top + 2) },
    { outside: part(0, bottom + 1, width, height), edge: part(left + 1, bottom - 2, right - 1, bottom - 1) },
    { outside: part(0, top, left - 1, bottom), edge: part(left + 1, top + 1, left + 2, bottom - 1) },
    { outside: part(right + 1, top, width, bottom), edge: part(right - 2, top + 1, right - 1, bottom - 1) },
  ].filter(({ outside, edge }) => outside.length >= 24 && edge.length >= 8)
}

/**
 * Whether what lies around a box of a picture is a border: one tone on each side, with the picture ending at a hard edge.
 * Around a crop there is more of the picture; where that is one tone too (a clear sky), it goes on without an edge. False where
 * nothing lies around the box.
 */
export function isBorderAround(plane: GrayPlane, box: Frame): boolean {
  const around = strips(plane, box)
  if (around.length === 0) return false
  let [edges, apart] = [0, 0]
  for (const { outside, edge } of around) {
    const tone = median(outside)
    const calm = outside.filter((value) => Math.abs(value - tone) <= thresholds.borderTolerance).length
    if (calm < thresholds.leastCalmBorder * outside.length) return false
    edges += edge.length
    apart += edge.filter((value) => Math.abs(value - tone) > thresholds.borderTolerance).length
  }
  return apart >= thresholds.leastHardEdge * edges
}
