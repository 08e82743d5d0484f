import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { catalogFolder, dataFolder } from '../../shared/data-folder.ts'
import { noSecretKeeper } from '../backends/secret-keeper.ts'
import { LibrarySession } from '../library-session.ts'
import { trashWithLibrary } from '../files/trash.ts'

/** The app's resources, seen from the sources or from the built command in `out/engine`. */
export const resourcesDir = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../../resources' : '../../resources', import.meta.url),
)

/** Opens the catalog that the person named, or the app's own. Throws the catalog's codes. */
export function openSession(catalog: string | undefined): Promise<LibrarySession> {
  const dataDir = dataFolder({ platform: process.platform, env: process.env, home: homedir() })
  const catalogDir = catalog === undefined ? catalogFolder(dataDir, process.platform) : resolve(catalog)
  return LibrarySession.open({
    catalogDir,
    dataDir,
    resourcesDir,
    trash: trashWithLibrary,
    secrets: noSecretKeeper,
  })
}
