import { expect, test, type Locator, type Page } from '@playwright/test'
import { look } from './accessibility.ts'
import { launch, type Launched } from './launch.ts'

/* Real: the built app, its engine and model on the sample library, which holds a crop and one scene shot twice. */

let running: Launched
test.setTimeout(180_000)
test.beforeAll(async () => {
  running = await launch()
  const { page } = running
  await page.getByTestId('welcome-sample').click()
  await expect(page.getByTestId('scan-panel')).toHaveAttribute('data-phase', 'finished', { timeout: 90_000 })
  await page.getByTestId('rail-review').click()
})
test.afterAll(() => running.dispose())

async function resize(width: number, height: number): Promise<void> {
  const held = await running.app.browserWindow(running.page)
  await held.evaluate((window, [w, h]) => window.setContentSize(w, h), [width, height] as const)
  await expect.poll(() => running.page.evaluate(() => window.innerWidth)).toBe(width)
}

/** Luma of a drawn picture on 16 × 16 cells. */
function cellsOf(canvas: Locator): Promise<number[]> {
  return canvas.evaluate((element: HTMLCanvasElement) => {
    const small = new OffscreenCanvas(16, 16)
    const context = small.getContext('2d')
    context?.drawImage(element, 0, 0, 16, 16)
    const { data } = context?.getImageData(0, 0, 16, 16) ?? { data: [] }
    const luma: number[] = []
    for (let at = 0; at < data.length; at += 4)
      luma.push(0.299 * (data[at] ?? 0) + 0.587 * (data[at + 1] ?? 0) + 0.114 * (data[at + 2] ?? 0))
    return luma
  })
}

const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
const apart = (a: number[], b: number[]): number => mean(a.map((value, at) => Math.abs(value - (b[at] ?? 0))))
const spread = (a: number[]): number => Math.sqrt(mean(a.map((value) => (value - mean(a)) ** 2)))

const card = (page: Page, name: string): Locator =>
  page.getByTestId('photo-card').filter({ has: page.locator('strong', { hasText: name }) })

test('why: by keyboard, both photos aligned, what differs, and the numbers in plain words', async () => {
  const { page } = running
  await page.getByTestId('tier-ai').click()
  await expect(page.getByTestId('threshold-value')).toHaveText('All that a look bore out')
  await page.keyboard.press('/')
  await page.keyboard.type('IMG-0003')
  const cropped = card(page, 'IMG-0003.jpg')
  await expect(cropped).toContainText(/cropped \d+.?%/)
  await cropped.locator('.card-picture').focus()
  await page.keyboard.press('w')
  const dialog = page.getByTestId('why-dialog')
  await expect(page.getByTestId('why-sentence')).toHaveText(
    /^The same photo, cropped \d+.?%, saved again at about quality 8\d\.$/,
  )
  await expect(page.getByTestId('why-facts')).toContainText(/\d+ of \d+ patches show the same structure/)
  await expect(page.getByTestId('why-facts')).toContainText(/Cropped \d+.?%: 8.{0,3}% at the left/)
  await expect(page.getByTestId('why-facts')).toContainText(/One frame lies inside the other within 0\.\d.?%/)
  const pictures = page.getByTestId('why-picture')
  await expect(pictures).toHaveCount(2)
  await expect.poll(async () => spread(await cellsOf(pictures.last()))).toBeGreaterThan(15)
  const [first, second] = [await cellsOf(pictures.first()), await cellsOf(pictures.last())]
  expect(spread(first)).toBeGreaterThan(15)
  expect(apart(first, second)).toBeLessThan(4)
  await expect(page.getByTestId('why-marks').first()).toBeVisible()
  await resize(900, 600)
  await look(running, 'why')
  await page.keyboard.press('d')
  await expect(pictures).toHaveCount(1)
  // White where nothing differs.
  await expect.poll(async () => mean(await cellsOf(pictures))).toBeGreaterThan(200)
  await page.keyboard.press('s')
  await page.getByRole('slider', { name: 'Place of the line' }).press('Home')
  await expect(dialog.locator('.why-above')).toHaveCSS('clip-path', 'inset(0px 0px 0px 0%)')
  await page.keyboard.press('m')
  await expect(page.getByTestId('why-marks')).toHaveCount(0)
  await page.keyboard.press('Escape')
  await expect(dialog).toHaveCount(0)
  await expect(cropped.locator('.card-picture')).toBeFocused()
  expect(running.pageErrors).toEqual([])
})

test('similar: shown apart, never suggested, explained, decided and put aside by keyboard', async () => {
  const { page } = running
  await page.getByRole('searchbox', { name: 'Search photos' }).fill('')
  await page.getByTestId('tier-similar').click()
  await expect(page.getByTestId('similar-note')).toContainText('These are not duplicates')
  const twice = page.getByTestId('group-row').filter({ hasText: 'IMG_2050.jpg' })
  await expect(twice).toContainText('IMG_2051.jpg')
  await expect(twice).toContainText('shot twice')
  await expect(twice.locator('[data-decision=undecided]')).toHaveCount(2)
  await look(running, 'review-similar')
  await card(page, 'IMG_2050.jpg').locator('.card-picture').focus()
  await page.keyboard.press('w')
  await expect(page.getByTestId('why-against')).toHaveText(
    /^The cameras say that these are two shots, 2 s apart\. Neither frame lies inside the other/,
  )
  await page.keyboard.press('Escape')
  await page.keyboard.press('a')
  await expect(twice.locator('[data-decision=undecided]')).toHaveCount(2)
  await page.keyboard.press(' ')
  await expect(twice.locator('[data-decision=remove]')).toContainText('IMG_2050.jpg')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press(' ')
  await expect(page.getByText('Of two photos that look alike one always stays').first()).toBeVisible()
  await page.getByTestId('clean-up').click()
  await expect(page.getByTestId('plan-item').filter({ hasText: 'IMG_2050.jpg' })).toHaveCount(1)
  await page.getByTestId('rail-review').click()
  await card(page, 'IMG_2050.jpg').locator('.card-picture').focus()
  await page.keyboard.press('Enter')
  await expect(page.getByTestId('compare')).toBeVisible()
  await page.keyboard.press('w')
  await expect(page.getByTestId('why-dialog')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByTestId('why-dialog')).toHaveCount(0)
  await expect(page.getByTestId('compare')).toBeVisible()
  await page.keyboard.press('Escape')
  await page.keyboard.press('x')
  await expect(page.getByText('Marked as not alike.')).toBeVisible()
  await page.keyboard.press('Control+z')
  await expect(twice).toBeVisible()
  expect(running.pageErrors).toEqual([])
})
