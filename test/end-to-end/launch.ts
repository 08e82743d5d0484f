import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { _electron, type ElectronApplication, type Page } from '@playwright/test'
import { z } from 'zod'

const root = path.resolve(import.meta.dirname, '../..')
const builtMain = path.join(root, 'out', 'main', 'index.cjs')

/** Which Electron to start; scripts/test.mjs says it. */
const Electron = z.object({
  binary: z.string(),
  kind: z.enum(['official', 'fallback']),
  arguments: z.array(z.string()),
})

function chosenElectron(): z.infer<typeof Electron> {
  const given = process.env['TWINLENS_TEST_ELECTRON']
  if (given === undefined) throw new Error('Start the end-to-end tests with `npm test -- end-to-end`.')
  return Electron.parse(JSON.parse(given))
}

/** The command line that starts the app; folders go behind it. */
export function electronCommand(main = builtMain): { binary: string; args: string[] } {
  const electron = chosenElectron()
  const which = electron.kind === 'official' ? [main] : []
  return { binary: electron.binary, args: [...electron.arguments, '--disable-gpu', ...which] }
}

export interface Launched {
  app: ElectronApplication
  page: Page
  /** Holds the data folder and the trash; give it to `launch` to start again on the same library. */
  home: string
  /** The app's environment. */
  env: Record<string, string>
  /** The app's data folder; `catalog` is in it. */
  dataDir: string
  /** Where XDG puts the trash of this run: `<xdgDataHome>/Trash`. */
  xdgDataHome: string
  /** Messages of the page's console at level error. */
  pageErrors: string[]
  /** What the app and its engine wrote to stderr so far. */
  stderr(): string
  /** Message boxes shown so far, as JSON of their options. */
  messageBoxes(): Promise<string[]>
  /** Closes the app as a person would; the data stays until `dispose`. */
  close(): Promise<void>
  /** Closes the app and removes what it kept. */
  dispose(): Promise<void>
}

export interface LaunchOptions {
  /** Folders on the command line. */
  folders?: string[]
  /** An earlier run's home, to start again on the same catalog. */
  home?: string
  /** Another main file than the built one. */
  main?: string
  env?: Record<string, string>
  /** Index of the button with which message boxes are answered; without it they stay open. */
  messageBoxAnswer?: number
}

/** Starts the real app in the real Electron, with a data folder and a trash of its own. */
export async function launch(options: LaunchOptions = {}): Promise<Launched> {
  const main = options.main ?? builtMain
  const { binary, args } = electronCommand(main)
  const home = options.home ?? (await mkdtemp(path.join(tmpdir(), 'twinlens-test-')))
  const dataDir = path.join(home, 'data')
  const xdgDataHome = path.join(home, 'xdg')
  const env: Record<string, string> = {}
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined) env[name] = value
  Object.assign(env, { TWINLENS_DATA_DIR: dataDir, XDG_DATA_HOME: xdgDataHome, TWINLENS_TEST_APP: main }, options.env)
  const app = await _electron.launch({
    executablePath: binary,
    args: [...args, ...(options.folders ?? [])],
    env,
    colorScheme: null,
  })
  await recordMessageBoxes(app, options.messageBoxAnswer ?? null)
  let stderr = ''
  app.process().stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8')
  })
  const page = await app.firstWindow()
  const pageErrors: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') pageErrors.push(message.text())
  })
  page.on('pageerror', (error) => pageErrors.push(error.message))
  const close = (): Promise<void> => app.close()
  return {
    app,
    page,
    home,
    env,
    dataDir,
    xdgDataHome,
    pageErrors,
    stderr: () => stderr,
    messageBoxes: () => app.evaluate(() => (globalThis as unknown as { messageBoxes: string[] }).messageBoxes),
    close,
    async dispose() {
      await close().catch(() => undefined)
      await rm(home, { recursive: true, force: true })
    },
  }
}

/** Nobody could press a button in a native box: they are recorded instead, and answered as the test wants. */
async function recordMessageBoxes(app: ElectronApplication, answer: number | null): Promise<void> {
  await app.evaluate(({ dialog }, response) => {
    const messageBoxes: string[] = []
    Object.assign(globalThis, { messageBoxes })
    dialog.showMessageBox = (...given: unknown[]) => {
      messageBoxes.push(JSON.stringify(given.at(-1)))
      return new Promise((resolve) => {
        if (response !== null) resolve({ response, checkboxChecked: false })
      })
    }
  }, answer)
}

/** Lets the next folder dialogs answer with these paths, as if the person had chosen them; an empty list is "Cancel". */
export async function answerOpenDialog(app: ElectronApplication, filePaths: string[]): Promise<void> {
  await app.evaluate(({ dialog }, paths) => {
    dialog.showOpenDialog = async () => ({ canceled: paths.length === 0, filePaths: paths })
  }, filePaths)
}

/** The same for the dialog that asks where to save; null is "Cancel". */
export async function answerSaveDialog(app: ElectronApplication, filePath: string | null): Promise<void> {
  await app.evaluate(({ dialog }, file) => {
    dialog.showSaveDialog = async () => ({ canceled: file === null, filePath: file ?? '' })
  }, filePath)
}

/** Shows the page as the system's light or dark setting would. */
export async function setSystemTheme(app: ElectronApplication, theme: 'light' | 'dark'): Promise<void> {
  await app.evaluate(({ nativeTheme }, source) => {
    nativeTheme.themeSource = source
  }, theme)
}

/** Keeps a picture of the page as an artefact, `artifacts/screenshots/<name>.png`. */
export async function keepScreenshot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: path.join(root, 'artifacts', 'screenshots', `${name}.png`) })
}
