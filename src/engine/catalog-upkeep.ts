import { asTwinlensError } from '../shared/errors.ts'
import type { Catalog } from './catalog/catalog.ts'

/** Nothing has run for this long. */
const quietMs = 20_000
/** Between two steps, so that what the person asks for meanwhile is answered. */
const breathMs = 50

/**
 * Gives the catalog's free pages back to the disk at a quiet moment ([Note: Compaction]): some time after the last scan or
 * clean-up, in short steps, and never while one runs.
 */
export class CatalogUpkeep {
  readonly #catalog: Catalog
  readonly #isBusy: () => boolean
  readonly #quietMs: number
  #timer: NodeJS.Timeout | null = null

  constructor(catalog: Catalog, isBusy: () => boolean, waitMs = quietMs) {
    this.#catalog = catalog
    this.#isBusy = isBusy
    this.#quietMs = waitMs
  }

  /** Something has ended: the quiet begins anew. */
  restart(): void {
    this.#after(this.#quietMs, false)
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  #after(ms: number, begun: boolean): void {
    this.stop()
    this.#timer = setTimeout(() => this.#step(begun), ms)
    // A command that has finished does not wait for it.
    this.#timer.unref()
  }

  #step(begun: boolean): void {
    this.#timer = null
    if (this.#isBusy()) return this.restart()
    try {
      if (this.#catalog.compact(begun)) this.#after(breathMs, true)
    } catch (error) {
      // A full disk, say: the free pages stay where they are.
      console.error(asTwinlensError(error).message)
    }
  }
}
