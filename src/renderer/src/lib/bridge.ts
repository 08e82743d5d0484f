/** What the preload script gives the page. Paths never come through here: a grant is an id that stands for one. */
export interface Bridge {
  /** Asks main to hand over a port to the engine; it arrives as a window message. */
  requestEnginePort(): void
  /** Each returns grants, or nothing when the person cancelled. */
  chooseFolders(): Promise<string[]>
  grantDropped(files: File[]): Promise<string[]>
  chooseMoveFolder(): Promise<string | null>
  chooseModelFile(): Promise<string | null>
  chooseBenchmarkFile(): Promise<string | null>
  /** @param name proposed for the file, without extension */
  chooseExportFile(format: 'json' | 'html' | 'csv' | 'markdown' | 'png', name: string): Promise<string | null>
  copyText(text: string): Promise<void>
  showInFolder(photoId: number): Promise<void>
  platform: string
  versions: { app: string; electron: string; runtimeNote: string | null }
  /** Calls back with the command of a menu item; returns how to stop. */
  onMenu(callback: (command: string) => void): () => void
}

declare global {
  interface Window {
    readonly twinlens: Bridge
  }
}

export const bridge: Bridge = window.twinlens
