import { spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from '@playwright/test'
import Database from 'better-sqlite3'
import { answerOpenDialog, electronCommand, keepScreenshot, launch, setSystemTheme, type Launched } from './launch.ts'

/* Real: the built app as a person starts it, its engine and catalog, photos of the sample library. */
const sample = path.resolve(import.meta.dirname, '../../resources/sample-library')

let work: string
let running: Launched | null = null
test.beforeEach(async () => {
  work = await mkdtemp(path.join(tmpdir(), 'twinlens-test-'))
})
test.afterEach(async () => {
  await running?.dispose()
  running = null
  await rm(work, { recursive: true, force: true })
})

/** Two folders of their own with a few photos of the sample library. */
async function makeFolders(): Promise<{ first: string; second: string }> {
  const [holiday] = (await readdir(sample, { withFileTypes: true })).filter((entry) => entry.isDirectory())
  if (holiday === undefined) throw new Error('The sample library has no folder.')
  const first = path.join(work, 'first folder')
  const second = path.join(work, 'zweiter Ordner ä')
  for (const folder of [first, second]) {
    await mkdir(folder)
    const names = await readdir(path.join(sample, holiday.name))
    for (const name of names.slice(0, 3)) await cp(path.join(sample, holiday.name, name), path.join(folder, name))
  }
  return { first, second }
}

test('@screenshots the welcome screen appears, light and dark, and the page reports no error', async () => {
  running = await launch()
  const { app, page } = running
  await expect(page.getByRole('button', { name: /sample library/i })).toBeVisible()
  for (const theme of ['light', 'dark'] as const) {
    await setSystemTheme(app, theme)
    await expect(page.locator('html')).toHaveAttribute('data-theme', theme)
    await keepScreenshot(page, `welcome-${theme}`)
  }
  expect(running.pageErrors).toEqual([])
})

test('folders on the command line are opened and scanned', async () => {
  const { first, second } = await makeFolders()
  running = await launch({ folders: [first, second] })
  await expect(running.page.getByText('first folder').first()).toBeVisible()
  await expect(running.page.getByText('zweiter Ordner ä').first()).toBeVisible()
  // Each photo of one folder is in the other too.
  const photos = running.page.getByRole('definition').first()
  await expect(photos).toHaveText('6', { timeout: 40_000 })
})

test('a folder chosen in the dialog is added', async () => {
  const { first } = await makeFolders()
  running = await launch()
  await answerOpenDialog(running.app, [first])
  await running.page
    .getByRole('button', { name: /choose folder/i })
    .first()
    .click()
  await expect(running.page.getByText('first folder').first()).toBeVisible()
})

test('a second start hands its folders to the first and ends', async () => {
  const { first } = await makeFolders()
  running = await launch()
  await expect(running.page.getByRole('button', { name: /sample library/i })).toBeVisible()
  const { binary, args } = electronCommand()
  const second = spawn(binary, [...args, first], { env: running.env, stdio: 'ignore' })
  const code = await new Promise((resolve) => second.once('exit', resolve))
  expect(code).toBe(0)
  await expect(running.page.getByText('first folder').first()).toBeVisible()
  expect(running.app.windows()).toHaveLength(1)
})

test('the catalog is readable by its owner only, and the window comes back as it was', async () => {
  running = await launch()
  const { app, dataDir, home } = running
  await expect(running.page.getByRole('button', { name: /sample library/i })).toBeVisible()
  if (process.platform !== 'win32') {
    const catalog = path.join(dataDir, 'catalog')
    for (const name of await readdir(catalog)) {
      const { mode } = await stat(path.join(catalog, name))
      expect(mode & 0o077, name).toBe(0)
    }
    expect((await stat(dataDir)).mode & 0o077).toBe(0)
  }
  await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.setSize(1011, 707))
  await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close())
  await running.close().catch(() => undefined)
  running = await launch({ home })
  const [width, height] = await running.app.evaluate(
    ({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getSize() ?? [],
  )
  expect([width, height]).toEqual([1011, 707])
})

test('a library that another program has open is said once, and the engine is not restarted in circles', async () => {
  running = await launch()
  await expect(running.page.getByRole('button', { name: /sample library/i })).toBeVisible()
  const { home } = running
  await running.close()
  const lock = new Database(path.join(home, 'data', 'catalog', 'lock.sqlite'))
  lock.exec('BEGIN EXCLUSIVE')
  try {
    running = await launch({ home })
    await expect.poll(running.messageBoxes).toHaveLength(1)
    // Longer than all pauses before a restart.
    await running.page.waitForTimeout(2_000)
    const boxes = await running.messageBoxes()
    expect(boxes).toHaveLength(1)
    expect(boxes[0]).toContain('Another Twinlens is using this catalog')
    // What was printed before the test began to listen is not seen here; what matters is that it does not come again.
    expect(running.stderr().split('Another Twinlens is using this catalog').length).toBeLessThanOrEqual(2)
  } finally {
    lock.close()
  }
})
