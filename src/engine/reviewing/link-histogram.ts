import type { LinkColumns } from '../catalog/links.ts'
import { perceptualFloor } from '../matching/thresholds.ts'

/** Links whose score lies in `from` (included) to `to`: bits in the perceptual tier, cosine in the AI tier. */
export interface LinkBin {
  from: number
  to: number
  links: number
}

/** Stored links by score: perceptual one bin a bit, AI bins of 0.01 from the floor up. */
export function countLinks(tier: 'perceptual' | 'ai', links: LinkColumns, similarityFloor: number): LinkBin[] {
  const bins = new Map<number, number>()
  for (let k = 0; k < links.a.length; k++) {
    const bin = tier === 'perceptual' ? (links.distance[k] ?? 0) : Math.min(99, hundredths(links.score[k] ?? 0))
    bins.set(bin, (bins.get(bin) ?? 0) + 1)
  }
  const first = tier === 'perceptual' ? 0 : hundredths(similarityFloor)
  const last = tier === 'perceptual' ? perceptualFloor : 99
  const step = tier === 'perceptual' ? 1 : 0.01
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => ({
    from: rounded((first + index) * step),
    to: rounded((first + index + 1) * step),
    links: bins.get(first + index) ?? 0,
  }))
}

/** Scores lost a little when they became 32-bit floats: 0.87 must not fall into the bin of 0.86. */
function hundredths(score: number): number {
  return Math.floor(score * 100 + 1e-5)
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}
