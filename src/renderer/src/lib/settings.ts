import type { Settings } from '../../../shared/contract/calls.ts'
import type { ScanOptions } from '../../../shared/contract/scan.ts'
import { attempt, callEngine, readSession, sendToSession } from './engine.ts'

async function write(changes: Partial<Settings>): Promise<boolean> {
  return attempt('save the settings', async () => {
    const settings = readSession().settings ?? (await callEngine('settings.read', null))
    sendToSession({ type: 'settings-read', settings: { ...settings, ...changes } })
    sendToSession({
      type: 'settings-read',
      settings: await callEngine('settings.write', { ...settings, ...changes }),
    })
  })
}

/** Each saves at once. @returns whether it went well */
export function saveTheme(theme: Settings['theme']): Promise<boolean> {
  return write({ theme })
}

export function saveScanOptions(scan: ScanOptions): Promise<boolean> {
  return write({ scan })
}

export function saveThumbnailCap(thumbnailMegabytes: number): Promise<boolean> {
  return write({ thumbnailMegabytes })
}
