import { throwIfCancelled, TwinlensError } from '../../shared/errors.ts'
import type { InferenceClient } from '../embedding/remote/inference-client.ts'
import { isTooLarge } from '../embedding/remote/server-errors.ts'

/** A trial measures for this long once its first batch has come back. */
const measureMs = 1_200
/** For one request: a server that needs longer for eight pictures is no help. */
const limitMs = 30_000

/** Requests under way at the same time: enough for a server to batch and to hide the round trip. */
const inFlight = 4

/** Pictures in a request. */
const trialBatch = 8

export interface OfferSpeed {
  imagesPerSecond: number
  /** Body bytes sent for one picture. */
  bytesPerImage: number
}

/**
 * Measures one way through a server as a scan uses it: encoding, sending, and reading the reply, a few requests at a time. The
 * first batch warms the server up and is not counted; where it is too large for the server, smaller ones are sent.
 *
 * @param pictures model pixels; taken in turn
 * @throws TwinlensError the client's codes
 */
export async function measureOffer(
  client: InferenceClient,
  pictures: readonly Uint8Array[],
  signal?: AbortSignal,
): Promise<OfferSpeed> {
  let batch = pictures.slice(0, Math.min(trialBatch, client.offer.maxBatch))
  const send = async (): Promise<number> => {
    const request = await client.encode(batch)
    await client.send(request, { signal, timeoutMs: limitMs })
    return request.bodyBytes
  }
  const sendFirst = async (): Promise<number> => {
    try {
      return await send()
    } catch (error) {
      if (!(error instanceof TwinlensError) || !isTooLarge(error) || batch.length === 1) throw error
      batch = batch.slice(0, batch.length >> 1)
      return sendFirst()
    }
  }
  const bytes = await sendFirst()
  const started = performance.now()
  let done = 0
  const worker = async (): Promise<void> => {
    do {
      await send()
      done += batch.length
    } while (performance.now() - started < measureMs)
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  throwIfCancelled(signal)
  const seconds = (performance.now() - started) / 1000
  return { imagesPerSecond: done / seconds, bytesPerImage: Math.round(bytes / batch.length) }
}
