import { chooseAndAddFolders } from '../lib/add-folders.ts'
import { startScan } from '../lib/start-scan.ts'
import { goTo, screens, sendToNavigation } from '../lib/navigation.ts'

/**
 * Runs a command of the application menu: `add-folder`, `scan`, `keys`, or `go-` and the name of a screen (`settings` and the
 * other screens' names alone mean the same).
 */
export function runMenuCommand(command: string): void {
  if (command === 'add-folder') {
    goTo('library')
    void chooseAndAddFolders()
  } else if (command === 'scan') {
    goTo('library')
    void startScan(null)
  } else if (command === 'keys') sendToNavigation({ type: 'keys-toggled', open: true })
  const screen = screens.find((name) => command === name || command === `go-${name}`)
  if (screen !== undefined) goTo(screen)
}
