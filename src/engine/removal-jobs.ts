import type { CleanUpPlan, CleanUpProgress, CleanUpReport } from '../shared/contract/clean-up.ts'
import type { Tier } from '../shared/contract/groups.ts'
import { displayPath, type FilePath } from '../shared/domain/file-path.ts'
import { TwinlensError } from '../shared/errors.ts'
import type { Catalog } from './catalog/catalog.ts'
import { applyRemovals, restoreJournal, type Trash } from './clean-up.ts'
import { planCleanUp, type PreparedPlan } from './cleaning/plan-clean-up.ts'
import type { Destination } from './cleaning/removal.ts'
import { hexOf } from './hex.ts'
import type { ReviewSession } from './reviewing/review-session.ts'

/** Plans of an open library, and carrying them out. The session sees to it that one job runs at a time. */
export class RemovalJobs {
  readonly #catalog: Catalog
  readonly #review: ReviewSession
  readonly #trash: Trash
  readonly #plans = new Map<string, PreparedPlan>()
  #planCount = 0

  constructor(catalog: Catalog, review: ReviewSession, trash: Trash) {
    this.#catalog = catalog
    this.#review = review
    this.#trash = trash
  }

  /** Plans a clean-up by the present decisions; nothing is touched. The plan is kept under its id until it is applied. */
  async plan(tiers: readonly Tier[], destination: Destination): Promise<CleanUpPlan> {
    if (destination.kind === 'folder') this.#refuseInsideLibrary(destination.path)
    const paths = new Map(this.#catalog.folders.list().map((folder) => [folder.id, folder.path]))
    const id = `plan-${++this.#planCount}`
    const prepared = await planCleanUp(
      id,
      this.#review,
      tiers,
      destination,
      (folderId) => paths.get(folderId) ?? '',
      (photo) => hexOf(this.#catalog.photos.getFile(photo.fileId)?.contentHash ?? new Uint8Array(0)),
    )
    this.#plans.clear()
    this.#plans.set(id, prepared)
    return prepared.plan
  }

  /** A plan for carrying out, once. Throws `not-found` for one that was replaced or applied. */
  current(planId: string): PreparedPlan {
    const prepared = this.#plans.get(planId)
    if (prepared !== undefined) return prepared
    throw new TwinlensError('not-found', 'This plan is no longer current. Make it again; nothing was removed.')
  }

  apply(planId: string, signal: AbortSignal, onProgress: (progress: CleanUpProgress) => void): Promise<CleanUpReport> {
    const { removals, destination } = this.current(planId)
    this.#plans.delete(planId)
    return applyRemovals(removals, destination, { catalog: this.#catalog, trash: this.#trash, signal, onProgress })
  }

  restore(
    journalId: string,
    signal: AbortSignal,
    onProgress: (progress: CleanUpProgress) => void,
  ): Promise<CleanUpReport> {
    return restoreJournal(journalId, { catalog: this.#catalog, signal, onProgress })
  }

  #refuseInsideLibrary(path: FilePath): void {
    for (const folder of this.#catalog.folders.list()) {
      if (path !== folder.path && !path.startsWith(`${folder.path}/`) && !path.startsWith(`${folder.path}\\`)) continue
      const message = `${displayPath(path)} is inside the library folder ${displayPath(folder.path)}: photos moved there would be found again. Choose another folder.`
      throw new TwinlensError('destination-unusable', message)
    }
  }
}
