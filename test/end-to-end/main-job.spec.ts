import { readFile, readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { expect, test, type Page } from '@playwright/test'
import { answerOpenDialog, answerSaveDialog, launch, type Launched } from './launch.ts'
import { makeSmallLibrary, type SmallLibrary } from './small-library.ts'

/* Real: the built app in the real Electron, its engine, the system's trash in a home of the test's own, real photos. */

let library: SmallLibrary
let running: Launched
test.beforeEach(async () => {
  library = await makeSmallLibrary()
  running = await launch()
})
test.afterEach(async () => {
  await running.dispose()
  await rm(library.root, { recursive: true, force: true })
})

const exists = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  )

async function chooseAndScan(page: Page): Promise<void> {
  await answerOpenDialog(running.app, [library.root])
  await page.getByTestId('welcome-choose-folder').click()
  await expect(page.getByTestId('library-totals')).toContainText('8', { timeout: 45_000 })
  await expect(page.getByTestId('scan-panel')).toHaveAttribute('data-phase', 'finished', { timeout: 45_000 })
}

test('choose a folder, scan, review, trash, restore: nothing is lost', async () => {
  const { page } = running
  const before = await readFile(library.copies[1])
  await chooseAndScan(page)
  await page.getByTestId('rail-review').click()
  const group = page.getByTestId('group-row').first()
  await expect(group.getByTestId('photo-card')).toHaveCount(3)
  await expect(group.locator('[data-decision=keep]')).toContainText('wren.jpg')
  await expect(group.locator('[data-decision=keep]')).toContainText('oldest')
  await expect(group.locator('[data-decision=remove]')).toHaveCount(2)
  const picture = group.locator('img').first()
  await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(100)
  await page.getByTestId('clean-up').click()
  await expect(page.getByTestId('plan-item')).toHaveCount(2)
  await page.getByTestId('clean-up-apply').click()
  await page.getByTestId('clean-up-confirm').click()
  await expect(page.getByTestId('clean-up-done')).toBeVisible()
  expect(await exists(library.copies[0])).toBe(true)
  expect(await exists(library.copies[1])).toBe(false)
  expect(await exists(library.copies[2])).toBe(false)
  expect(await readdir(path.join(running.xdgDataHome, 'Trash', 'files'))).toHaveLength(2)
  await page.getByTestId('clean-up-history').click()
  await page.getByTestId('restore').click()
  await expect.poll(() => exists(library.copies[2])).toBe(true)
  await expect.poll(() => exists(library.copies[1])).toBe(true)
  expect(await readFile(library.copies[1])).toEqual(before)
  expect(running.pageErrors).toEqual([])
})

test('perceptual duplicates are undecided until the person says so, and the last copy can not be removed', async () => {
  const { page } = running
  await chooseAndScan(page)
  await page.getByTestId('tier-link-perceptual').click()
  const cards = page.getByTestId('group-row').filter({ hasText: 'hike' }).getByTestId('photo-card')
  await expect(cards).toHaveCount(2)
  await expect(cards.first()).toHaveAttribute('data-decision', 'undecided')
  await cards.first().getByTestId('decision-toggle').click()
  await expect(cards.first()).toHaveAttribute('data-decision', 'remove')
  await cards.last().getByTestId('decision-toggle').click()
  await expect(page.getByText('One photo of each group always stays').first()).toBeVisible()
  await expect(cards.last()).toHaveAttribute('data-decision', 'undecided')
  await page.getByTestId('clean-up').click()
  const items = page.getByTestId('plan-item').filter({ hasText: 'hike' })
  await expect(items).toHaveCount(1)
})

test('the review is exported as the result file that the command reads', async () => {
  const { page } = running
  await chooseAndScan(page)
  await page.getByTestId('rail-review').click()
  await page.getByTestId('clean-up').click()
  const file = path.join(running.home, 'review.json')
  await answerSaveDialog(running.app, file)
  await page.getByTestId('export').click()
  await page.getByRole('menuitem', { name: /JSON/ }).click()
  await expect.poll(() => exists(file)).toBe(true)
  const result: unknown = JSON.parse(await readFile(file, 'utf8'))
  expect(result).toMatchObject({ schema: 'twinlens/scan-result@1', photos: 8 })
})

test('with the keyboard alone: review, compare, decide, undo, clean up', async () => {
  const { page } = running
  await chooseAndScan(page)
  await page.getByTestId('rail-review').focus()
  await page.keyboard.press('Enter')
  await expect(page.getByTestId('group-row').first()).toBeVisible()
  await page.keyboard.press('ArrowRight')
  const cards = page.getByTestId('group-row').first().getByTestId('photo-card')
  await page.keyboard.press('k')
  await expect(cards.locator('xpath=self::*[@data-decision="keep"]')).toHaveCount(3)
  await page.keyboard.press('Control+z')
  await expect(cards.locator('xpath=self::*[@data-decision="remove"]')).toHaveCount(2)
  await page.keyboard.press('Enter')
  await expect(page.getByTestId('compare')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByTestId('compare')).toHaveCount(0)
  await page.keyboard.press('Control+Enter')
  await expect(page.getByTestId('plan-item')).toHaveCount(2)
  await page.getByTestId('clean-up-apply').focus()
  await page.keyboard.press('Enter')
  await page.getByTestId('clean-up-confirm').focus()
  await page.keyboard.press('Enter')
  await expect(page.getByTestId('clean-up-done')).toBeVisible()
  expect(await exists(library.copies[1])).toBe(false)
})

test('"not duplicates" is remembered over a restart, also when the file has moved', async () => {
  const { page } = running
  await chooseAndScan(page)
  await page.getByTestId('tier-link-perceptual').click()
  const group = page.getByTestId('group-row').filter({ hasText: 'hike' })
  await group.getByRole('button', { name: 'Not duplicates' }).click()
  await expect(group).toHaveCount(0)
  await running.close()
  running = await launch({ home: running.home })
  await running.page.getByTestId('rail-library').click()
  await running.page.getByTestId('scan').click()
  await expect(running.page.getByTestId('scan-panel')).toHaveAttribute('data-phase', 'finished', { timeout: 45_000 })
  await running.page.getByTestId('rail-review').click()
  await expect(running.page.getByTestId('group-row').first()).toBeVisible()
  await running.page.getByTestId('tier-perceptual').click()
  await expect(running.page.getByTestId('group-row').filter({ hasText: 'hike' })).toHaveCount(0)
})
