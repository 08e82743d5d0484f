import { app, session, type Session } from 'electron'
import { isPageUrl, pageOrigin } from './page-address.ts'

const ownSchemes = new Set(['app:', 'photo:', 'data:', 'blob:', 'devtools:', 'chrome-extension:'])

/** Options of every window: the page is a web page and nothing more. */
export const pagePreferences = {
  sandbox: true,
  contextIsolation: true,
  nodeIntegration: false,
  nodeIntegrationInWorker: false,
  nodeIntegrationInSubFrames: false,
  webviewTag: false,
  webSecurity: true,
  allowRunningInsecureContent: false,
  spellcheck: false,
} as const

/**
 * Refuses whatever a page of Twinlens never needs: other addresses, new windows, embedded pages, permissions, the network.
 * Call once the app is ready and before a window is made.
 */
export function refuseStrangers(): void {
  app.on('web-contents-created', (_event, contents) => {
    contents.setWindowOpenHandler(() => ({ action: 'deny' }))
    const stay = (event: { preventDefault(): void }, url: string): void => {
      if (!isPageUrl(url)) event.preventDefault()
    }
    contents.on('will-navigate', (event) => stay(event, event.url))
    contents.on('will-redirect', (event) => stay(event, event.url))
    contents.on('will-frame-navigate', (event) => stay(event, event.url))
    contents.on('will-attach-webview', (event) => event.preventDefault())
  })
  refuseInSession(session.defaultSession)
}

function refuseInSession(pages: Session): void {
  pages.setPermissionRequestHandler((_contents, _permission, answer) => answer(false))
  pages.setPermissionCheckHandler(() => false)
  pages.setDevicePermissionHandler(() => false)
  pages.on('will-download', (event) => event.preventDefault())
  // Also with a hole in the content security policy, nothing of the person's photos leaves through the page.
  pages.webRequest.onBeforeRequest((details, answer) => answer({ cancel: !isOwnRequest(details.url) }))
}

function isOwnRequest(url: string): boolean {
  try {
    const { protocol, host } = new URL(url)
    return protocol === 'app:' ? `${protocol}//${host}` === pageOrigin : ownSchemes.has(protocol)
  } catch {
    return false
  }
}
