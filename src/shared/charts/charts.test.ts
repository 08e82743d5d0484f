import { describe, expect, it } from 'vitest'
import type { BenchmarkResult } from '../contract/benchmark.ts'
import { xAxisOf, yAxisOf } from './chart-axes.ts'
import { darkPalette, lightPalette } from './chart-palette.ts'
import { markdownOf, tableOf, type Chart } from './chart-spec.ts'
import { chartSheet, chartSvg } from './chart-svg.ts'
import { chartsOf, distinctLabels } from './charts-of.ts'

function result(label: string, section: BenchmarkResult['triton']): BenchmarkResult {
  return {
    schema: 'twinlens/benchmark-result@1',
    timestamp: '2026-11-23T10:00:00Z',
    run_id: 'r',
    backend: 'triton',
    label,
    config: {},
    gpu_specs: { name: 'CPU', count: 0, gpus: [] },
    gpu_before: null,
    gpu_after: null,
    triton: section,
  }
}

const chartNamed = (charts: readonly Chart[], id: string): Chart | undefined => charts.find((chart) => chart.id === id)

const bare: Chart = {
  id: 'c',
  title: 'T',
  kind: 'line',
  xLabel: 'x',
  yLabel: 'y',
  xScale: 'linear',
  yScale: 'linear',
  unit: 'ms',
  series: [],
  notes: [],
}

describe('the charts of results', () => {
  it('leave out what was not measured, and draw nothing as zero', () => {
    const one = result('A', { single: { p50_ms: 10, intervals: { p50_ms: [9, 12] } } })
    const charts = chartsOf([one, result('B', {})], null, null)
    expect(charts.map(({ id }) => id)).toEqual(['latency-percentiles'])
    expect(charts[0]?.series[0]?.points).toEqual([{ x: 'p50', y: 10, low: 9, high: 12 }])
    expect(charts[0]?.series[1]?.points).toEqual([])
  })

  it('say which percentiles are withheld, and which batch ended in an error', () => {
    const reason = 'The 99th percentile is not shown.'
    const charts = chartsOf(
      [
        result('A', {
          single: { p50_ms: 10, withheld: [{ field: 'p99_ms', have: 20, needed: 662, reason }] },
          batch_1: { mean_ms: 10 },
          batch_8: { error: 'timeout after 120 s' },
        }),
      ],
      null,
      null,
    )
    expect(chartNamed(charts, 'latency-percentiles')?.notes).toEqual([`A: ${reason}`])
    const batch = chartNamed(charts, 'batch-latency')
    expect(batch?.series[0]?.points).toEqual([{ x: 1, y: 10 }])
    expect(batch?.notes).toEqual(['A, 8 photos in a request: timeout after 120 s'])
  })

  it('mark the fastest point under the limit, and say so where there is none', () => {
    const sweep = [
      { concurrency: 1, images_per_s: 50, p95_ms: 20 },
      { concurrency: 4, images_per_s: 150, p95_ms: 40 },
      { concurrency: 16, images_per_s: 160, p95_ms: 200 },
    ]
    const under = (limit: number): Chart | undefined =>
      chartNamed(chartsOf([result('A', { sweep })], null, limit), 'throughput-latency')
    expect(under(100)?.mark).toMatchObject({ x: 150, y: 40, label: 'best: 4 in flight' })
    expect(under(10)?.mark).toBeUndefined()
    expect(under(10)?.notes).toEqual(['No measured point stays under 10 ms.'])
  })

  it('tell runs of one backend apart', () => {
    const again = { label: 'A', timestamp: '2026-11-24T08:30:00Z' }
    const first = { label: 'A', timestamp: '2026-11-23T10:00:00Z' }
    expect(distinctLabels([first, again, { ...again, label: 'B' }])).toEqual([
      'A, 2026-11-23 10:00',
      'A, 2026-11-24 08:30',
      'B',
    ])
    expect(distinctLabels([first, first])).toEqual(['A, 2026-11-23 10:00 (1)', 'A, 2026-11-23 10:00 (2)'])
    const both = [0, 1].map(() => result('A', { concurrent: { throughput_rps: 5 } }))
    const points = chartNamed(chartsOf(both, null, null), 'concurrent-throughput')?.series[0]?.points
    expect(new Set(points?.map(({ x }) => x)).size).toBe(2)
  })
})

describe('a chart as a table', () => {
  const chart: Chart = {
    ...bare,
    xLabel: 'Photos in a request',
    series: [
      {
        name: 'A | B',
        points: [
          { x: 8, y: 1234.5 },
          { x: 1, y: 2.345, low: 2, high: 3 },
        ],
      },
      { name: 'C', points: [{ x: 8, y: 5 }] },
      { name: 'nothing', points: [] },
    ],
    notes: ['A note.'],
  }
  it('has a row a place in order, intervals, and empty cells for what was not measured', () => {
    expect(tableOf(chart)).toEqual({
      header: ['Photos in a request', 'A | B (ms)', 'C (ms)'],
      rows: [
        ['1', '2.35 (2–3)', ''],
        ['8', '1,235', '5'],
      ],
    })
  })
  it('is Markdown with its notes, whatever the names hold', () => {
    const lines = markdownOf(chart).split('\n')
    expect(lines[2]).toBe('| Photos in a request | A \\| B (ms) | C (ms) |')
    expect(lines).toContain('A note.')
  })
})

describe('axes', () => {
  it('begin at zero and reach above intervals and limits', () => {
    const points = [{ x: 1, y: 90, low: 80, high: 130 }]
    const y = yAxisOf({ ...bare, series: [{ name: 'a', points }], limit: { y: 210, label: '' } })
    expect(y.ticks.map(({ value }) => value)).toEqual([0, 50, 100, 150, 200, 250])
    expect(y.place(125)).toBeCloseTo(0.5)
  })
  it('are decades on a logarithmic scale, and name each measured size', () => {
    const points = [1, 8, 32].map((x) => ({ x, y: x * 150_528 }))
    const chart: Chart = { ...bare, xScale: 'log', yScale: 'log', series: [{ name: 'a', points }] }
    expect(yAxisOf(chart).ticks.map(({ label }) => label)).toEqual(['100 k', '1 M', '10 M'])
    expect(xAxisOf(chart).ticks.map(({ value }) => value)).toEqual([1, 8, 32])
    expect(xAxisOf(chart).place(32)).toBe(1)
  })
  it('stack what is stacked', () => {
    const series = [10, 25].map((y, index) => ({ name: String(index), points: [{ x: 'a', y }] }))
    expect(yAxisOf({ ...bare, kind: 'stacked-bar', xScale: 'category', series }).ticks.at(-1)?.value).toBe(40)
  })
})

describe('a chart as a picture', () => {
  const series = [
    {
      name: '<b>&"',
      points: [
        { x: 1, y: 2, low: 1, high: 3 },
        { x: 2, y: 4 },
      ],
    },
  ]
  it('draws every point and interval, and takes names as text', () => {
    const { svg } = chartSvg({ ...bare, series }, lightPalette)
    expect(svg.match(/<circle /g)).toHaveLength(2)
    expect(svg).toContain('1: 2 (1–3) ms')
    expect(svg).not.toContain('<b>')
    expect(svg).not.toMatch(/NaN|Infinity|undefined/)
  })
  it('holds for every kind and for a single point', () => {
    for (const kind of ['line', 'bar', 'stacked-bar', 'step', 'path'] as const) {
      const bars = kind === 'bar' || kind === 'stacked-bar'
      const points = [{ x: bars ? 'one' : 3, y: 0 }]
      const chart: Chart = { ...bare, kind, xScale: bars ? 'category' : 'log', series: [{ name: 'a', points }] }
      expect(chartSvg(chart, darkPalette).svg, kind).not.toMatch(/NaN|Infinity|undefined/)
    }
  })
  it('puts several beside each other on one sheet', () => {
    const sheet = chartSheet(
      [1, 2, 3].map(() => ({ ...bare, series })),
      lightPalette,
    )
    expect(sheet.match(/<svg /g)).toHaveLength(4)
    expect(sheet).toMatch(/^<svg [^>]*width="1520"/)
  })
})
