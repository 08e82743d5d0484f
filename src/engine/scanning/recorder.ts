import type { Catalog } from '../catalog/catalog.ts'
import type { FileRecord } from '../catalog/record-batch.ts'

/** Photos in one transaction: what a killed scan has to do again at most, beside what was in flight. */
export const recordBatchSize = 64
const recordDelayMs = 1000

/**
 * Gathers finished files and writes them in batches, each one transaction: wholly in the catalog or not at all. A batch goes
 * when it is full or a second old, whichever comes first.
 */
export class Recorder {
  readonly #catalog: Catalog
  readonly #onRecorded: (records: readonly FileRecord[]) => void
  #batch: FileRecord[] = []
  #touched: number[] = []
  #scanId: number
  #timer: NodeJS.Timeout | null = null
  #failure: unknown = null

  constructor(catalog: Catalog, scanId: number, onRecorded: (records: readonly FileRecord[]) => void) {
    this.#catalog = catalog
    this.#scanId = scanId
    this.#onRecorded = onRecorded
  }

  /** Throws what an earlier write threw: a catalog that cannot be written ends the scan. */
  add(record: FileRecord): void {
    this.#rethrow()
    this.#batch.push(record)
    if (this.#batch.length >= recordBatchSize) this.flush()
    else this.#arm()
  }

  /** An unchanged file was seen again. */
  touch(fileId: number): void {
    this.#rethrow()
    this.#touched.push(fileId)
    if (this.#touched.length >= 10_000) this.flush()
    else this.#arm()
  }

  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    const batch = this.#batch
    const touched = this.#touched
    this.#batch = []
    this.#touched = []
    if (touched.length > 0) this.#catalog.photos.touch(touched, this.#scanId)
    if (batch.length > 0) {
      this.#catalog.photos.record(batch)
      this.#onRecorded(batch)
    }
    this.#rethrow()
  }

  #arm(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null
      try {
        this.flush()
      } catch (error) {
        this.#failure = error
      }
    }, recordDelayMs)
  }

  #rethrow(): void {
    if (this.#failure !== null) throw this.#failure
  }
}
