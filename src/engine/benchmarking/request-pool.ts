import { throwIfCancelled } from '../../shared/errors.ts'
import type { EncodedRequest } from '../embedding/remote/inference-client.ts'
import type { LoadTarget } from './load-target.ts'
import type { WorkloadPictures } from './workload-pictures.ts'

/** Bodies kept ready at most: more than any answer cache sees between two visits of one body, and no burden. */
const poolBytes = 96 * 1024 * 1024
/** However large they are, so many are different. */
const leastRequests = 3
/** Runs without a number of requests go round these. */
const roundOf = 256

/** Makes requests for one target, ahead of the clock ([Note: Distinct pictures]). */
export class RequestPool {
  readonly #target: LoadTarget
  readonly #pictures: WorkloadPictures
  /** Pictures go on where the last requests ended: what one phase sent, no other sends. */
  #next = 0
  #round: { batch: number; requests: EncodedRequest[] } | null = null

  constructor(target: LoadTarget, pictures: WorkloadPictures) {
    this.#target = target
    this.#pictures = pictures
  }

  /**
   * @param batch pictures in each request
   * @param wanted how many will be sent; fewer are made where they would take more than 96 MB. Null: not known beforehand; a round of
   *   at most 256, made once for a batch size
   * @throws TwinlensError what the target's `prepare` throws, `cancelled`
   */
  async take(batch: number, wanted: number | null, signal: AbortSignal): Promise<EncodedRequest[]> {
    if (wanted !== null) return this.#make(batch, wanted, signal)
    if (this.#round?.batch !== batch) {
      this.#round = null
      this.#round = { batch, requests: await this.#make(batch, roundOf, signal) }
    }
    return this.#round.requests
  }

  async #make(batch: number, wanted: number, signal: AbortSignal): Promise<EncodedRequest[]> {
    const requests: EncodedRequest[] = []
    const least = Math.max(leastRequests, this.#target.servers)
    let bytes = 0
    while (requests.length < wanted && (bytes < poolBytes || requests.length < least)) {
      throwIfCancelled(signal)
      const first = this.#next
      this.#next += batch
      const pictures = Array.from({ length: batch }, (_, k) => this.#pictures.picture(first + k))
      const request = await this.#target.prepare(pictures)
      requests.push(request)
      bytes += request.bodyBytes
    }
    return requests
  }
}
