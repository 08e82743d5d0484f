import { mkdirSync } from 'node:fs'
import { app } from 'electron'
import { catalogFolder, dataFolder } from '../shared/data-folder.ts'

/**
 * Settles where everything is kept, before anything is: TWINLENS_DATA_DIR, `--user-data-dir`, or the place that the command
 * line uses too. Readable by this person alone.
 */
export function settleDataFolder(): void {
  const data = process.env['TWINLENS_DATA_DIR']
    ? process.env['TWINLENS_DATA_DIR']
    : app.commandLine.getSwitchValue('user-data-dir') ||
      dataFolder({ platform: process.platform, env: process.env, home: app.getPath('home') })
  mkdirSync(data, { recursive: true, mode: 0o700 })
  app.setPath('userData', data)
}

/** The engine's folder in it. */
export function catalogDir(): string {
  return catalogFolder(app.getPath('userData'), process.platform)
}
