import path from 'node:path'
import { app, BrowserWindow, nativeTheme } from 'electron'
import { builtFiles } from './built-files.ts'
import { pageUrl } from './page-address.ts'
import { runtimeNote } from './runtime.ts'
import { pagePreferences } from './security.ts'
import { keepWindowState, minimumSize, readWindowState } from './window-state.ts'

/** The page's own background colours (tokens.css), shown while it loads: no white flash. */
const background = { dark: '#131416', light: '#eeeeef' } as const

/** Makes the main window and starts loading its page; it shows itself when the first frame can be drawn. */
export function openMainWindow(): BrowserWindow {
  const stateFile = path.join(app.getPath('userData'), 'window.json')
  const { position, width, height, maximized } = readWindowState(stateFile)
  const window = new BrowserWindow({
    ...position,
    width,
    height,
    minWidth: minimumSize.width,
    minHeight: minimumSize.height,
    show: false,
    title: 'Twinlens',
    icon: builtFiles.icon,
    autoHideMenuBar: true,
    backgroundColor: nativeTheme.shouldUseDarkColors ? background.dark : background.light,
    webPreferences: {
      ...pagePreferences,
      preload: builtFiles.preload,
      additionalArguments: [`--twinlens=${JSON.stringify({ app: app.getVersion(), runtimeNote })}`],
    },
  })
  keepWindowState(window, stateFile)
  window.once('ready-to-show', () => {
    if (maximized) window.maximize()
    window.show()
  })
  void window.loadURL(pageUrl)
  return window
}
