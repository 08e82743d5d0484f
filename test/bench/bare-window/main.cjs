// The least an Electron app does: one window with one button. What the real app needs beyond this is its own.
const { app, BrowserWindow } = require('electron')

app.on('window-all-closed', () => app.quit())
void app.whenReady().then(() => {
  const window = new BrowserWindow({ width: 1200, height: 800, webPreferences: { sandbox: true } })
  void window.loadURL('data:text/html,<!doctype html><title>bare</title><button>ready</button>')
})
