import { setTimeout as sleep } from 'node:timers/promises'
import { throwIfCancelled, TwinlensError, type ErrorCode } from '../../shared/errors.ts'
import type { EncodedRequest, InferenceClient, InferenceReply } from '../embedding/remote/inference-client.ts'
import { isTooLarge } from '../embedding/remote/server-errors.ts'

/** Pictures of one request: a check is no load test. */
const picturesAtOnce = 8
/** A busy server is asked again until this many attempts, each time after a longer pause; where a connection was cut, once. */
const attempts: Partial<Record<ErrorCode, number>> = { 'server-busy': 6, 'server-unreachable': 2 }
const firstPauseMs = 200

export interface ServerVectors {
  /** Unit length, in order. */
  vectors: Float32Array[]
  dimension: number
  /** Of the vectors as the server sent them. */
  norms: { min: number; max: number }
}

/**
 * Sends pictures through one client, a request at a time. For checks only: it gives up where a scan would go on.
 *
 * @param pictures each height × width × 3 bytes RGB at the model's input size
 * @throws TwinlensError the client's codes
 */
export async function embedThrough(
  client: InferenceClient,
  pictures: readonly Uint8Array[],
  signal: AbortSignal | undefined,
  onDone?: (pictures: number) => void,
): Promise<ServerVectors> {
  const vectors: Float32Array[] = []
  const norms = { min: Infinity, max: 0 }
  let dimension = 0
  let most = Math.max(1, Math.min(picturesAtOnce, client.offer.maxBatch))
  while (vectors.length < pictures.length) {
    throwIfCancelled(signal)
    const some = pictures.slice(vectors.length, vectors.length + most)
    const reply = await sendPatiently(client, await client.encode(some), signal).catch((error: unknown) => {
      if (!(error instanceof TwinlensError) || !isTooLarge(error) || some.length === 1) throw error
      return null
    })
    if (reply === null) {
      most = some.length >> 1
      continue
    }
    dimension = reply.dimension
    for (let at = 0; at < reply.vectors.length; at += dimension) vectors.push(reply.vectors.slice(at, at + dimension))
    for (const norm of reply.rawNorms) {
      norms.min = Math.min(norms.min, norm)
      norms.max = Math.max(norms.max, norm)
    }
    onDone?.(vectors.length)
  }
  return { vectors, dimension, norms }
}

async function sendPatiently(
  client: InferenceClient,
  request: EncodedRequest,
  signal: AbortSignal | undefined,
): Promise<InferenceReply> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await client.send(request, { signal })
    } catch (error) {
      if (!(error instanceof TwinlensError) || attempt >= (attempts[error.code] ?? 1)) throw error
      await sleep(firstPauseMs * 2 ** (attempt - 1))
      throwIfCancelled(signal)
    }
  }
}
