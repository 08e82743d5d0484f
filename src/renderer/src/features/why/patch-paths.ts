import type { LookPatch } from '../../../../shared/contract/groups.ts'

type Verdict = LookPatch['verdict']

/** Room between the frames of neighbours, as a share of a patch. */
const inset = 0.06

interface Box {
  left: number
  top: number
  width: number
  height: number
}

function boxOf(patch: LookPatch, width: number, height: number): Box {
  const [w, h] = [(patch.right - patch.left) * width, (patch.bottom - patch.top) * height]
  return {
    left: patch.left * width + inset * w,
    top: patch.top * height + inset * h,
    width: w * (1 - 2 * inset),
    height: h * (1 - 2 * inset),
  }
}

const n = (value: number): string => value.toFixed(1)
const frame = ({ left, top, width, height }: Box): string =>
  `M${n(left)} ${n(top)}h${n(width)}v${n(height)}h${n(-width)}z`

/** A mark for each verdict, told apart by its shape: a tick, a cross in a frame, a dot. */
const shapes: Record<Verdict, (box: Box) => string> = {
  agrees: (box) => {
    const size = Math.min(box.width, box.height) * 0.3
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2]
    return `M${n(x - size / 2)} ${n(y)}l${n(size * 0.35)} ${n(size * 0.4)}l${n(size * 0.65)} ${n(-size * 0.8)}`
  },
  differs: (box) => {
    const { left, top, width, height } = box
    return `${frame(box)}M${n(left)} ${n(top)}l${n(width)} ${n(height)}M${n(left + width)} ${n(top)}l${n(-width)} ${n(height)}`
  },
  plain: ({ left, top, width, height }) => `M${n(left + width / 2)} ${n(top + height / 2)}h0.01`,
}

/** SVG path data of the marks of each verdict, and of faint frames of what agrees, in pixels of a picture of this size. */
export function patchPaths(
  patches: readonly LookPatch[],
  width: number,
  height: number,
): Record<Verdict | 'frames', string> {
  const of = (verdict: Verdict): string =>
    patches
      .filter((patch) => patch.verdict === verdict)
      .map((patch) => shapes[verdict](boxOf(patch, width, height)))
      .join('')
  const agreeing = patches.filter(({ verdict }) => verdict === 'agrees')
  const frames = agreeing.map((patch) => frame(boxOf(patch, width, height))).join('')
  return { agrees: of('agrees'), differs: of('differs'), plain: of('plain'), frames }
}
