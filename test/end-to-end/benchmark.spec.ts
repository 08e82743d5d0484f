import { mkdir, mkdtemp, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from '@playwright/test'
import sharp from 'sharp'
import { startSmallServer, type SmallServer } from '../support/servers/small-server.ts'
import { look } from './accessibility.ts'
import { everyMeasure } from './every-measure.ts'
import { answerOpenDialog, answerSaveDialog, launch, setSystemTheme, type Launched } from './launch.ts'

/* Real: the built app, its engine and load generator, the local model, a small PyTorch server in this process, the published figures. */

let server: SmallServer
let running: Launched
test.beforeAll(async () => {
  server = await startSmallServer()
  const home = await mkdtemp(path.join(tmpdir(), 'twinlens-test-'))
  const kept = path.join(home, 'data', 'benchmark_results')
  await mkdir(kept, { recursive: true })
  for (const result of everyMeasure())
    await writeFile(path.join(kept, `${result.backend}_RTX-4080_20261120_102030.json`), JSON.stringify(result))
  running = await launch({ home })
})
test.afterAll(async () => {
  await running.dispose()
  await server.stop()
})
test.setTimeout(180_000)

const wanted = ['readiness', 'single', 'batch', 'concurrent']
const pictures = path.resolve(import.meta.dirname, '../../artifacts/screenshots')

/** Keeps a picture of every chart on the screen, light and dark. */
async function keepCharts(prefix: string): Promise<string[]> {
  const { app, page } = running
  const charts = page.locator('figure.chart')
  const ids: string[] = []
  for (const theme of ['light', 'dark'] as const) {
    await setSystemTheme(app, theme)
    await page.waitForTimeout(250)
    for (const chart of await charts.all()) {
      const id = (await chart.getAttribute('data-testid')) ?? ''
      await chart.screenshot({ path: path.join(pictures, `${prefix}-${id}-${theme}.png`) })
      if (theme === 'light') ids.push(id)
    }
  }
  return ids
}

test('set up, run, read the results, compare with the published figures, export, import @screenshots', async () => {
  const { app, page, home } = running
  await page.getByTestId('rail-backends').click()
  await page.getByTestId('server-add').click()
  await page.getByTestId('server-url').fill(server.url)
  await page.getByTestId('server-save').click()
  await expect(page.getByTestId('server-card')).toContainText('ready')
  await expect(page.getByTestId('server-card')).toHaveAttribute('data-testing', 'false')

  await test.step('set-up with an estimate', async () => {
    await page.getByTestId('rail-benchmark').click()
    await page.getByTestId('benchmark-server').check()
    await page.getByTestId('benchmark-both-up').check()
    await page.getByTestId('benchmark-preset').selectOption('custom')
    await page.getByRole('textbox', { name: 'Repetitions' }).fill('6')
    await page.getByRole('textbox', { name: 'Batch sizes' }).fill('many')
    await page.getByTestId('benchmark-run').click()
    await expect(page.getByRole('alert').first()).toContainText('Batch sizes: give a whole number.')
    await page.getByRole('textbox', { name: 'Batch sizes' }).fill('1, 4')
    await page.getByRole('textbox', { name: 'At once' }).fill('4')
    await page.getByRole('textbox', { name: 'Requests' }).fill('24')
    await page.getByText(/^Phases:/).click()
    // The preset’s own phases come with the estimate: all of them, for one’s own numbers.
    await expect(page.getByTestId('phase-pipeline')).toBeChecked()
    for (const phase of await page.getByTestId(/^phase-/).all()) {
      const name = ((await phase.getAttribute('data-testid')) ?? '').slice('phase-'.length)
      await phase.setChecked(wanted.includes(name))
    }
    await page.getByLabel('Price of the server, $ an hour').fill('0,35')
    await expect(page.getByTestId('benchmark-estimate')).toContainText(/About .+ requests, .+ sent to servers/)
    await look(running, 'benchmark-set-up')
  })

  await test.step('run on this computer and the server', async () => {
    await page.getByTestId('benchmark-run').click()
    await expect(page.getByTestId('job-bar').first()).toContainText(/Preparing|:/)
    await expect(page.getByTestId('benchmark-run-view')).toHaveAttribute('data-state', 'finished', { timeout: 90_000 })
    await expect(page.getByTestId('benchmark-phases')).toHaveCount(2)
    await expect(page.locator('[data-testid=benchmark-phases] [data-state=failed]')).toHaveCount(0)
    await look(running, 'benchmark-run')
  })

  await test.step('results: advice, figures, every chart', async () => {
    await page.getByTestId('benchmark-show').click()
    await expect(page.getByTestId('benchmark-advice')).toBeVisible()
    await expect(page.getByTestId('benchmark-table')).toContainText('Single image, median')
    // Another model than the local one: no winner is named.
    await expect(page.getByTestId('benchmark-differences')).toContainText('Different models')
    await expect(page.getByTestId('benchmark-table').getByLabel('best')).toHaveCount(0)
    await look(running, 'benchmark-results')
    for (const id of ['latency-percentiles', 'batch-latency', 'concurrent-throughput'])
      await expect(page.getByTestId(`chart-${id}`).locator('svg.recharts-surface').first()).toBeVisible()
  })

  await test.step('a chart: values on hover, as a table, as Markdown, as a picture', async () => {
    const chart = page.getByTestId('chart-batch-latency')
    await chart.locator('.recharts-wrapper').hover({ position: { x: 120, y: 80 } })
    await expect(chart.locator('.recharts-tooltip-wrapper')).toContainText(/Photos in a request: 1.*ms/s)
    await chart.getByRole('button', { name: 'Show as a table' }).click()
    await expect(chart.getByRole('row')).toHaveCount(3)
    await chart.getByRole('button', { name: 'Copy as Markdown' }).click()
    const copied = (): Promise<string> => app.evaluate(({ clipboard }) => clipboard.readText())
    await expect.poll(copied).toMatch(/^### Batch size: latency of a request\n\n\| Photos in a request \|/)
    const file = path.join(home, 'chart.png')
    await answerSaveDialog(app, file)
    await chart.getByRole('button', { name: /PNG/ }).click()
    await expect(page.getByText(`Saved as ${file}.`)).toBeVisible()
    const { format, width } = await sharp(file).metadata()
    expect([format, width]).toEqual(['png', 1520])
    const { channels } = await sharp(file).stats()
    expect(Math.max(...channels.map(({ stdev }) => stdev))).toBeGreaterThan(5)
  })

  await test.step('export and notes', async () => {
    const report = path.join(home, 'report.html')
    await answerSaveDialog(app, report)
    await page.getByTestId('benchmark-export-html').click()
    await expect
      .poll(() =>
        stat(report).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true)
    expect(await readFile(report, 'utf8')).toContain('<svg ')
    await page.getByRole('button', { name: /Change the notes of PyTorch/ }).click()
    await expect(page.getByTestId('notes-pricePerHour')).toHaveValue('0.35')
    await page.getByTestId('notes-region').fill('eu-central-1')
    await page.getByTestId('notes-save').click()
    await expect(page.getByTestId('benchmark-notes')).toContainText('$0.35 an hour · eu-central-1')
  })

  await test.step('history: baseline, published figures side by side, import', async () => {
    await page.getByTestId('benchmark-view-history').click()
    const entries = page.getByTestId('benchmark-entry')
    const own = entries.filter({ has: page.getByTestId('benchmark-baseline') })
    await expect(own).toHaveCount(4)
    await own.first().getByTestId('benchmark-baseline').click()
    await expect(own.first()).toContainText('baseline')
    await look(running, 'benchmark-history')
    const published = entries.filter({ hasText: 'RTX A4000' })
    const count = await published.count()
    expect(count).toBeGreaterThanOrEqual(4)
    for (const entry of await published.all()) await entry.getByRole('checkbox').check()
    await page.getByTestId('benchmark-compare').click()
    await expect(page.getByTestId('benchmark-differences')).toContainText('for reference only')
    await look(running, 'benchmark-compare')
    const exported = path.join(home, 'own.json')
    await page.getByTestId('benchmark-view-history').click()
    await own.first().getByRole('checkbox').check()
    await page.getByTestId('benchmark-compare').click()
    await expect(page.getByTestId('benchmark-table').locator('thead th')).toHaveCount(3)
    await answerSaveDialog(app, exported)
    await page.getByTestId('benchmark-export-json').click()
    await expect
      .poll(() =>
        stat(exported).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true)
    await page.getByTestId('benchmark-view-history').click()
    await answerOpenDialog(app, [exported])
    await page.getByTestId('benchmark-import').click()
    await expect(page.getByText('1 result was taken over.')).toBeVisible()
    await expect(entries.filter({ hasText: 'taken over' })).toHaveCount(1)
    await answerOpenDialog(app, [path.resolve(import.meta.dirname, '../../package.json')])
    await page.getByTestId('benchmark-import').click()
    await expect(page.getByText('The history is as it was.')).toBeVisible()
  })
  expect(running.pageErrors).toEqual([])
})

const everyChart = [
  'latency-percentiles',
  'latency-distribution',
  'batch-latency',
  'batch-throughput',
  'concurrent-throughput',
  'sweep-throughput',
  'sweep-latency',
  'throughput-latency',
  'open-loop',
  'waterfall',
  'protocols',
  'serialization-bytes',
  'serialization-time',
  'dynamic-batching',
  'server-time',
  'gpu-utilisation',
  'gpu-memory',
  'gpu-power',
  'operators',
  'scaling',
  'cost',
]

test('results of the same work have a winner, and every chart shows them @screenshots', async () => {
  const { page } = running
  await page.getByTestId('rail-benchmark').click()
  await page.getByTestId('benchmark-view-history').click()
  const entries = page.getByTestId('benchmark-entry').filter({ has: page.getByTestId('benchmark-baseline') })
  await page.getByRole('searchbox').fill('RTX 4080')
  await expect(entries).toHaveCount(2)
  for (const entry of await entries.all()) await entry.getByRole('checkbox').check()
  await page.getByTestId('benchmark-compare').click()
  await expect(page.getByTestId('benchmark-table').getByLabel('best').first()).toBeVisible()
  await page.getByLabel(/Longest wait/).fill('150')
  await page.getByLabel(/Longest wait/).press('Enter')
  await expect(page.getByTestId('chart-throughput-latency')).toContainText(/best: \d+ in flight/)
  expect(await keepCharts('benchmark')).toEqual(everyChart.map((id) => `chart-${id}`))
  await page.getByTestId('benchmark-advice').scrollIntoViewIfNeeded()
  await look(running, 'benchmark-winner')
  expect(running.pageErrors).toEqual([])
})
