import type { BackendDescription } from '../../shared/contract/models.ts'

/** Turns pictures into vectors, whatever computes them. */
export interface Embedder {
  /** What computes right now: the provider and device that really run. */
  readonly description: BackendDescription
  /** Vectors may be compared, and cached ones reused, only under the same key. */
  readonly spaceKey: string
  /** Length of each vector. */
  readonly dimension: number
  /** Pictures that are computed together; an `embed` of this many wastes nothing. */
  readonly batchSize: number
  /** How many `embed` calls of one batch are worth having under way now; changes while a server's answers are learnt. */
  readonly concurrency: number
  /** Since when and why nothing can be computed (every server is away); null while work goes on. Calls wait meanwhile. */
  readonly outage: { sinceMs: number; reason: string } | null
  /**
   * One unit-length vector for each picture, in order. Calls may overlap; batches are computed one after the other. Raising
   * the signal rejects at once; the batch in work is computed to its end and dropped, those behind it are not begun.
   *
   * @param pixels each height × width × 3 bytes RGB, row by row, at the model's input size; copied, free to reuse on return
   * @throws TwinlensError `cancelled`; `backend-unusable` when not even the CPU can run the model; `invalid-request` for a
   *   picture of the wrong size
   */
  embed(pixels: Uint8Array[], signal?: AbortSignal): Promise<Float32Array[]>
  /** Called after each change of `description` or `outage`, such as a GPU or a server that was lost. */
  onChange(callback: (description: BackendDescription) => void): void
  /** Ends its thread or process. Calls still open are rejected with `cancelled`. */
  close(): Promise<void>
}
