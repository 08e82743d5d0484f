import { wholeFrame, type Frame } from './frame.ts'
import type { LumaPicture } from './look-pixels.ts'

/** Levels of grey within which a pixel counts as background. */
const backgroundTolerance = 10
/** Share of a border's outermost line that may be something else (compression, rounded corners), and of the lines within: a clock, icons. */
const [mostOutside, mostWithin] = [0.04, 0.3]
/** Share of the picture's first line that is not background, and the levels of grey by which it differs on average. */
const [leastContent, leastStep] = [0.5, 14]
/** Levels of grey by which the background itself may waver: a border is flat, a sky or a wall is not. */
const mostCalm = 3
/** Lines further in, where the picture must still be there. */
const edgeLines = 2
/** A border may take this much of a side. */
const deepest = 0.46

/** Lines of a side from the outside in: `at(k, i)` is pixel i of line k. */
interface Side {
  lines: number
  length: number
  at: (line: number, pixel: number) => number
}

/** Level of grey that most pixels of the line lie near. */
function backgroundOf({ length, at }: Side): number {
  const counts = new Uint32Array(256)
  for (let i = 0; i < length; i++) counts[at(0, i)]!++
  let seen = 0
  for (let level = 0; level < 256; level++) {
    seen += counts[level]!
    if (2 * seen >= length) return level
  }
  return 255
}

/** How a line looks against the background: share of foreign pixels, mean difference of all pixels and of those that are not foreign. */
function lookAtLine(
  { length, at }: Side,
  line: number,
  background: number,
): { foreign: number; mean: number; calm: number } {
  let foreign = 0
  let all = 0
  let calm = 0
  for (let i = 0; i < length; i++) {
    const difference = Math.abs(at(line, i) - background)
    all += difference
    if (difference > backgroundTolerance) foreign++
    else calm += difference
  }
  return { foreign: foreign / length, mean: all / length, calm: foreign < length ? calm / (length - foreign) : 0 }
}

/** Lines of flat border before the picture begins with a hard edge; 0 where there is none. */
function borderDepth(side: Side): number {
  const background = backgroundOf(side)
  const end = Math.min(side.lines, Math.floor(side.lines * deepest) + edgeLines)
  let within = 0
  for (let line = 0; line < end; line++) {
    const { foreign, mean, calm } = lookAtLine(side, line, background)
    if (foreign >= leastContent && mean >= leastStep) {
      const inside = Math.min(line + edgeLines, side.lines - 1)
      const next = lookAtLine(side, inside, background)
      // The line on the edge is a mixture of both; a soft passage is one for many lines.
      if (line === 0 || next.foreign < leastContent || within / line > mostWithin) return 0
      return line
    }
    if (line === 0 && foreign > mostOutside) return 0
    if (line > 0 && foreign > mostWithin && line + 1 < end) {
      const after = lookAtLine(side, line + 1, background)
      if (after.foreign >= leastContent && after.mean >= leastStep && within / line <= mostWithin) return line
    }
    if (calm > mostCalm) return 0
    within += foreign
  }
  return 0
}

/**
 * Where the picture lies that flat borders, bars or the frame of a phone's screen surround: from where each side's even
 * background ends with a hard edge. The whole frame where there is no border. Bars may hold small things (a clock, icons).
 *
 * @param plane luma of the picture; some hundred pixels a side are enough
 */
export function findFlatBorders({ width, height, data }: LumaPicture): Frame {
  if (width < 24 || height < 24) return wholeFrame
  const top = borderDepth({ lines: height, length: width, at: (line, i) => data[line * width + i]! })
  const bottom = borderDepth({ lines: height, length: width, at: (line, i) => data[(height - 1 - line) * width + i]! })
  const rows = height - top - bottom
  if (rows < 12) return wholeFrame
  const column = (x: (line: number) => number): Side => ({
    lines: width,
    length: rows,
    at: (line, i) => data[(top + i) * width + x(line)]!,
  })
  const left = borderDepth(column((line) => line))
  const right = borderDepth(column((line) => width - 1 - line))
  if (width - left - right < 12) return wholeFrame
  return { left: left / width, top: top / height, right: 1 - right / width, bottom: 1 - bottom / height }
}
