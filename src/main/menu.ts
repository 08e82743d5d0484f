import { app, Menu, type BrowserWindow, type MenuItemConstructorOptions } from 'electron'

/** Commands that the page carries out. */
export type MenuCommand =
  'add-folder' | 'scan' | 'keys' | 'settings' | `go-${'library' | 'review' | 'backends' | 'history'}`

export function sendMenuCommand(window: BrowserWindow | null, command: MenuCommand): void {
  window?.webContents.send('menu', command)
}

/** The application menu. What the page's own keys do already is not listed twice. */
export function buildMenu(currentWindow: () => BrowserWindow | null): Menu {
  const item = (label: string, command: MenuCommand, accelerator?: string): MenuItemConstructorOptions => ({
    label,
    ...(accelerator === undefined ? {} : { accelerator }),
    click: () => sendMenuCommand(currentWindow(), command),
  })
  const mac = process.platform === 'darwin'
  return Menu.buildFromTemplate([
    ...(mac ? [{ role: 'appMenu' } as const] : []),
    {
      label: '&File',
      submenu: [
        item('Add folder…', 'add-folder', 'CmdOrCtrl+O'),
        item('Scan', 'scan', 'CmdOrCtrl+R'),
        { type: 'separator' },
        item('Settings', 'settings', 'CmdOrCtrl+,'),
        { type: 'separator' },
        mac ? { role: 'close' } : { role: 'quit' },
      ],
    },
    { role: 'editMenu' },
    {
      label: '&View',
      submenu: [
        item('Library', 'go-library'),
        item('Review', 'go-review'),
        item('Backends', 'go-backends'),
        item('History', 'go-history'),
        { type: 'separator' },
        { role: 'resetZoom', label: 'Text size: normal' },
        { role: 'zoomIn', label: 'Text size: larger' },
        { role: 'zoomOut', label: 'Text size: smaller' },
        { type: 'separator' },
        { role: 'togglefullscreen' },
        ...(app.isPackaged ? [] : [{ role: 'toggleDevTools' } as const]),
      ],
    },
    ...(mac ? [{ role: 'windowMenu' } as const] : []),
    { role: 'help', submenu: [item('Keys', 'keys')] },
  ])
}
