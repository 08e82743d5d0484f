import { app, dialog, Menu, protocol, type BrowserWindow } from 'electron'
import { asTwinlensError } from '../shared/errors.ts'
import { catalogDir } from './app-data.ts'
import { builtFiles } from './built-files.ts'
import { createDialogs } from './dialogs.ts'
import type { LaunchEngine } from './engine-process.ts'
import { superviseEngine, type EngineSupervisor } from './engine-supervisor.ts'
import { answerPage, sendEnginePort, type PageDesk } from './ipc.ts'
import { buildMenu, sendMenuCommand } from './menu.ts'
import { servePage } from './page-protocol.ts'
import { servePhotos } from './photo-protocol.ts'
import { pauseBeforeRestart } from './restart-policy.ts'
import { refuseStrangers } from './security.ts'
import { secretServices } from './secrets.ts'
import { trashServices } from './trash.ts'
import { openMainWindow } from './window.ts'

export interface EngineChoice {
  launch: LaunchEngine
  entry: string
}

/** The app once Electron is ready: one engine, one window at a time. */
export class TwinlensApp {
  readonly #engine: EngineSupervisor
  #desk: PageDesk | null = null
  #pageEndsMs: number[] = []

  /** Starts the engine first: it and the window come up side by side. */
  constructor({ launch, entry }: EngineChoice) {
    const options = { entry, catalogDir: catalogDir(), resourcesDir: builtFiles.resources }
    this.#engine = superviseEngine(
      launch,
      options,
      { ...trashServices, ...secretServices },
      {
        restarted: () => {
          if (this.#desk) sendEnginePort(this.#desk)
        },
        gaveUp: (reason, lastWords) => void this.#sayEngineGaveUp(reason, lastWords),
      },
    )
    refuseStrangers()
    servePage(protocol, builtFiles.renderer)
    servePhotos(protocol, this.#engine.call)
    answerPage(() => this.#desk)
    Menu.setApplicationMenu(buildMenu(() => this.#window))
  }

  get #window(): BrowserWindow | null {
    return this.#desk?.window ?? null
  }

  /** Shows the window, making it if there is none. */
  show(): void {
    const present = this.#window
    if (present !== null) {
      if (present.isMinimized()) present.restore()
      present.focus()
      return
    }
    const window = openMainWindow()
    this.#desk = { window, engine: this.#engine, dialogs: createDialogs(window, this.#engine.call) }
    window.once('closed', () => {
      this.#desk = null
    })
    window.webContents.on('render-process-gone', (_event, { reason }) => {
      if (reason !== 'clean-exit') this.#reloadPage(window, reason)
    })
  }

  /** Adds folders that the person named on the command line, and scans. */
  async openFolders(folders: string[]): Promise<void> {
    if (folders.length === 0) return
    try {
      await this.#engine.call('host.addFolders', { paths: folders })
      sendMenuCommand(this.#window, 'scan')
    } catch (error) {
      await this.#say(`Could not open ${folders.join(', ')}`, asTwinlensError(error).message, ['OK'])
    }
  }

  async stop(): Promise<void> {
    await this.#engine.stop()
  }

  #reloadPage(window: BrowserWindow, reason: string): void {
    this.#pageEndsMs.push(Date.now())
    if (pauseBeforeRestart(this.#pageEndsMs) !== null) {
      window.webContents.reload()
      return
    }
    void this.#say('The window ended unexpectedly', `Reason: ${reason}. Your photos and the catalog were not harmed.`, [
      'Quit',
    ]).then(() => app.quit())
  }

  async #sayEngineGaveUp(reason: 'keeps-ending' | 'cannot-start', lastWords: string): Promise<void> {
    const said = lastWords === '' ? 'It gave no reason.' : lastWords
    const [message, detail] =
      reason === 'cannot-start'
        ? ['Twinlens could not open its library', `${said}\n\nYour photos were not touched.`]
        : [
            'The part of Twinlens that reads photos keeps ending',
            'It ended three times within a minute and was not started again. Your photos and the catalog were not harmed; ' +
              `what was scanned so far is kept.\n\n${said}`,
          ]
    const answer = await this.#say(message, detail, ['Try again', 'Quit'])
    if (answer === 0) this.#engine.startAgain()
    else app.quit()
  }

  async #say(message: string, detail: string, buttons: string[]): Promise<number> {
    const options = { type: 'error', message, detail, buttons, defaultId: 0, noLink: true } as const
    const window = this.#window
    const answer = await (window ? dialog.showMessageBox(window, options) : dialog.showMessageBox(options))
    return answer.response
  }
}
