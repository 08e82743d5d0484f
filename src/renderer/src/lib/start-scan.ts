import { attempt, callEngine } from './engine.ts'

/** Starts a scan in the background; null means all folders. @returns whether it started */
export function startScan(folderIds: number[] | null): Promise<boolean> {
  return attempt('start the scan', () => callEngine('scan.start', { folderIds }), 'No photo was changed.')
}
