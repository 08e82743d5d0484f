/** Sums over a patch of both pictures, and with the place, counted from its middle. */
export interface PatchSums {
  n: number
  t: number
  i: number
  tt: number
  ii: number
  ti: number
  xx: number
  yy: number
  xt: number
  xi: number
  yt: number
  yi: number
}

/** No pixel yet. */
export const nothing = (): PatchSums => ({
  n: 0,
  t: 0,
  i: 0,
  tt: 0,
  ii: 0,
  ti: 0,
  xx: 0,
  yy: 0,
  xt: 0,
  xi: 0,
  yt: 0,
  yi: 0,
})

/** Pixels; right and bottom are the first ones outside. */
export type PatchBox = readonly [left: number, top: number, right: number, bottom: number]

/**
 * Sums over those pixels of a box that both show.
 *
 * @param template luma, row by row
 * @param warped luma of the other picture on the template's pixels; negative where it shows nothing
 */
export function sums(
  template: Uint8Array,
  warped: Float32Array,
  width: number,
  [left, top, right, bottom]: PatchBox,
): PatchSums {
  const total = nothing()
  const [cx, cy] = [(left + right - 1) / 2, (top + bottom - 1) / 2]
  for (let y = top; y < bottom; y++) {
    const dy = y - cy
    for (let x = left, at = y * width + left; x < right; x++, at++) {
      const w = warped[at]!
      if (w < 0) continue
      const t = template[at]!
      const dx = x - cx
      total.n++
      total.t += t
      total.i += w
      total.tt += t * t
      total.ii += w * w
      total.ti += t * w
      total.xx += dx * dx
      total.yy += dy * dy
      total.xt += dx * t
      total.xi += dx * w
      total.yt += dy * t
      total.yi += dy * w
    }
  }
  return total
}

export const variance = (sum: number, squares: number, n: number): number => Math.max(0, squares / n - (sum / n) ** 2)

/** Normalised cross-correlation, −1…1; 0 where one of the two is a single tone. */
export function correlationOf({ n, t, i, tt, ii, ti }: PatchSums): number {
  const scale = Math.sqrt(variance(t, tt, n) * variance(i, ii, n))
  return scale < 1e-6 ? 0 : Math.max(-1, Math.min(1, (ti / n - (t / n) * (i / n)) / scale))
}

/**
 * What is left of a patch when the slope of its light is taken out (every slope correlates with every other): the standard
 * deviations of both and their correlation.
 */
export function structureOf({ n, t, i, tt, ii, ti, xx, yy, xt, xi, yt, yi }: PatchSums): {
  template: number
  input: number
  correlation: number
} {
  const [perX, perY] = [1 / Math.max(1, xx), 1 / Math.max(1, yy)]
  const template = Math.max(0, tt - (t * t) / n - xt * xt * perX - yt * yt * perY) / n
  const input = Math.max(0, ii - (i * i) / n - xi * xi * perX - yi * yi * perY) / n
  const common = (ti - (t * i) / n - xt * xi * perX - yt * yi * perY) / n
  const scale = Math.sqrt(template * input)
  return {
    template: Math.sqrt(template),
    input: Math.sqrt(input),
    correlation: scale < 1e-6 ? 0 : Math.max(-1, Math.min(1, common / scale)),
  }
}

/** Adds `from` to `to`; the sums with the place stay each patch's own. */
export function add(to: PatchSums, from: PatchSums): void {
  to.n += from.n
  to.t += from.t
  to.i += from.i
  to.tt += from.tt
  to.ii += from.ii
  to.ti += from.ti
}
