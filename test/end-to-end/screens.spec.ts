import { AxeBuilder } from '@axe-core/playwright'
import { expect, test, type Page } from '@playwright/test'
import { keepScreenshot, launch, setSystemTheme, type Launched } from './launch.ts'

/* Real: every screen of the app on the sample library, light and dark. The pictures are kept in artifacts/screenshots. */

let running: Launched
test.beforeAll(async () => {
  running = await launch()
})
test.afterAll(() => running.dispose())
test.setTimeout(180_000)

async function seriousFindings(page: Page): Promise<string[]> {
  // Electron gives no new page for axe's own frame, so it runs in the page itself.
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze()
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`)
}

test('every screen is accessible and looks right in light and dark @screenshots', async () => {
  const { app, page } = running
  const look = async (name: string): Promise<void> => {
    for (const theme of ['light', 'dark'] as const) {
      await setSystemTheme(app, theme)
      await page.waitForTimeout(250)
      await keepScreenshot(page, `${name}-${theme}`)
      expect(await seriousFindings(page), `${name}, ${theme}`).toEqual([])
    }
  }
  await expect(page.getByTestId('welcome')).toBeVisible()
  await look('welcome')
  await page.getByTestId('welcome-sample').click()
  await expect(page.getByTestId('folder-row')).toHaveCount(1)
  await expect(page.getByTestId('scan-panel')).toHaveAttribute('data-phase', 'finished', { timeout: 60_000 })
  await look('library')
  await page.getByTestId('rail-review').click()
  await expect(page.getByTestId('group-row').first()).toBeVisible()
  await look('review-exact')
  await page.getByTestId('tier-perceptual').click()
  await expect(page.getByTestId('threshold-slider')).toBeVisible()
  await look('review-perceptual')
  await page.getByTestId('group-row').first().getByTestId('photo-card').first().locator('button').first().click()
  await expect(page.getByTestId('compare')).toBeVisible()
  await page.waitForTimeout(1000)
  await look('compare')
  await page.keyboard.press('Escape')
  await page.getByTestId('tier-ai').click()
  await expect(page.getByTestId('threshold-slider')).toBeVisible()
  await look('review-ai')
  await page.getByTestId('clean-up').click()
  await expect(page.getByTestId('plan-sum')).toBeVisible()
  await look('clean-up')
  for (const screen of ['backends', 'history', 'settings'] as const) {
    await page.getByTestId(`rail-${screen}`).click()
    await page.waitForTimeout(300)
    await look(screen)
  }
  expect(running.pageErrors).toEqual([])
})
