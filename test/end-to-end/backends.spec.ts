import { readFile, readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { expect, test, type Page } from '@playwright/test'
import { startSmallServer, type SmallServer, type SmallServerOptions } from '../support/servers/small-server.ts'
import { look } from './accessibility.ts'
import { answerOpenDialog, launch, type Launched } from './launch.ts'
import { makeSmallLibrary, type SmallLibrary } from './small-library.ts'

/*
 * Real: the built app, its engine, and a server with the documented PyTorch contract that runs a real (half a kilobyte large)
 * network in this process.
 */

const token = 'sesame-9f27c1'
const options: SmallServerOptions = { token }
let server: SmallServer
let library: SmallLibrary
let running: Launched
test.beforeEach(async () => {
  delete options.endsAfter
  server = await startSmallServer(options)
  library = await makeSmallLibrary()
  running = await launch()
})
test.afterEach(async () => {
  await running.dispose()
  await server.stop()
  await rm(library.root, { recursive: true, force: true })
})

async function addServer(page: Page, url: string, secret = ''): Promise<void> {
  await page.getByTestId('server-add').click()
  await page.getByTestId('server-url').fill(url)
  if (secret !== '') {
    await page.getByText('More', { exact: true }).click()
    await page.getByLabel('Access token').fill(secret)
  }
  await page.getByTestId('server-save').click()
}

async function scanThroughServer(page: Page): Promise<void> {
  await page.getByTestId('rail-backends').click()
  await addServer(page, server.url, token)
  await expect(page.getByTestId('server-card')).toHaveAttribute('data-testing', 'false')
  await expect(page.getByTestId('server-card')).toContainText('ready')
  await page.getByTestId('mode-pytorch').click()
  await expect(page.getByTestId('mode')).toContainText('by your PyTorch servers')
}

async function chooseFolder(page: Page): Promise<void> {
  await page.getByTestId('rail-library').click()
  await answerOpenDialog(running.app, [library.root])
  await page.getByTestId('welcome-choose-folder').click()
}

/** All that the app keeps, its logs too, as text. */
async function everythingKept(): Promise<string> {
  const entries = await readdir(running.dataDir, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name))
  // Chromium holds locks on some of its own files that vanish meanwhile.
  const texts = await Promise.all(files.map((file) => readFile(file, 'latin1').catch(() => '')))
  return texts.join('\n')
}

test('a server is added, tested and used; a bad address says what is wrong; the token is never seen again', async () => {
  const { page } = running
  await page.getByTestId('rail-backends').click()
  await page.getByTestId('server-add').click()
  for (const [address, said] of [
    ['http://user:secret@10.0.0.5:8002', 'must not hold a user name or password'],
    ['two words', 'is not an address'],
    ['ftp://10.0.0.5', 'not with “ftp”'],
  ] as const) {
    await page.getByTestId('server-url').fill(address)
    await page.getByTestId('server-save').click()
    await expect(page.getByRole('dialog').getByRole('alert')).toContainText(said)
  }
  await page.getByRole('button', { name: 'Back' }).click()
  await addServer(page, 'http://127.0.0.1:9')
  const away = page.getByTestId('server-card')
  await expect(away.getByTestId('verdict')).toHaveAttribute('data-verdict', 'problem')
  await expect(away.getByRole('alert')).toContainText('http://127.0.0.1:9')
  await away.getByRole('button', { name: /Forget/ }).click()
  await expect(away).toHaveCount(0)

  await addServer(page, server.url, 'wrong')
  await expect(page.getByTestId('server-card').getByRole('alert')).toContainText('token')
  await page
    .getByTestId('server-card')
    .getByRole('button', { name: /Forget/ })
    .click()

  await scanThroughServer(page)
  await look(running, 'backends-server')
  await page
    .getByTestId('server-card')
    .getByRole('button', { name: /Change/ })
    .click()
  await page.getByText('More', { exact: true }).click()
  await expect(page.getByRole('dialog')).toContainText('Access token: kept')
  await look(running, 'backends-dialog')
  expect(await page.content()).not.toContain(token)
  await page.getByRole('button', { name: 'Back' }).click()

  await chooseFolder(page)
  await expect(page.getByTestId('scan-panel')).toHaveAttribute('data-phase', 'finished', { timeout: 45_000 })
  await expect(page.getByTestId('scan-panel')).toContainText(`PyTorch · ${server.url}`)
  expect(server.authorizations).toContain(`Bearer ${token}`)
  expect(await everythingKept()).not.toContain(token)
  expect(running.stderr()).not.toContain(token)
  expect(running.pageErrors).toEqual([])
})

test('when the server goes away in mid-scan the job bar says so, and this computer ends the scan well', async () => {
  const { page } = running
  await scanThroughServer(page)
  // It answers the probe pictures (eight, and one of them alone) and the first photo of the scan, and is gone.
  options.endsAfter = server.embedded + 10
  await chooseFolder(page)
  const bar = page.getByTestId('job-bar')
  await expect(bar).toContainText('Waiting for the server', { timeout: 45_000 })
  await expect(bar).toContainText(server.url)
  await page.getByTestId('scan-use-local').click()
  await expect(page.getByTestId('scan-panel')).toHaveAttribute('data-phase', 'finished', { timeout: 45_000 })
  await expect(page.getByTestId('library-totals')).toContainText('8')
  await page.getByTestId('rail-review').click()
  await expect(page.getByTestId('group-row').first().getByTestId('photo-card')).toHaveCount(3)
  expect(running.pageErrors).toEqual([])
})
