import type { MessagePort, Worker } from 'node:worker_threads'

/** Asks a worker to end once it has answered what it is working on. */
const endRequest = 'end'

/** A run takes well under a second; a thread that has not ended by then is stuck in a driver. */
const patienceMs = 15_000

/**
 * [Note: Ending an ONNX thread]
 *
 * A thread that is terminated in the middle of a run takes the whole process with it: the addon finds its JavaScript gone and
 * aborts. So a thread is asked to end, and only one that does not answer for long is terminated.
 */
export async function endWorker(worker: Worker): Promise<void> {
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  worker.postMessage(endRequest)
  const stuck = setTimeout(() => void worker.terminate(), patienceMs)
  await exited
  clearTimeout(stuck)
}

/**
 * Serves requests one after the other until `endWorker` asks to end; what waits by then is dropped.
 *
 * @param answer never rejects
 */
export function serveUntilEnd(port: MessagePort, answer: (message: unknown) => Promise<void>): void {
  let ending = false
  let last: Promise<void> = Promise.resolve()
  port.on('message', (message: unknown) => {
    if (message === endRequest) {
      ending = true
      void last.then(() => port.close())
      return
    }
    last = last.then(async () => {
      if (!ending) await answer(message)
    })
  })
}
