import { formatPlural } from '../../lib/format.ts'

export interface HistogramBin {
  from: number
  to: number
  links: number
}

interface ThresholdScale {
  label: string
  min: number
  max: number
  step: number
  ends: readonly [string, string]
  describe(value: number): string
  /** Whether links of a bin that starts here are grouped at a threshold. */
  groups(binFrom: number, value: number): boolean
}

const perceptual: ThresholdScale = {
  label: 'Most bits that may differ',
  min: 0,
  max: 10,
  step: 1,
  ends: ['0 bits: only the same picture', '10 bits: alike'],
  describe: (value) => (value === 0 ? 'No bit may differ' : `Up to ${formatPlural(value, 'bit', 'bits')} may differ`),
  groups: (from, value) => from <= value,
}

/** The slider of a tier. Similarities count in steps of 0.01 down to the floor that the model in use stores links to. */
export function thresholdScale(tier: 'perceptual' | 'ai', similarityFloor: number): ThresholdScale {
  if (tier === 'perceptual') return perceptual
  const digits = (value: number): string =>
    new Intl.NumberFormat(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(value)
  return {
    label: 'Lowest similarity',
    min: Math.round(similarityFloor * 100) / 100,
    max: 1,
    step: 0.01,
    // Every pair here was borne out by a look; the slider only narrows.
    ends: [`${digits(similarityFloor)}: all that a look bore out`, `${digits(1)}: almost the same`],
    describe: (value) =>
      value <= similarityFloor + 0.005 ? 'All that a look bore out' : `Similarity of at least ${digits(value)}`,
    groups: (from, value) => from >= value - 0.005,
  }
}

export interface HistogramBar {
  from: number
  links: number
  /** Square root of `links`: one big bin must not hide the others. */
  height: number
  inside: boolean
}

/** One bar for each step of the slider, from left to right, empty ones too. */
export function histogramBars(bins: readonly HistogramBin[], scale: ThresholdScale, value: number): HistogramBar[] {
  const steps = Math.round((scale.max - scale.min) / scale.step)
  const bars: HistogramBar[] = []
  for (let step = 0; step <= steps; step++) {
    const from = Math.round((scale.min + step * scale.step) * 100) / 100
    const links = bins
      .filter((bin) => Math.abs(bin.from - from) < scale.step / 2)
      .reduce((sum, bin) => sum + bin.links, 0)
    bars.push({ from, links, height: Math.sqrt(links), inside: scale.groups(from, value) })
  }
  return bars
}
