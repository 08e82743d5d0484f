import { describe, expect, test } from 'vitest'
import { histogramBars, thresholdScale } from './threshold-scale.ts'

test('at its floor the AI slider says that it hides nothing, above it what it asks for', () => {
  const scale = thresholdScale('ai', 0.6)
  expect(scale.describe(0.6)).toBe('All that a look bore out')
  expect(scale.describe(0.61)).toMatch(/at least 0.61/)
})

describe('the histogram over a threshold', () => {
  test('has a bar for every step of the slider, so that both line up', () => {
    const perceptual = histogramBars([{ from: 3, to: 4, links: 16 }], thresholdScale('perceptual', 0.8), 3)
    expect(perceptual.map((bar) => bar.from)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect(perceptual[3]).toEqual({ from: 3, links: 16, height: 4, inside: true })
    expect(perceptual[4]?.inside).toBe(false)
    expect(histogramBars([], thresholdScale('ai', 0.85), 0.9)).toHaveLength(16)
  })

  test('finds its bins although hundredths are no exact numbers, and counts a threshold on a bin as inside', () => {
    const bins = Array.from({ length: 15 }, (_, i) => ({ from: 0.85 + i * 0.01, to: 0.86 + i * 0.01, links: 1 }))
    const bars = histogramBars(bins, thresholdScale('ai', 0.85), 0.9)
    expect(bars.reduce((sum, bar) => sum + bar.links, 0)).toBe(15)
    expect(bars.filter((bar) => bar.inside).map((bar) => bar.from)[0]).toBe(0.9)
  })
})
