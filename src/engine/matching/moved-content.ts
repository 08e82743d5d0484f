import type { PatchLook } from './compare-aligned.ts'

/**
 * [Note: Moved content]
 *
 * Something laid over a copy (a caption, a sticker) is in one of the two only. Something that moved between two shots is in both,
 * elsewhere: where one shows it, the other shows what is behind it. So each patch that differs is looked for in the other picture,
 * among the patches that differ as well.
 */

/** A picture at half the working scale. */
interface HalfPlane {
  width: number
  height: number
  data: Float32Array
}

/** Correlation from which a patch counts as found again, and standard deviation that it must have to be recognised. */
const found = 0.9
const textured = 6
/** The same thing in the same light: levels of grey by which its brightness, and share by which its contrast, may differ. */
const [mostBrighter, mostContrast] = [14, 1.3]
/** Pixels of the working scale by which it must have moved. */
const leastMove = 6
/** Patches that differ are many where two pictures are simply not the same. */
const mostPatches = 24

function halved(values: ArrayLike<number>, width: number, height: number): HalfPlane {
  const [w, h] = [width >> 1, height >> 1]
  const data = new Float32Array(w * h)
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const at = 2 * y * width + 2 * x
      const parts = [values[at]!, values[at + 1]!, values[at + width]!, values[at + width + 1]!]
      data[y * w + x] = parts.some((value) => value < 0) ? -1 : (parts[0]! + parts[1]! + parts[2]! + parts[3]!) / 4
    }
  }
  return { width: w, height: h, data }
}

interface Box {
  left: number
  top: number
  width: number
  height: number
}

function boxOf(patch: PatchLook, { width, height }: HalfPlane): Box {
  const left = Math.round(patch.left * width)
  const top = Math.round(patch.top * height)
  return { left, top, width: Math.round(patch.right * width) - left, height: Math.round(patch.bottom * height) - top }
}

/** Normalised cross-correlation of a box of `from` with the box of the same size at (x, y) of `to`; 0 where either shows too little. */
function correlationAt(from: HalfPlane, box: Box, to: HalfPlane, x: number, y: number): number {
  let [n, a, b, aa, bb, ab] = [0, 0, 0, 0, 0, 0]
  for (let dy = 0; dy < box.height; dy++) {
    for (let dx = 0; dx < box.width; dx++) {
      const p = from.data[(box.top + dy) * from.width + box.left + dx]!
      const q = to.data[(y + dy) * to.width + x + dx]!
      if (p < 0 || q < 0) return 0
      n++
      a += p
      b += q
      aa += p * p
      bb += q * q
      ab += p * q
    }
  }
  const [varianceA, varianceB] = [aa / n - (a / n) ** 2, bb / n - (b / n) ** 2]
  if (varianceA < textured * textured || varianceB < textured * textured) return 0
  if (Math.abs(a / n - b / n) > mostBrighter) return 0
  const contrast = Math.sqrt(varianceA / varianceB)
  if (contrast > mostContrast || contrast < 1 / mostContrast) return 0
  return (ab / n - (a / n) * (b / n)) / Math.sqrt(varianceA * varianceB)
}

/** Whether what `from` shows in a box stands elsewhere in `to`, where the two differ as well. */
function isElsewhere(from: HalfPlane, box: Box, to: HalfPlane, differing: readonly Box[]): boolean {
  const least = leastMove / 2
  for (const other of differing) {
    const [left, right] = [Math.max(0, other.left - box.width / 2), other.left + other.width - box.width / 2]
    const [top, bottom] = [Math.max(0, other.top - box.height / 2), other.top + other.height - box.height / 2]
    for (let y = Math.floor(top); y <= bottom && y + box.height <= to.height; y++) {
      for (let x = Math.floor(left); x <= right && x + box.width <= to.width; x++) {
        if (Math.abs(x - box.left) < least && Math.abs(y - box.top) < least) continue
        if (correlationAt(from, box, to, x, y) >= found) return true
      }
    }
  }
  return false
}

/**
 * Whether something stands at another place in the second picture ([Note: Moved content]): the two are shots, not copies. At most
 * some milliseconds, and only where patches differ.
 *
 * @param template luma of the one, row by row
 * @param warped luma of the other, laid on it; negative where it shows nothing
 */
export function hasMovedContent(
  template: ArrayLike<number>,
  warped: ArrayLike<number>,
  { width, height }: { width: number; height: number },
  patches: readonly PatchLook[],
): boolean {
  const differing = patches.filter(({ verdict, correlation }) => verdict === 'differs' && correlation < 0.5)
  if (differing.length === 0 || differing.length > mostPatches) return false
  const [first, second] = [halved(template, width, height), halved(warped, width, height)]
  const boxes = differing.map((patch) => boxOf(patch, first)).filter((box) => box.width >= 4 && box.height >= 4)
  return boxes.some((box) => isElsewhere(first, box, second, boxes) || isElsewhere(second, box, first, boxes))
}
