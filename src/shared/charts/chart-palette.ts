/** What a chart is painted with. */
export interface ChartPalette {
  /** Null: nothing behind the chart. */
  background: string | null
  text: string
  soft: string
  grid: string
  series: readonly string[]
}

/**
 * Colours that people with any common colour blindness tell apart (after Okabe and Ito, "Color Universal Design", 2008), darkened or
 * lightened for contrast; a series also has a dash of its own, so that colour is never alone.
 */
export const lightPalette: ChartPalette = {
  background: '#ffffff',
  text: '#1b1c1f',
  soft: '#56595f',
  grid: '#d5d6da',
  series: ['#0b6964', '#b0530a', '#2f5fb3', '#8a3a78', '#6b6100', '#b3261e', '#3d3f45', '#00799e'],
}

export const darkPalette: ChartPalette = {
  background: '#1a1b1e',
  text: '#e8e9eb',
  soft: '#a2a5ac',
  grid: '#303237',
  series: ['#56c5ba', '#f0a04b', '#7ba7f0', '#d78cc6', '#d9cf4a', '#f28b82', '#c9cbd0', '#67c5ec'],
}

const dashes = ['', '7 3', '2 3', '10 3 2 3', '4 4', '12 4', '1 4', '8 3 2 3 2 3'] as const
/** Published figures: thin and broken; a second round of the colours is broken otherwise. */
const referenceDashes = ['3 3', '6 2 1 2'] as const

export function seriesColour(index: number, { series, text }: ChartPalette): string {
  return series[index % series.length] ?? text
}

/** The dashes of a line as SVG writes them; empty: a whole line. */
export function seriesDash(index: number, reference: boolean): string {
  if (!reference) return dashes[index % dashes.length] ?? ''
  return referenceDashes[Math.floor(index / dashes.length) % referenceDashes.length] ?? '3 3'
}
