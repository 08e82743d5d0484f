import { stat } from 'node:fs/promises'
import path from 'node:path'
import { app, dialog, type BrowserWindow, type OpenDialogOptions } from 'electron'
import { z } from 'zod'
import type { EngineSupervisor } from './engine-supervisor.ts'

export const ExportFormat = z.enum(['json', 'html', 'csv', 'markdown', 'png'])
export type ExportFormat = z.infer<typeof ExportFormat>

const extensions: Record<ExportFormat, string> = { json: 'json', html: 'html', csv: 'csv', markdown: 'md', png: 'png' }

/** Dialogs of the main window: what the person chose becomes a grant, and only the grant goes to the page. */
export interface Dialogs {
  chooseFolders(): Promise<string[]>
  grantDropped(paths: string[]): Promise<string[]>
  chooseMoveFolder(): Promise<string | null>
  chooseModelFile(): Promise<string | null>
  /** @param name proposed for the file, without extension */
  chooseExportFile(format: ExportFormat, name: string): Promise<string | null>
  chooseBenchmarkFile(): Promise<string | null>
}

export function createDialogs(window: BrowserWindow, call: EngineSupervisor['call']): Dialogs {
  type Purpose = 'add-folder' | 'move-to' | 'import-model' | 'import-benchmark' | 'export'
  const grant = async (chosen: string, purpose: Purpose): Promise<string> =>
    (await call('host.grantPath', { path: chosen, purpose })).grant
  const open = async (options: OpenDialogOptions): Promise<string[]> => {
    const answer = await dialog.showOpenDialog(window, options)
    return answer.canceled ? [] : answer.filePaths
  }
  const openOne = async (options: OpenDialogOptions, purpose: Purpose): Promise<string | null> => {
    const [chosen] = await open(options)
    return chosen === undefined ? null : grant(chosen, purpose)
  }

  return {
    async chooseFolders() {
      const folders = await open({
        title: 'Choose folders with photos',
        buttonLabel: 'Choose',
        properties: ['openDirectory', 'multiSelections'],
      })
      return Promise.all(folders.map((folder) => grant(folder, 'add-folder')))
    },
    async grantDropped(paths) {
      const folders = await Promise.all(paths.map(async (dropped) => ((await isFolder(dropped)) ? [dropped] : [])))
      return Promise.all(folders.flat().map((folder) => grant(folder, 'add-folder')))
    },
    chooseMoveFolder: () =>
      openOne(
        {
          title: 'Choose a folder to move duplicates to',
          buttonLabel: 'Move here',
          properties: ['openDirectory', 'createDirectory'],
        },
        'move-to',
      ),
    chooseModelFile: () =>
      openOne(
        {
          title: 'Choose the model file',
          buttonLabel: 'Use this file',
          properties: ['openFile'],
          filters: [{ name: 'ONNX model', extensions: ['onnx'] }],
        },
        'import-model',
      ),
    chooseBenchmarkFile: () =>
      openOne(
        {
          title: 'Choose a file of benchmark results',
          buttonLabel: 'Open',
          properties: ['openFile'],
          filters: [{ name: 'Results', extensions: ['json'] }],
        },
        'import-benchmark',
      ),
    async chooseExportFile(format, name) {
      const safeName = name.replace(/[^\p{L}\p{N} ._-]/gu, '-').slice(0, 100) || 'twinlens'
      const answer = await dialog.showSaveDialog(window, {
        title: 'Save',
        defaultPath: path.join(app.getPath('documents'), `${safeName}.${extensions[format]}`),
        filters: [{ name: format.toUpperCase(), extensions: [extensions[format]] }],
        properties: ['showOverwriteConfirmation', 'createDirectory'],
      })
      return answer.canceled || !answer.filePath ? null : grant(answer.filePath, 'export')
    },
  }
}

async function isFolder(candidate: string): Promise<boolean> {
  try {
    return path.isAbsolute(candidate) && (await stat(candidate)).isDirectory()
  } catch {
    return false
  }
}
