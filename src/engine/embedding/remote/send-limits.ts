import type { InputOffer } from '../../../shared/contract/servers.ts'
import { TwinlensError } from '../../../shared/errors.ts'

/** For one request and its answer, where the caller gives no limit of its own. */
export const sendTimeoutMs = 60_000
/** For questions that do no work. */
export const askTimeoutMs = 5000
/** Most bytes of an answer that is no vectors: descriptions, metrics. */
export const infoLimit = 4_000_000

const longestVector = 16_384
/** A float32 as JSON text takes up to 22 characters and a comma. */
const longestNumber = 24

/** Most bytes that an answer with so many vectors may have. */
export function replyLimit(count: number, { dimension }: Pick<InputOffer, 'dimension'>): number {
  return 1_000_000 + count * (dimension ?? longestVector) * longestNumber
}

/** @throws TwinlensError `invalid-request` for no picture, or more than the server takes in one request */
export function checkCount(count: number, { maxBatch, model }: Pick<InputOffer, 'maxBatch' | 'model'>): void {
  if (count >= 1 && count <= maxBatch) return
  throw new TwinlensError(
    'invalid-request',
    `The model ${model} takes 1 to ${maxBatch} pictures in a request, not ${count}.`,
  )
}
