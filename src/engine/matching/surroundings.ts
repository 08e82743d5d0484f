import type { Frame } from '../../shared/domain/frame.ts'
import type { GrayPlane } from './gray-plane.ts'
import { median } from './median.ts'
import { describeThresholds as thresholds } from './thresholds.ts'

interface Strip {
  /** Lines along this side of the box, from the box outwards. */
  lines: number[][]
  /** Values just inside the box along this side. */
  edge: number[]
}

function strips({ width, height, data }: GrayPlane, box: Frame): Strip[] {
  const left = Math.max(0, Math.round(box.left * width))
  const right = Math.min(width, Math.round(box.right * width))
  const top = Math.max(0, Math.round(box.top * height))
  const bottom = Math.min(height, Math.round(box.bottom * height))
  const row = (y: number, from: number, to: number): number[] =>
    Array.from({ length: Math.max(0, to - from) }, (_, k) => data[y * width + from + k]!)
  const column = (x: number, from: number, to: number): number[] =>
    Array.from({ length: Math.max(0, to - from) }, (_, k) => data[(from + k) * width + x]!)
  /** From `first` on, `step` at a time, while there are lines. */
  const outwards = (first: number, step: 1 | -1, end: number, line: (at: number) => number[]): number[][] =>
    Array.from({ length: Math.max(0, (end - first) * step) }, (_, k) => line(first + k * step))
  const inside = (at: number, limit: number): number => Math.max(0, Math.min(limit - 1, at))
  // A pixel on the edge is a mixture of both sides.
  return [
    {
      lines: outwards(top - 2, -1, -1, (y) => row(y, 0, width)),
      edge: row(inside(top + 1, height), left + 1, right - 1),
    },
    {
      lines: outwards(bottom + 1, 1, height, (y) => row(y, 0, width)),
      edge: row(inside(bottom - 2, height), left + 1, right - 1),
    },
    {
      lines: outwards(left - 2, -1, -1, (x) => column(x, top, bottom)),
      edge: column(inside(left + 1, width), top + 1, bottom - 1),
    },
    {
      lines: outwards(right + 1, 1, width, (x) => column(x, top, bottom)),
      edge: column(inside(right - 2, width), top + 1, bottom - 1),
    },
  ].filter(({ lines, edge }) => lines.length > 0 && lines.length * lines[0]!.length >= 24 && edge.length >= 8)
}

/** Whether a line is of one tone: a border may have lines along it, a picture has structure across it. */
function isCalm(line: readonly number[]): boolean {
  const tone = median(line)
  const near = line.filter((value) => Math.abs(value - tone) <= thresholds.borderTolerance).length
  return near >= thresholds.leastCalmLine * line.length
}

/**
 * Whether what lies around a box of a picture is a border: lines of one tone each along every side, with the picture ending at a hard edge.
 * Around a crop there is more of the picture; where that is one tone too (a clear sky), it goes on without an edge. False where
 * nothing lies around the box.
 */
export function isBorderAround(plane: GrayPlane, box: Frame): boolean {
  const around = strips(plane, box)
  if (around.length === 0) return false
  let [edges, apart] = [0, 0]
  for (const { lines, edge } of around) {
    if (lines.filter(isCalm).length < thresholds.leastCalmBorder * lines.length) return false
    const tone = median(lines[0]!)
    edges += edge.length
    apart += edge.filter((value) => Math.abs(value - tone) > thresholds.borderTolerance).length
  }
  return apart >= thresholds.leastHardEdge * edges
}
