import { app, protocol } from 'electron'
import { z } from 'zod'
import { settleDataFolder } from './app-data.ts'
import { openedFolders } from './opened-folders.ts'
import { TwinlensApp, type EngineChoice } from './twinlens-app.ts'

/** What a second start tells the first. */
const SecondStart = z.object({ folders: z.array(z.string()) })

/** The life of the app: one instance, folders from the command line, an orderly end. */
export function startApp(engine: EngineChoice): void {
  app.setName('Twinlens')
  settleDataFolder()
  const folders = openedFolders(process.argv, process.defaultApp === true, process.cwd())
  if (!app.requestSingleInstanceLock({ folders })) {
    app.quit()
    return
  }
  protocol.registerSchemesAsPrivileged([
    { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
    { scheme: 'photo', privileges: { standard: true, secure: true, supportFetchAPI: true, corsEnabled: true } },
  ])

  void app.whenReady().then(() => {
    const twinlens = new TwinlensApp(engine)
    twinlens.show()
    void twinlens.openFolders(folders)

    app.on('second-instance', (_event, _argv, _workingFolder, additional) => {
      twinlens.show()
      const second = SecondStart.safeParse(additional)
      if (second.success) void twinlens.openFolders(second.data.folders)
    })
    app.on('activate', () => twinlens.show())
    endInOrder(twinlens)
  })
}

/** Lets the engine close its catalog before the app ends. */
function endInOrder(twinlens: TwinlensApp): void {
  let state: 'running' | 'stopping' | 'stopped' = 'running'
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin' || state !== 'running') app.quit()
  })
  app.on('will-quit', (event) => {
    if (state === 'stopped') return
    event.preventDefault()
    if (state === 'stopping') return
    state = 'stopping'
    void twinlens.stop().finally(() => {
      state = 'stopped'
      // Electron ignores `quit` until it has taken note that this one was prevented.
      setImmediate(() => app.quit())
    })
  })
}
