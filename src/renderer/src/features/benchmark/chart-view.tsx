import type { ReactNode } from 'react'
import {
  Bar,
  BarChart,
  CartesianGrid,
  ErrorBar,
  Line,
  LineChart,
  ReferenceDot,
  ReferenceLine,
  ResponsiveContainer,
  Scatter,
  ScatterChart,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts'
import { fittedName, shortName, xAxisOf, yAxisOf } from '../../../../shared/charts/chart-axes.ts'
import {
  darkPalette,
  lightPalette,
  seriesColour,
  seriesDash,
  type ChartPalette,
} from '../../../../shared/charts/chart-palette.ts'
import { axisFigure, drawnSeries, figure, positionsOf, type Chart } from '../../../../shared/charts/chart-spec.ts'
import { ChartLegend } from './chart-legend.tsx'

interface ChartViewProps {
  chart: Chart
  dark: boolean
  height?: number
}

type Row = Record<string, number | string | [number, number]>

/** One row an x; series i is `y0`, `y1`, …, its interval as distances below and above `e0`, `e1`, …. */
function rowsOf(chart: Chart): Row[] {
  const bySeries = chart.series.map((series) => new Map(series.points.map((point) => [point.x, point])))
  return positionsOf(chart).map((x) => {
    const row: Row = { x }
    bySeries.forEach((points, index) => {
      const point = points.get(x)
      if (point === undefined) return
      row[`y${index}`] = point.y
      if (point.low !== undefined && point.high !== undefined) {
        row[`e${index}`] = [Math.max(0, point.y - point.low), Math.max(0, point.high - point.y)]
      }
    })
    return row
  })
}

function show(value: unknown): string {
  return typeof value === 'number' ? figure(value) : String(value)
}

/** More names than this have no room side by side: they stand slanted. */
const slantedFrom = 10

/** A name in two rows that fit its share of the axis; the hover shows the whole. */
function nameTick(count: number, ink: string) {
  return function NameTick({ x = 0, y = 0, width = 0, payload }: NameTickProps): ReactNode {
    // Recharts' own letters are wider than those of a picture, by about a tenth.
    if (count > slantedFrom) {
      return (
        <text x={x} y={Number(y) + 4} fill={ink} fontSize={11} textAnchor="end" transform={`rotate(-40 ${x} ${y})`}>
          {shortName(payload?.value ?? '', 15)}
        </text>
      )
    }
    const rows = fittedName(payload?.value ?? '', (Number(width) / count) * 0.88)
    return (
      <text x={x} y={Number(y) + 10} fill={ink} fontSize={12} textAnchor="middle">
        {rows.map((row, index) => (
          <tspan key={index} x={x} dy={index === 0 ? 0 : 14}>
            {row}
          </tspan>
        ))}
      </text>
    )
  }
}

interface NameTickProps {
  x?: number | string
  y?: number | string
  width?: number | string
  payload?: { value?: string }
}

/** Axes, grid and hover that every chart shares. */
function frame(chart: Chart, palette: ChartPalette): ReactNode[] {
  const ink = palette.soft
  const axis = { stroke: ink, tick: { fill: ink, fontSize: 12 } } as const
  const numeric = chart.xScale !== 'category'
  const positions = positionsOf(chart).length
  const ticks = positions === 0 ? [] : xAxisOf(chart).ticks.map(({ value }) => value)
  const rows = positions === 0 ? [0, 1] : yAxisOf(chart).ticks.map(({ value }) => Number(value))
  return [
    <CartesianGrid key="grid" stroke={palette.grid} vertical={numeric} />,
    <XAxis
      key="x"
      dataKey="x"
      {...axis}
      tickFormatter={(value: unknown) => (typeof value === 'number' ? axisFigure(value) : String(value))}
      type={numeric ? 'number' : 'category'}
      scale={chart.xScale === 'log' ? 'log' : 'auto'}
      {...(numeric ? { domain: ['dataMin', 'dataMax'], ticks } : { interval: 0, tick: nameTick(positions, ink) })}
      label={{ value: chart.xLabel, position: 'insideBottom', offset: 0, fill: ink, fontSize: 12 }}
      height={numeric ? 44 : positions > slantedFrom ? 92 : 54}
    />,
    <YAxis
      key="y"
      {...axis}
      {...(chart.kind === 'path' ? { dataKey: 'y' } : {})}
      tickFormatter={(value: number) => axisFigure(value)}
      type="number"
      scale={chart.yScale === 'log' ? 'log' : 'auto'}
      domain={[rows[0] ?? 0, rows.at(-1) ?? 1]}
      ticks={rows}
      label={{
        value: chart.yLabel,
        angle: -90,
        position: 'insideLeft',
        offset: 10,
        fill: ink,
        fontSize: 12,
        textAnchor: 'middle',
      }}
      width={72}
    />,
    <Tooltip
      key="hover"
      isAnimationActive={false}
      formatter={(value) => `${show(value)} ${chart.unit}`}
      labelFormatter={(label) => `${chart.xLabel}: ${show(label)}`}
      contentStyle={{ background: palette.background ?? 'none', border: `1px solid ${ink}`, borderRadius: 6 }}
      labelStyle={{ color: palette.text }}
      // A bar's own grey behind the pointer would hide a dark page.
      cursor={{ fill: palette.grid, fillOpacity: 0.4, stroke: palette.grid }}
      itemSorter={() => 0}
    />,
  ]
}

function marks(chart: Chart, palette: ChartPalette): ReactNode[] {
  const ink = palette.text
  const made: ReactNode[] = []
  if (chart.limit !== undefined) {
    made.push(
      <ReferenceLine
        key="limit"
        y={chart.limit.y}
        stroke={ink}
        strokeDasharray="4 4"
        label={{ value: chart.limit.label, fill: ink, fontSize: 12, position: 'insideBottomLeft' }}
      />,
    )
  }
  if (chart.mark !== undefined) {
    made.push(
      <ReferenceDot
        key="mark"
        x={chart.mark.x}
        y={chart.mark.y}
        r={7}
        fill="none"
        stroke={ink}
        strokeWidth={2}
        label={{ value: chart.mark.label, fill: ink, fontSize: 12, position: 'top' }}
      />,
    )
  }
  return made
}

function lines(chart: Chart, palette: ChartPalette): ReactNode {
  return (
    <LineChart data={rowsOf(chart)} margin={{ top: 8, right: 16, bottom: 4, left: 0 }}>
      {frame(chart, palette)}
      {drawnSeries(chart).map(({ series, index }) => (
        <Line
          key={index}
          name={series.name}
          dataKey={`y${index}`}
          type={chart.kind === 'step' ? 'stepAfter' : 'linear'}
          stroke={seriesColour(index, palette)}
          strokeWidth={series.reference === true ? 1.5 : 2}
          strokeDasharray={seriesDash(index, series.reference === true)}
          dot={
            chart.kind === 'step' || series.points.length > 40
              ? false
              : { r: 3.5, fill: seriesColour(index, palette), strokeWidth: 0 }
          }
          connectNulls
          isAnimationActive={false}
        >
          {chart.kind === 'step' ? null : (
            <ErrorBar dataKey={`e${index}`} stroke={seriesColour(index, palette)} width={4} direction="y" />
          )}
        </Line>
      ))}
      {marks(chart, palette)}
    </LineChart>
  )
}

function bars(chart: Chart, palette: ChartPalette): ReactNode {
  return (
    <BarChart data={rowsOf(chart)} margin={{ top: 8, right: 16, bottom: 4, left: 0 }}>
      {frame(chart, palette)}
      {drawnSeries(chart).map(({ series, index }) => (
        <Bar
          key={index}
          name={series.name}
          dataKey={`y${index}`}
          fill={seriesColour(index, palette)}
          fillOpacity={series.reference === true ? 0.45 : 1}
          maxBarSize={56}
          isAnimationActive={false}
          {...(chart.kind === 'stacked-bar' ? { stackId: 'whole' } : {})}
        >
          {chart.kind === 'stacked-bar' ? null : (
            <ErrorBar dataKey={`e${index}`} stroke={palette.text} width={4} direction="y" />
          )}
        </Bar>
      ))}
    </BarChart>
  )
}

function path(chart: Chart, palette: ChartPalette): ReactNode {
  return (
    <ScatterChart margin={{ top: 8, right: 16, bottom: 4, left: 0 }}>
      {frame(chart, palette)}
      {drawnSeries(chart).map(({ series, index }) => (
        <Scatter
          key={index}
          name={series.name}
          data={series.points.map(({ x, y }) => ({ x, y }))}
          fill={seriesColour(index, palette)}
          line={{ stroke: seriesColour(index, palette), strokeDasharray: seriesDash(index, series.reference === true) }}
          isAnimationActive={false}
        />
      ))}
      {marks(chart, palette)}
    </ScatterChart>
  )
}

/** Draws any chart with its legend; its words stand beside it in the frame. */
export function ChartView({ chart, dark, height = 260 }: ChartViewProps): ReactNode {
  const palette = dark ? darkPalette : lightPalette
  const drawn =
    chart.kind === 'bar' || chart.kind === 'stacked-bar'
      ? bars(chart, palette)
      : chart.kind === 'path'
        ? path(chart, palette)
        : lines(chart, palette)
  return (
    <>
      <ChartLegend chart={chart} palette={palette} />
      <ResponsiveContainer width="100%" height={height}>
        {drawn}
      </ResponsiveContainer>
    </>
  )
}
