import { expect, test } from '@playwright/test'
import { look } from './accessibility.ts'
import { launch, type Launched } from './launch.ts'

/* Real: every screen of the app on the sample library, light and dark. The pictures are kept in artifacts/screenshots. */

let running: Launched
test.beforeAll(async () => {
  running = await launch()
})
test.afterAll(() => running.dispose())
test.setTimeout(180_000)

test('every screen is accessible and looks right in light and dark @screenshots', async () => {
  const { page } = running
  await expect(page.getByTestId('welcome')).toBeVisible()
  await look(running, 'welcome')
  await page.getByTestId('welcome-sample').click()
  await expect(page.getByTestId('folder-row')).toHaveCount(1)
  await expect(page.getByTestId('scan-panel')).toHaveAttribute('data-phase', 'finished', { timeout: 60_000 })
  await page.getByTestId('folder-watch').click()
  await expect(page.getByTestId('folder-watched')).toHaveText('watched')
  await look(running, 'library')
  await page.getByTestId('rail-review').click()
  await expect(page.getByTestId('group-row').first()).toBeVisible()
  await look(running, 'review-exact')
  await page.getByTestId('tier-perceptual').click()
  await expect(page.getByTestId('threshold-slider')).toBeVisible()
  await look(running, 'review-perceptual')
  await page.getByTestId('group-row').first().getByTestId('photo-card').first().locator('button').first().click()
  await expect(page.getByTestId('compare')).toBeVisible()
  await page.waitForTimeout(1000)
  await look(running, 'compare')
  await page.keyboard.press('Escape')
  await page.getByTestId('tier-ai').click()
  await expect(page.getByTestId('threshold-slider')).toBeVisible()
  await look(running, 'review-ai')
  await page.getByTestId('clean-up').click()
  await expect(page.getByTestId('plan-sum')).toBeVisible()
  await look(running, 'clean-up')
  for (const screen of ['backends', 'history', 'settings'] as const) {
    await page.getByTestId(`rail-${screen}`).click()
    await page.waitForTimeout(300)
    await look(running, screen)
  }
  await page.getByRole('button', { name: 'Check the catalog' }).click()
  await expect(page.getByTestId('catalog-verdict')).toHaveText(/^All of it is sound/)
  expect(running.pageErrors).toEqual([])
})
