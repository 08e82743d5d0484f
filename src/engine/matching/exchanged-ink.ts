import type { SeenPair } from './judge-look.ts'
import { layThumbnails, type LaidThumbnails } from './lay-thumbnails.ts'
import { median } from './median.ts'
import type { PhotoLook } from './photo-look.ts'
import type { PatchBox } from './patch-sums.ts'

/** Levels from the ground's tone from which a pixel is ink; a pixel of the other picture has lost it that has less than half. */
const ink = 12
/** Levels within which two grounds are of one tone. */
const sameTone = 8
/** Share of a patch's pixels that must have lost their ink, and that must have gained some. */
const leastInk = 0.02

/**
 * Patches that differ because both pictures show the same plain ground, each with marks of its own where the other one shows
 * ground: other words on the same form, another print on the same label. What is laid over a copy covers something or adds to it;
 * it does not uncover the ground. 1 ms.
 */
export function countExchangedInk(a: PhotoLook, b: PhotoLook, pair: SeenPair): number {
  const laid = layThumbnails(a.plane, b.plane, pair)
  if (laid === null) return 0
  const { width, height } = laid.template
  return pair.look.patches.filter(({ verdict, left, top, right, bottom }) => {
    if (verdict !== 'differs') return false
    const [x0, x1] = [Math.round(left * width), Math.round(right * width)]
    const [y0, y1] = [Math.round(top * height), Math.round(bottom * height)]
    return hasExchangedInk(laid, [x0, y0, x1, y1], pair.look.exposure)
  }).length
}

function hasExchangedInk(
  { template, warped }: LaidThumbnails,
  [left, top, right, bottom]: PatchBox,
  toWarped: { gain: number; offset: number },
): boolean {
  const { width, data } = template
  const a: number[] = []
  const b: number[] = []
  for (let y = top; y < bottom; y++) {
    for (let at = y * width + left, end = y * width + right; at < end; at++) {
      if (warped[at]! < 0) continue
      a.push(toWarped.gain * data[at]! + toWarped.offset)
      b.push(warped[at]!)
    }
  }
  const [groundA, groundB] = [median(a), median(b)]
  if (Math.abs(groundA - groundB) > sameTone) return false
  let [lost, gained] = [0, 0]
  for (let k = 0; k < a.length; k++) {
    const [fromA, fromB] = [Math.abs(a[k]! - groundA), Math.abs(b[k]! - groundB)]
    if (fromA > ink && fromB < fromA / 2) lost++
    else if (fromB > ink && fromA < fromB / 2) gained++
  }
  return Math.min(lost, gained) >= leastInk * a.length
}
