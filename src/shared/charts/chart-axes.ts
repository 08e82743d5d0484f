import { axisFigure, positionsOf, type Chart, type ChartPoint } from './chart-spec.ts'

/** An axis as shares of its length, 0 at its beginning. */
export interface Axis {
  ticks: { value: number | string; at: number; label: string }[]
  place(value: number | string): number
}

/** Width of a letter of 12 px, about, in pixels; SVG text cannot be measured where there is no page. */
export const letterWidth = 6.4

/** A name of at most `letters` letters. */
export function shortName(name: string, letters: number): string {
  return name.length <= letters ? name : `${name.slice(0, letters - 1)}…`
}

/** A name in at most two rows of `width` pixels; cut short where that is not enough. */
export function fittedName(label: string, width: number): string[] {
  const letters = Math.max(4, Math.floor(width / letterWidth) - 1)
  if (label.length <= letters) return [label]
  const space = label.lastIndexOf(' ', letters)
  const cut = space > 0 ? space : letters
  const rest = label.slice(cut).trim()
  return [label.slice(0, cut), shortName(rest, letters)]
}

/** The axis of a category chart gives each position a band of the same width. */
export function xAxisOf(chart: Chart): Axis {
  const positions = positionsOf(chart)
  if (chart.xScale === 'category') {
    const place = (value: number | string): number => (positions.indexOf(value) + 0.5) / positions.length
    return {
      ticks: positions.map((value) => ({ value, at: place(value), label: String(value) })),
      place,
    }
  }
  const numbers = positions.filter((x) => typeof x === 'number')
  const low = Math.min(...numbers)
  const high = Math.max(...numbers)
  // Sizes and counts are named as they are; moments and rates get round figures.
  const few = numbers.length <= 8 && numbers.every(Number.isInteger) && chart.kind !== 'path' ? numbers : null
  return numeric(
    low,
    high,
    chart.xScale === 'log',
    few ?? (chart.xScale === 'log' ? roundDecades(low, high) : roundSteps(low, high)),
  )
}

/** From 0, or from the decade below on a logarithmic axis, to a round value above everything that is drawn. */
export function yAxisOf(chart: Chart): Axis {
  const tops =
    chart.kind === 'stacked-bar' ? sumsOf(chart) : pointsOf(chart).map(({ y, high }) => Math.max(y, high ?? y))
  const high = Math.max(...tops, chart.limit?.y ?? -Infinity)
  if (chart.yScale === 'log') {
    const ticks = decades(Math.min(...pointsOf(chart).map(({ y }) => y)), high)
    return numeric(ticks[0] ?? 1, ticks.at(-1) ?? 10, true, ticks)
  }
  const ticks = stepsFromZero(high)
  return numeric(0, ticks.at(-1) ?? 1, false, ticks)
}

function pointsOf(chart: Chart): ChartPoint[] {
  return chart.series.flatMap((series) => series.points)
}

function sumsOf(chart: Chart): number[] {
  return positionsOf(chart).map((x) =>
    pointsOf(chart)
      .filter((point) => point.x === x)
      .reduce((sum, { y }) => sum + y, 0),
  )
}

function numeric(low: number, high: number, logarithmic: boolean, ticks: readonly number[]): Axis {
  const scale = (value: number): number => (logarithmic ? Math.log10(value) : value)
  const span = scale(high) - scale(low)
  const place = (value: number | string): number => (span === 0 ? 0.5 : (scale(Number(value)) - scale(low)) / span)
  return { ticks: ticks.map((value) => ({ value, at: place(value), label: axisFigure(value) })), place }
}

/** The next of 1, 2, 5 × a power of ten. */
function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough))
  return ([1, 2, 5].find((factor) => factor * power >= rough * 0.999) ?? 10) * power
}

function stepsFromZero(high: number): number[] {
  if (!(high > 0)) return [0, 1]
  const step = roundStep(high / 5)
  return Array.from({ length: Math.ceil((high / step) * 0.9999) + 1 }, (_, k) => Number((k * step).toPrecision(6)))
}

function roundSteps(low: number, high: number): number[] {
  const step = roundStep((high - low) / 6)
  const first = Math.ceil(low / step)
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, k) =>
    Number(((first + k) * step).toPrecision(6)),
  )
}

/** 1, 2, 5 of each decade that lie between; the ends alone where the span holds none. */
function roundDecades(low: number, high: number): number[] {
  const all = decades(low, high).flatMap((decade) => [1, 2, 5].map((factor) => factor * decade))
  const within = all.filter((value) => value >= low && value <= high)
  return within.length < 2 ? [low, high] : within
}

function decades(low: number, high: number): number[] {
  const first = Math.floor(Math.log10(low) + 1e-9)
  const last = Math.max(first + 1, Math.ceil(Math.log10(high) - 1e-9))
  return Array.from({ length: last - first + 1 }, (_, k) => Number((10 ** (first + k)).toPrecision(6)))
}
