import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { TwinlensError, throwIfCancelled } from '../../shared/errors.ts'
import type { DecodeReply, DecodeRequest } from './decoder-messages.ts'

/** A worker's WebAssembly memory only grows: after a picture this large it is replaced. */
const recyclePixels = 30_000_000
/** An idle worker gives its memory back after this. */
const idleMs = 5_000
/** Each decoding of a 12-megapixel HEIC holds some 180 MB, and small machines need their other cores for the model. */
const poolSize = availableParallelism() >= 4 ? 2 : 1

interface Slot {
  worker: Worker | null
  busy: boolean
  idle: NodeJS.Timeout | undefined
}

const slots: Slot[] = Array.from({ length: poolSize }, () => ({ worker: null, busy: false, idle: undefined }))
const waiting: (() => void)[] = []

function startWorker(slot: Slot): Worker {
  const file = import.meta.url.endsWith('.ts') ? './decoder-worker.ts' : './decoder-worker.mjs'
  const worker = new Worker(new URL(file, import.meta.url), { resourceLimits: { maxOldGenerationSizeMb: 512 } })
  worker.on('error', () => undefined) // Told to whoever waits for it; an idle one is simply replaced.
  worker.on('exit', () => {
    if (slot.worker === worker) slot.worker = null
  })
  worker.unref()
  return worker
}

async function takeSlot(): Promise<Slot> {
  for (;;) {
    const free = slots.find((slot) => !slot.busy)
    if (free !== undefined) {
      free.busy = true
      clearTimeout(free.idle)
      return free
    }
    await new Promise<void>((resolve) => waiting.push(resolve))
  }
}

function release(slot: Slot): void {
  slot.busy = false
  slot.idle = setTimeout(() => drop(slot), idleMs).unref()
  waiting.shift()?.()
}

function drop(slot: Slot): void {
  const { worker } = slot
  slot.worker = null
  void worker?.terminate()
}

/**
 * Runs one decoding in a worker thread, one at a time (two from four cores on); a thread starts with the first request and never keeps the
 * process alive by itself. A decoding that runs out of time, is cancelled or breaks its thread costs that thread, which
 * is replaced. Rejects with `decode-timeout`, `cancelled`, or `decode-error` when the thread died.
 */
export async function decodeInWorker(
  request: DecodeRequest,
  { seconds, signal }: { seconds: number; signal?: AbortSignal | undefined },
): Promise<DecodeReply> {
  const slot = await takeSlot()
  try {
    throwIfCancelled(signal)
    slot.worker ??= startWorker(slot)
    const reply = await ask(slot.worker, request, seconds, signal)
    if (reply.ok && reply.width * reply.height > recyclePixels) drop(slot)
    return reply
  } catch (error) {
    drop(slot)
    throw error
  } finally {
    release(slot)
  }
}

function ask(
  worker: Worker,
  request: DecodeRequest,
  seconds: number,
  signal: AbortSignal | undefined,
): Promise<DecodeReply> {
  return new Promise<DecodeReply>((resolve, reject) => {
    const settle = (act: () => void): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      worker.off('message', onReply).off('error', died).off('exit', died)
      worker.unref()
      act()
    }
    const onReply = (reply: DecodeReply): void => settle(() => resolve(reply))
    const onAbort = (): void => settle(() => reject(new TwinlensError('cancelled', 'Stopped on request.')))
    const died = (cause: unknown): void =>
      settle(() => reject(new TwinlensError('decode-error', 'The picture could not be decoded.', { cause })))
    const timer = setTimeout(
      () =>
        settle(() =>
          reject(new TwinlensError('decode-timeout', `Decoding took more than ${seconds} seconds and was stopped.`)),
        ),
      seconds * 1000,
    )
    signal?.addEventListener('abort', onAbort, { once: true })
    worker.on('message', onReply).on('error', died).on('exit', died)
    worker.ref()
    worker.postMessage(request)
  })
}
