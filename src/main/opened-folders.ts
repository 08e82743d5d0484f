import path from 'node:path'

/**
 * Folders named on the command line, absolute. Switches, Chromium's own among them, are left out.
 * @param argv as `process.argv`
 * @param toldWhichApp whether the first argument names the app, as when Electron is started with a path
 */
export function openedFolders(argv: readonly string[], toldWhichApp: boolean, workingFolder: string): string[] {
  return argv
    .slice(1)
    .filter((argument) => argument !== '' && !argument.startsWith('-'))
    .slice(toldWhichApp ? 1 : 0)
    .map((argument) => path.resolve(workingFolder, argument))
}
