import { join } from 'node:path'
import { parentPort } from 'node:worker_threads'
import type { InferenceSession, OnnxValue, Tensor, TensorConstructor } from 'onnxruntime-node'
import type { NearestQuestion } from '../../shared/domain/nearest-product.ts'
import type { BlockAnswer, BlockReply, BlockRequest, BlockVectors } from './block-product-messages.ts'
import { serveUntilEnd } from './worker-end.ts'

/** Runs block-product.onnx and block-nearest.onnx on a thread of its own [Note: ONNX Runtime blocks]. */

type Graph = 'block-product' | 'block-nearest'

const sessions = new Map<Graph, Promise<InferenceSession>>()

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

function sessionOf(graph: Graph, { modelsDir, threads }: BlockRequest): Promise<InferenceSession> {
  const known = sessions.get(graph) ?? open(join(modelsDir, `${graph}.onnx`), threads)
  sessions.set(graph, known)
  return known
}

function vectorFeeds(Tensor: TensorConstructor, vectors: BlockVectors): Record<'rows' | 'columns', Tensor> {
  const { rows, rowCount, columns, columnCount, dimension } = vectors
  return {
    rows: new Tensor('float32', rows, [rowCount, dimension]),
    columns: new Tensor('float32', columns, [columnCount, dimension]),
  }
}

function wholeNumbers(value: OnnxValue | undefined): Int32Array {
  const data = value !== undefined && 'data' in value ? value.data : null
  if (!(data instanceof Int32Array)) throw new Error('a graph of the block product is not what it should be.')
  return data
}

/** A loop: `Float32Array.from` with a callback took a fifth of the time of a block. */
function scaled(products: Int32Array, step: number): Float32Array {
  const scores = new Float32Array(products.length)
  for (let at = 0; at < scores.length; at++) scores[at] = products[at]! * step
  return scores
}

async function answerAbove(request: BlockRequest, floor: number): Promise<BlockAnswer> {
  const { Tensor } = await import('onnxruntime-node')
  const session = await sessionOf('block-product', request)
  const { pairs, scores } = await session.run({
    ...vectorFeeds(Tensor, request.vectors),
    floor: new Tensor('float32', Float32Array.of(floor), []),
  })
  const at = wholeNumbers(pairs)
  const found = scores?.data
  if (!(found instanceof Float32Array)) throw new Error('block-product.onnx is not the graph it should be.')
  // `pairs` is 2 × P: all rows, then all columns.
  const count = found.length
  return { kind: 'above', rows: at.slice(0, count), columns: at.slice(count), scores: found.slice() }
}

/** Steps of the rounding: rows to 0 … 127 about a zero point, columns to −127 … 127. */
function stepsOf({ low, high }: NearestQuestion['range']): { row: number; rowZero: number; column: number } {
  const row = Math.max(1e-12, Math.max(0, high) - Math.min(0, low)) / 127
  return { row, rowZero: Math.round(-Math.min(0, low) / row), column: Math.max(1e-12, high, -low) / 127 }
}

async function answerNearest(request: BlockRequest, question: NearestQuestion): Promise<BlockAnswer> {
  const { Tensor } = await import('onnxruntime-node')
  const session = await sessionOf('block-nearest', request)
  const { vectors } = request
  const perRow = Math.min(question.perRow, vectors.columnCount)
  const perColumn = Math.min(question.perColumn, vectors.rowCount)
  const steps = stepsOf(question.range)
  const found = await session.run({
    ...vectorFeeds(Tensor, vectors),
    row_step: new Tensor('float32', Float32Array.of(steps.row), []),
    row_zero: new Tensor('uint8', Uint8Array.of(steps.rowZero), []),
    column_step: new Tensor('float32', Float32Array.of(steps.column), []),
    column_zero: new Tensor('int8', Int8Array.of(0), []),
    per_row: new Tensor('int64', BigInt64Array.of(BigInt(perRow)), [1]),
    per_column: new Tensor('int64', BigInt64Array.of(BigInt(perColumn)), [1]),
  })
  const step = steps.row * steps.column
  return {
    kind: 'nearest',
    perRow,
    perColumn,
    rowPartners: wholeNumbers(found['of_rows_at']).slice(),
    rowScores: scaled(wholeNumbers(found['of_rows']), step),
    columnPartners: wholeNumbers(found['of_columns_at']).slice(),
    columnScores: scaled(wholeNumbers(found['of_columns']), step),
  }
}

function answerTo(request: BlockRequest): Promise<BlockAnswer> {
  const { question } = request
  return question.kind === 'above' ? answerAbove(request, question.floor) : answerNearest(request, question)
}

/** The arrays of an answer, each with a buffer of its own. */
function buffersOf(answer: BlockAnswer): ArrayBuffer[] {
  const arrays = Object.values(answer).filter((value) => ArrayBuffer.isView(value))
  return arrays.map(({ buffer }) => buffer).filter((buffer) => buffer instanceof ArrayBuffer)
}

async function receive(message: unknown): Promise<void> {
  const request = message as BlockRequest
  const { id } = request
  try {
    const answer = await answerTo(request)
    parentPort?.postMessage({ kind: 'answered', id, answer } satisfies BlockReply, buffersOf(answer))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    parentPort?.postMessage({ kind: 'failed', id, message: reason } satisfies BlockReply)
  }
}

if (parentPort !== null) serveUntilEnd(parentPort, receive)
