import { shell } from 'electron'
import type { hostServices } from '../shared/contract/host-calls.ts'
import { displayPath } from '../shared/domain/file-path.ts'
import { TwinlensError } from '../shared/errors.ts'
import type { Handlers } from '../shared/rpc/server.ts'

/** What the engine may ask of the system's trash. */
export const trashServices: Pick<Handlers<typeof hostServices>, 'shell.trash'> = {
  async 'shell.trash'({ path }) {
    if (!path.isWellFormed()) {
      throw new TwinlensError(
        'trash-unavailable',
        `The name of “${displayPath(path)}” is not valid text, and the system's trash cannot take it. It was left where it is; move to a folder instead.`,
      )
    }
    try {
      await shell.trashItem(path)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new TwinlensError(
        'trash-unavailable',
        `The system's trash did not take “${path}” (${reason}). It was left where it is; move to a folder instead.`,
        { cause: error },
      )
    }
    return null
  },
}
