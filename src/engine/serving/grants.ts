import { randomUUID } from 'node:crypto'
import type { FilePath } from '../../shared/domain/file-path.ts'
import { TwinlensError } from '../../shared/errors.ts'

export type GrantPurpose = 'add-folder' | 'move-to' | 'import-model' | 'import-benchmark' | 'export'

/** Grants that were never used are forgotten, oldest first, beyond this many. */
const mostGrants = 1000

/**
 * Paths that the person chose in a dialog of the main process. The page holds only their ids: each works once, for the
 * purpose that it was given for.
 */
export class Grants {
  readonly #paths = new Map<string, { path: FilePath; purpose: GrantPurpose }>()

  give(path: FilePath, purpose: GrantPurpose): string {
    const id = randomUUID()
    this.#paths.set(id, { path, purpose })
    for (const old of this.#paths.keys()) {
      if (this.#paths.size <= mostGrants) break
      this.#paths.delete(old)
    }
    return id
  }

  /** The path of a grant, which is spent by this. Throws `invalid-request`. */
  redeem(id: string, purpose: GrantPurpose): FilePath {
    const grant = this.#paths.get(id)
    if (grant === undefined || grant.purpose !== purpose) {
      throw new TwinlensError('invalid-request', 'This choice of a folder or file is no longer valid. Choose it again.')
    }
    this.#paths.delete(id)
    return grant.path
  }
}
