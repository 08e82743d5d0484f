import { throwIfCancelled } from '../../shared/errors.ts'
import type { InferenceClient } from '../embedding/remote/inference-client.ts'

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
 * first batch warms the server up and is not counted.
 *
 * @param pictures model pixels; taken in turn
 * @throws TwinlensError the client's codes
 */
export async function measureOffer(
  client: InferenceClient,
  pictures: readonly Uint8Array[],
  signal?: AbortSignal,
): Promise<OfferSpeed> {
  const batch = pictures.slice(0, Math.min(trialBatch, client.offer.maxBatch))
  const send = async (): Promise<number> => {
    const request = await client.encode(batch)
    await client.send(request, { signal, timeoutMs: limitMs })
    return request.bodyBytes
  }
  const bytes = await send()
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
