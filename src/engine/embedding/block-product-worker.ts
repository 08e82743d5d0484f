import { parentPort } from 'node:worker_threads'
import type { InferenceSession } from 'onnxruntime-node'
import type { BlockReply, BlockRequest } from './block-product-messages.ts'
import { serveUntilEnd } from './worker-end.ts'

/** Runs block-product.onnx on a thread of its own [Note: ONNX Runtime blocks]. */

let session: InferenceSession | null = null

async function open(modelPath: string, threads: number): Promise<InferenceSession> {
  const runtime = await import('onnxruntime-node')
  return runtime.InferenceSession.create(modelPath, {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    enableMemPattern: false,
    logSeverityLevel: 4,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  })
}

async function answer(request: BlockRequest): Promise<BlockReply> {
  const { Tensor } = await import('onnxruntime-node')
  session ??= await open(request.modelPath, request.threads)
  const { rows, rowCount, columns, columnCount, dimension, floor, id } = request
  const { pairs, scores } = await session.run({
    rows: new Tensor('float32', rows, [rowCount, dimension]),
    columns: new Tensor('float32', columns, [columnCount, dimension]),
    floor: new Tensor('float32', Float32Array.of(floor), []),
  })
  const at = pairs?.data
  const found = scores?.data
  if (!(at instanceof Int32Array) || !(found instanceof Float32Array)) {
    throw new Error('block-product.onnx is not the graph it should be.')
  }
  // `pairs` is 2 × P: all rows, then all columns.
  const count = found.length
  return { kind: 'pairs', id, rows: at.slice(0, count), columns: at.slice(count), scores: found.slice() }
}

async function receive(message: unknown): Promise<void> {
  const request = message as BlockRequest
  try {
    const reply = await answer(request)
    const transfer = reply.kind === 'pairs' ? [reply.rows.buffer, reply.columns.buffer, reply.scores.buffer] : []
    parentPort?.postMessage(reply, transfer as ArrayBuffer[])
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    parentPort?.postMessage({ kind: 'failed', id: request.id, message: reason } satisfies BlockReply)
  }
}

if (parentPort !== null) serveUntilEnd(parentPort, receive)
