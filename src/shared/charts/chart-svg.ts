import { escapeMarkup } from '../domain/escape-markup.ts'
import { fittedName, shortName, letterWidth as letter, xAxisOf, yAxisOf, type Axis } from './chart-axes.ts'
import { seriesColour, seriesDash, type ChartPalette } from './chart-palette.ts'
import {
  drawnSeries,
  figure,
  namedSeries,
  positionsOf,
  type Chart,
  type ChartPoint,
  type DrawnSeries,
} from './chart-spec.ts'

/*
 * The picture of a chart that leaves the screen: a saved PNG, a report, the command's files. The panel draws the same data with
 * hover and keys (see [Note: Charts are data]).
 */

const font = "system-ui, 'Segoe UI', 'Noto Sans', 'Liberation Sans', sans-serif"

export interface PictureSize {
  width: number
  /** Of the plot with its axes; title and legend come on top. */
  height: number
}

interface Plot {
  chart: Chart
  palette: ChartPalette
  left: number
  top: number
  width: number
  height: number
  x: Axis
  y: Axis
}

/** A chart as SVG text with title, units, intervals and legend, and how large it became in pixels. */
export function chartSvg(
  chart: Chart,
  palette: ChartPalette,
  { width, height }: PictureSize = { width: 760, height: 320 },
): { svg: string; width: number; height: number } {
  const legend = legendOf(chart, palette, width)
  const top = 34 + legend.height
  const whole = top + height
  const [x, y] = [xAxisOf(chart), yAxisOf(chart)]
  const plot: Plot = { chart, palette, left: 68, top: top + 8, width: width - 68 - 20, height: height - 8 - 52, x, y }
  const parts = [
    ...(palette.background === null ? [] : [`<rect width="${width}" height="${whole}" fill="${palette.background}"/>`]),
    text(16, 23, chart.title, palette.text, 'font-size="15" font-weight="600"'),
    legend.svg,
    axes(plot),
    chart.kind === 'bar' || chart.kind === 'stacked-bar' ? bars(plot) : lines(plot),
    marks(plot),
  ]
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${whole}" viewBox="0 0 ${width} ${whole}" role="img" aria-label="${escapeXml(chart.title)}" font-family="${escapeXml(font)}" font-size="12">${parts.join('')}</svg>`
  return { svg, width, height: whole }
}

/** Several charts as one picture, two beside each other. */
export function chartSheet(charts: readonly Chart[], palette: ChartPalette): string {
  const drawn = charts.map((chart) => chartSvg(chart, palette))
  const columns = Math.min(2, drawn.length)
  const width = drawn[0]?.width ?? 0
  let top = 0
  const placed: string[] = []
  for (let first = 0; first < drawn.length; first += columns) {
    const row = drawn.slice(first, first + columns)
    row.forEach(({ svg }, column) => placed.push(`<g transform="translate(${column * width} ${top})">${svg}</g>`))
    top += Math.max(...row.map(({ height }) => height))
  }
  const ground =
    palette.background === null ? '' : `<rect width="${columns * width}" height="${top}" fill="${palette.background}"/>`
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${columns * width}" height="${top}" viewBox="0 0 ${columns * width} ${top}">${ground}${placed.join('')}</svg>`
}

function legendOf(chart: Chart, palette: ChartPalette, width: number): { svg: string; height: number } {
  let [left, top] = [16, 42]
  const parts = namedSeries(chart).map(({ series, index }) => {
    const long = 30 + series.name.length * letter + 16
    if (left > 16 && left + long > width) [left, top] = [16, top + 18]
    const swatch =
      chart.kind === 'bar' || chart.kind === 'stacked-bar'
        ? `<rect x="${px(left)}" y="${top - 8}" width="12" height="10" fill="${seriesColour(index, palette)}" fill-opacity="${series.reference === true ? 0.5 : 1}"/>`
        : `<line x1="${px(left)}" x2="${px(left + 22)}" y1="${top - 3}" y2="${top - 3}" ${strokeOf(index, series, palette)}/>`
    const made = swatch + text(left + 28, top + 1, series.name, palette.text)
    left += long
    return made
  })
  return { svg: parts.join(''), height: parts.length === 0 ? 0 : top - 42 + 18 }
}

function axes({ chart, palette, left, top, width, height, x, y }: Plot): string {
  const grid = y.ticks.map(({ at, label }) => {
    const row = top + (1 - at) * height
    return `<line x1="${left}" x2="${left + width}" y1="${px(row)}" y2="${px(row)}" stroke="${palette.grid}"/>${text(left - 8, row + 4, label, palette.soft, 'text-anchor="end"')}`
  })
  const band = chart.xScale === 'category' ? width / x.ticks.length : 60
  let free = -Infinity
  const names = x.ticks.map(({ at, label }) => {
    const centre = left + at * width
    if (chart.xScale === 'category' && x.ticks.length > 10) {
      const [column, row] = [px(centre), px(top + height + 12)]
      return text(
        centre,
        top + height + 12,
        shortName(label, 14),
        palette.soft,
        `text-anchor="end" font-size="10" transform="rotate(-30 ${column} ${row})"`,
      )
    }
    const rows = chart.xScale === 'category' ? fittedName(label, band) : [label]
    const half = (Math.max(...rows.map((row) => row.length)) * letter) / 2
    // Numbers that would stand in each other are left out; the line at each stays.
    if (chart.xScale !== 'category' && centre - half < free) return ''
    free = centre + half + 4
    return rows
      .map((row, index) => text(centre, top + height + 16 + index * 14, row, palette.soft, 'text-anchor="middle"'))
      .join('')
  })
  const middle = top + height / 2
  return [
    ...grid,
    ...names,
    text(left + width / 2, top + height + 48, chart.xLabel, palette.soft, 'text-anchor="middle"'),
    text(16, middle, chart.yLabel, palette.soft, `text-anchor="middle" transform="rotate(-90 16 ${px(middle)})"`),
  ].join('')
}

function lines(plot: Plot): string {
  const { chart, palette } = plot
  return drawnSeries(chart)
    .map(({ series, index }) => {
      const points = chart.kind === 'path' ? series.points : series.points.toSorted((a, b) => Number(a.x) - Number(b.x))
      const places = points.map((point) => at(plot, point.x, point.y))
      const drawn = places.map(([x, y], k) => {
        const before = places[k - 1]
        return chart.kind === 'step' && before !== undefined
          ? `${px(x)},${px(before[1])} ${px(x)},${px(y)}`
          : `${px(x)},${px(y)}`
      })
      const dots =
        chart.kind === 'step' || points.length > 40
          ? []
          : points.map((point) => dot(plot, point, series.name, seriesColour(index, palette)))
      return `<polyline points="${drawn.join(' ')}" fill="none" ${strokeOf(index, series, palette)}/>${dots.join('')}`
    })
    .join('')
}

function dot(plot: Plot, point: ChartPoint, name: string, colour: string): string {
  const [x, y] = at(plot, point.x, point.y)
  return `${interval(plot, point, x, colour)}<circle cx="${px(x)}" cy="${px(y)}" r="3.5" fill="${colour}">${hover(plot.chart, name, point)}</circle>`
}

function interval(plot: Plot, { x: value, low, high }: ChartPoint, x: number, colour: string): string {
  if (low === undefined || high === undefined) return ''
  const [, top] = at(plot, value, high)
  const [, bottom] = at(plot, value, plot.chart.yScale === 'log' ? low : Math.max(0, low))
  return `<path d="M${px(x)} ${px(bottom)}V${px(top)}M${px(x - 4)} ${px(top)}h8M${px(x - 4)} ${px(bottom)}h8" stroke="${colour}" stroke-width="1.5" fill="none"/>`
}

function bars(plot: Plot): string {
  const { chart, palette, width, left } = plot
  const drawn = drawnSeries(chart)
  const stacked = chart.kind === 'stacked-bar'
  const band = width / positionsOf(chart).length
  const bar = Math.min(56, (band * 0.76) / (stacked ? 1 : drawn.length))
  return positionsOf(chart)
    .map((value) => {
      const centre = left + plot.x.place(value) * width
      let floor = 0
      return drawn
        .map(({ series, index }, place) => {
          const point = series.points.find(({ x }) => x === value)
          if (point === undefined) return ''
          const x = stacked ? centre - bar / 2 : centre + (place - drawn.length / 2) * bar
          const [, bottom] = at(plot, value, floor)
          const [, top] = at(plot, value, floor + point.y)
          if (stacked) floor += point.y
          const opacity = series.reference === true ? 0.5 : 1
          const shape = `<rect x="${px(x)}" y="${px(top)}" width="${px(Math.max(1, bar - 1))}" height="${px(Math.max(0, bottom - top))}" fill="${seriesColour(index, palette)}" fill-opacity="${opacity}">${hover(chart, series.name, point)}</rect>`
          return shape + (stacked ? '' : interval(plot, point, x + bar / 2, palette.text))
        })
        .join('')
    })
    .join('')
}

function marks(plot: Plot): string {
  const { chart, palette, left, width } = plot
  const parts: string[] = []
  if (chart.limit !== undefined) {
    const row = plot.top + (1 - plot.y.place(chart.limit.y)) * plot.height
    parts.push(
      `<line x1="${left}" x2="${left + width}" y1="${px(row)}" y2="${px(row)}" stroke="${palette.text}" stroke-dasharray="4 4"/>`,
      text(left + 4, row - 5, chart.limit.label, palette.text),
    )
  }
  if (chart.mark !== undefined) {
    const [x, y] = at(plot, chart.mark.x, chart.mark.y)
    const anchor = x > left + width * 0.75 ? 'end' : x < left + width * 0.25 ? 'start' : 'middle'
    parts.push(
      `<circle cx="${px(x)}" cy="${px(y)}" r="7" fill="none" stroke="${palette.text}" stroke-width="2"/>`,
      text(x, y - 12, chart.mark.label, palette.text, `text-anchor="${anchor}"`),
    )
  }
  return parts.join('')
}

function at({ left, top, width, height, x, y }: Plot, xValue: number | string, yValue: number): [number, number] {
  return [left + x.place(xValue) * width, top + (1 - y.place(yValue)) * height]
}

function strokeOf(index: number, series: DrawnSeries['series'], palette: ChartPalette): string {
  const reference = series.reference === true
  const dash = seriesDash(index, reference)
  return `stroke="${seriesColour(index, palette)}" stroke-width="${reference ? 1.5 : 2}"${dash === '' ? '' : ` stroke-dasharray="${dash}"`}`
}

function hover(chart: Chart, name: string, { x, y, low, high, note }: ChartPoint): string {
  const span = low === undefined || high === undefined ? '' : ` (${figure(low)}–${figure(high)})`
  const place = typeof x === 'number' ? figure(x) : x
  return `<title>${escapeXml(`${name}, ${place}: ${figure(y)}${span} ${chart.unit}${note === undefined ? '' : `; ${note}`}`)}</title>`
}

function text(x: number, y: number, content: string, fill: string, more = ''): string {
  return `<text x="${px(x)}" y="${px(y)}" fill="${fill}" ${more}>${escapeXml(content)}</text>`
}

function px(value: number): string {
  return value.toFixed(1)
}

/** What XML cannot hold at all would make the whole picture unreadable. */
function escapeXml(content: string): string {
  return escapeMarkup(content.toWellFormed().replaceAll(/[\p{Cc}\uFFFE\uFFFF]/gu, ' '))
}
