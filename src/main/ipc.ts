import { clipboard, ipcMain, shell, type BrowserWindow, type IpcMainEvent, type IpcMainInvokeEvent } from 'electron'
import { z } from 'zod'
import { TwinlensError } from '../shared/errors.ts'
import { ExportFormat, type Dialogs } from './dialogs.ts'
import type { EngineSupervisor } from './engine-supervisor.ts'
import { isPageUrl } from './page-address.ts'

export interface PageDesk {
  window: BrowserWindow
  engine: Pick<EngineSupervisor, 'call' | 'openPagePort'>
  dialogs: Dialogs
}

/** Only the main frame of our own window, showing our own page, is answered. */
function isOwnPage(event: IpcMainEvent | IpcMainInvokeEvent, window: BrowserWindow | null): boolean {
  if (window === null || window.isDestroyed() || event.sender !== window.webContents) return false
  const frame = event.senderFrame
  return frame !== null && frame === window.webContents.mainFrame && isPageUrl(frame.url)
}

/** Posts a new engine port to the page; the page takes it as the successor of any that it has. */
export function sendEnginePort({ window, engine }: Pick<PageDesk, 'window' | 'engine'>): void {
  if (window.isDestroyed()) return
  const port = engine.openPagePort()
  if (port) window.webContents.postMessage('engine:port', null, [port])
}

/**
 * Answers the preload script. Every message's sender is checked and its parameters parsed; a stranger, or a message that
 * does not parse, is rejected.
 * @param currentDesk what serves the page of the present window; null when there is none
 */
export function answerPage(currentDesk: () => PageDesk | null): void {
  const handle = <P extends z.ZodType>(
    channel: string,
    params: P,
    answer: (desk: PageDesk, params: z.output<P>) => Promise<unknown>,
  ): void => {
    ipcMain.handle(channel, async (event, ...args: unknown[]) => {
      const desk = currentDesk()
      if (desk === null || !isOwnPage(event, desk.window)) throw new TwinlensError('invalid-request', 'Unknown sender.')
      const parsed = params.safeParse(args)
      if (!parsed.success) throw new TwinlensError('invalid-request', `Parameters of ${channel} do not fit.`)
      return answer(desk, parsed.data)
    })
  }

  ipcMain.on('engine:request-port', (event) => {
    const desk = currentDesk()
    if (desk !== null && isOwnPage(event, desk.window)) sendEnginePort(desk)
  })
  handle('choose:folders', z.tuple([]), ({ dialogs }) => dialogs.chooseFolders())
  handle('choose:move-folder', z.tuple([]), ({ dialogs }) => dialogs.chooseMoveFolder())
  handle('choose:model-file', z.tuple([]), ({ dialogs }) => dialogs.chooseModelFile())
  handle('choose:export-file', z.tuple([ExportFormat, z.string().max(200)]), ({ dialogs }, [format, name]) =>
    dialogs.chooseExportFile(format, name),
  )
  handle('choose:benchmark-file', z.tuple([]), ({ dialogs }) => dialogs.chooseBenchmarkFile())
  handle('copy:text', z.tuple([z.string().max(1_000_000)]), async (_desk, [text]) => clipboard.writeText(text))
  handle('grant:dropped', z.tuple([z.array(z.string().max(32_768)).max(1_000)]), ({ dialogs }, [paths]) =>
    dialogs.grantDropped(paths),
  )
  handle('photo:show-in-folder', z.tuple([z.number().int().positive()]), async ({ engine }, [photoId]) => {
    const found = await engine.call('host.pathOf', { photoId })
    if (found === null) throw new TwinlensError('not-found', 'This photo is no longer in the library.')
    shell.showItemInFolder(found.path)
  })
}
