import { contextBridge, ipcRenderer, webUtils } from 'electron'
// The small Zod: every window compiles this file before its page.
import * as z from 'zod/mini'

// The page's policy forbids code made from text, and Zod would try it.
z.config({ jitless: true })

/** Given by the main process on the command line; see window.ts. */
const Given = z.object({ app: z.string(), runtimeNote: z.nullable(z.string()) })
const Grants = z.array(z.string())
const Grant = z.nullable(z.string())

function readGiven(): z.infer<typeof Given> {
  const marker = '--twinlens='
  const argument = process.argv.find((value) => value.startsWith(marker))
  return Given.parse(JSON.parse(argument?.slice(marker.length) ?? '{}'))
}

/** A dropped file's path goes to the main process only; the page never sees it. */
function pathOf(file: File): string {
  // Electron before 29 has no webUtils; it gave files a `path`.
  const useWebUtils = (webUtils as typeof webUtils | undefined)?.getPathForFile
  if (useWebUtils) return useWebUtils(file)
  return 'path' in file && typeof file.path === 'string' ? file.path : ''
}

/**
 * Menu commands wait until the page listens and has an engine to carry them out with: the scan of folders that were named on
 * the command line comes before both.
 */
const waiting: string[] = []
const listeners = new Set<(command: string) => void>()
let hasEngine = false

function deliver(): void {
  if (!hasEngine || listeners.size === 0) return
  for (const command of waiting.splice(0)) for (const listener of listeners) listener(command)
}

function engineArrived(): void {
  hasEngine = true
  deliver()
}

ipcRenderer.on('menu', (_event, value: unknown) => {
  const command = z.string().safeParse(value)
  if (!command.success) return
  waiting.push(command.data)
  deliver()
})

// A port cannot pass the context bridge; a window message can carry it.
ipcRenderer.on('engine:port', (event) => {
  window.postMessage({ type: 'twinlens:engine-port' }, '*', [...event.ports])
  // Behind the message just posted, in the same queue.
  window.addEventListener('message', () => setTimeout(engineArrived), { once: true })
})

const given = readGiven()

contextBridge.exposeInMainWorld('twinlens', {
  requestEnginePort: (): void => ipcRenderer.send('engine:request-port'),
  chooseFolders: async () => Grants.parse(await ipcRenderer.invoke('choose:folders')),
  grantDropped: async (files: File[]) =>
    Grants.parse(await ipcRenderer.invoke('grant:dropped', files.map(pathOf).filter(Boolean))),
  chooseMoveFolder: async () => Grant.parse(await ipcRenderer.invoke('choose:move-folder')),
  chooseModelFile: async () => Grant.parse(await ipcRenderer.invoke('choose:model-file')),
  chooseBenchmarkFile: async () => Grant.parse(await ipcRenderer.invoke('choose:benchmark-file')),
  chooseExportFile: async (format: string, name: string) =>
    Grant.parse(await ipcRenderer.invoke('choose:export-file', format, name)),
  copyText: async (text: string): Promise<void> => {
    await ipcRenderer.invoke('copy:text', text)
  },
  showInFolder: async (photoId: number): Promise<void> => {
    await ipcRenderer.invoke('photo:show-in-folder', photoId)
  },
  platform: process.platform,
  versions: { app: given.app, electron: process.versions['electron'] ?? '', runtimeNote: given.runtimeNote },
  onMenu: (callback: (command: string) => void): (() => void) => {
    listeners.add(callback)
    deliver()
    return () => listeners.delete(callback)
  },
})
