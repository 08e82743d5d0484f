import { AxeBuilder } from '@axe-core/playwright'
import { expect, type ElectronApplication, type Page } from '@playwright/test'
import { keepScreenshot, setSystemTheme } from './launch.ts'

/** What axe calls serious or critical, a line each. */
export async function seriousFindings(page: Page): Promise<string[]> {
  // Electron gives no new page for axe's own frame, so it runs in the page itself.
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze()
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`)
}

/** Keeps pictures of the present screen in light and dark, and lets axe look at both. */
export async function look({ app, page }: { app: ElectronApplication; page: Page }, name: string): Promise<void> {
  for (const theme of ['light', 'dark'] as const) {
    await setSystemTheme(app, theme)
    await page.waitForTimeout(250)
    await keepScreenshot(page, `${name}-${theme}`)
    expect(await seriousFindings(page), `${name}, ${theme}`).toEqual([])
  }
}
