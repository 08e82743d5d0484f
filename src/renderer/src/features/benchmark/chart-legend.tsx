import type { ReactNode } from 'react'
import { seriesColour, seriesDash, type ChartPalette } from '../../../../shared/charts/chart-palette.ts'
import { namedSeries, type Chart } from '../../../../shared/charts/chart-spec.ts'

/** What each colour and dash stands for. It wraps, so that many names take no room from the plot. */
export function ChartLegend({ chart, palette }: { chart: Chart; palette: ChartPalette }): ReactNode {
  const named = namedSeries(chart)
  if (named.length === 0) return null
  const filled = chart.kind === 'bar' || chart.kind === 'stacked-bar'
  return (
    <ul className="chart-legend">
      {named.map(({ series, index }) => (
        <li key={index}>
          <svg width="22" height="10" aria-hidden>
            {filled ? (
              <rect
                width="12"
                height="10"
                x="5"
                fill={seriesColour(index, palette)}
                fillOpacity={series.reference === true ? 0.5 : 1}
              />
            ) : (
              <line
                x2="22"
                y1="5"
                y2="5"
                stroke={seriesColour(index, palette)}
                strokeWidth={2}
                strokeDasharray={seriesDash(index, series.reference === true)}
              />
            )}
          </svg>
          {series.name}
        </li>
      ))}
    </ul>
  )
}
