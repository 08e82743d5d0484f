import { parentPort } from 'node:worker_threads'
import type { OnnxReply, OnnxRequest } from './onnx-messages.ts'
import { openSession, type OnnxSession } from './onnx-session.ts'
import { serveUntilEnd } from './worker-end.ts'

/** Owns one session; answers requests in order. Runs as a thread of the engine or as a process of its own. */

let session: OnnxSession | null = null

function reply(message: OnnxReply): void {
  if (parentPort === null) process.send?.(message)
  else if (message.kind === 'vectors') parentPort.postMessage(message, [message.vectors.buffer as ArrayBuffer])
  else parentPort.postMessage(message)
}

async function answer(request: OnnxRequest): Promise<OnnxReply> {
  const { id } = request
  if (request.kind === 'open') {
    session = await openSession(request.setup)
    return { kind: 'opened', id }
  }
  if (session === null) throw new Error('No session is open.')
  if (request.kind === 'placement') return { kind: 'placement', id, cpuShare: await session.placement() }
  return { kind: 'vectors', id, ...(await session.embed(request.pixels, request.count)) }
}

async function receive(message: unknown): Promise<void> {
  const request = message as OnnxRequest
  try {
    reply(await answer(request))
  } catch (error) {
    reply({ kind: 'failed', id: request.id, message: error instanceof Error ? error.message : String(error) })
  }
}

if (parentPort === null) {
  let last: Promise<void> = Promise.resolve()
  process.on('message', (message) => {
    last = last.then(() => receive(message))
  })
  // A process that has used WebGPU does not end by itself, and nothing may outlive the engine.
  process.on('disconnect', () => process.exit(0))
} else {
  serveUntilEnd(parentPort, receive)
}
