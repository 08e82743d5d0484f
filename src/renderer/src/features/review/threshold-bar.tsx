import { Slider } from 'radix-ui'
import { useEffect, useMemo, useState, type ReactNode } from 'react'
import { Bar, BarChart, Cell, XAxis, YAxis } from 'recharts'
import type { ReviewSummary, Thresholds } from '../../../../shared/contract/groups.ts'
import { attempt, callEngine, useSession } from '../../lib/engine.ts'
import { formatCount, formatPlural } from '../../lib/format.ts'
import { useSlow } from '../../lib/use-slow.ts'
import { searchRecallText } from '../../../../shared/domain/search-recall-text.ts'
import { histogramBars, thresholdScale, type HistogramBin } from './threshold-scale.ts'
import { moveThresholds } from './review-store.ts'

// Each bar stands over the place of the slider's thumb for its step; see `.threshold` and `.slider-thumb` in the styles.
const sliderWidth = 400
const thumbWidth = 16
const chartHeight = 36

function useHistogram(tier: 'perceptual' | 'ai'): readonly HistogramBin[] {
  const [bins, setBins] = useState<readonly HistogramBin[]>([])
  const links = useSession((session) => session.summary?.tiers.find((entry) => entry.tier === tier)?.photos ?? 0)
  const matched = useSession((session) => session.scan?.matched ?? 0)
  const change = useSlow(`${tier} ${links} ${matched}`, 2000)
  useEffect(() => {
    let current = true
    void attempt('read the histogram', async () => {
      const read = await callEngine('review.histogram', { tier })
      if (current) setBins(read)
    })
    return () => {
      current = false
    }
  }, [tier, change])
  return bins
}

interface ThresholdBarProps {
  tier: 'perceptual' | 'ai'
  summary: ReviewSummary
}

/** How alike photos must be, over the number of pairs at each likeness; groups follow at once. */
export function ThresholdBar({ tier, summary }: ThresholdBarProps): ReactNode {
  const scale = thresholdScale(tier, summary.similarityFloor)
  const said = tier === 'perceptual' ? summary.thresholds.perceptualDistance : summary.thresholds.similarity
  const [held, setHeld] = useState<number | null>(null)
  const value = held ?? said
  const bins = useHistogram(tier)
  const bars = useMemo(() => histogramBars(bins, scale, value), [bins, scale, value])
  const barWidth = (sliderWidth - thumbWidth) / (bars.length - 1)
  const inside = bars.reduce((sum, bar) => (bar.inside ? sum + bar.links : sum), 0)
  const move = (next: number): void => {
    setHeld(next)
    const thresholds: Thresholds =
      tier === 'perceptual'
        ? { ...summary.thresholds, perceptualDistance: next }
        : { ...summary.thresholds, similarity: next }
    void moveThresholds(thresholds).then(() => setHeld(null))
  }
  return (
    <div className="threshold">
      <div>
        <p>
          <strong data-testid="threshold-value">{scale.describe(value)}</strong>
        </p>
        <p className="soft number">{formatPlural(inside, 'pair', 'pairs')} of photos</p>
        {tier === 'ai' && summary.searchRecall !== null && (
          <p className="soft number" data-testid="search-recall">
            {searchRecallText(summary.searchRecall)}
          </p>
        )}
      </div>
      <div className={tier === 'ai' ? 'threshold-slider upper' : 'threshold-slider'}>
        <div className="histogram" style={{ marginInlineStart: (thumbWidth - barWidth) / 2 }} aria-hidden>
          <BarChart
            width={barWidth * bars.length}
            height={chartHeight}
            data={bars}
            margin={{ top: 0, right: 0, bottom: 0, left: 0 }}
            barCategoryGap={1}
            accessibilityLayer={false}
          >
            <XAxis dataKey="from" hide />
            <YAxis hide domain={[0, 'dataMax']} />
            <Bar dataKey="height" isAnimationActive={false} minPointSize={1}>
              {bars.map((bar) => (
                <Cell key={bar.from} className={bar.inside ? 'inside' : 'outside'} />
              ))}
            </Bar>
          </BarChart>
        </div>
        <Slider.Root
          className="slider"
          data-testid="threshold-slider"
          value={[value]}
          min={scale.min}
          max={scale.max}
          step={scale.step}
          onValueChange={([next]) => {
            if (next !== undefined && next !== value) move(next)
          }}
        >
          <Slider.Track className="slider-track">
            <Slider.Range className="slider-range" />
          </Slider.Track>
          <Slider.Thumb className="slider-thumb" aria-label={scale.label} aria-valuetext={scale.describe(value)} />
        </Slider.Root>
        <p className="threshold-ends">
          <span>{scale.ends[0]}</span>
          <span>{scale.ends[1]}</span>
        </p>
      </div>
      <span className="visually-hidden" role="status">
        {formatCount(inside)}
      </span>
    </div>
  )
}
