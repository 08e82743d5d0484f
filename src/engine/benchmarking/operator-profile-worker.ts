import { openSession } from '../embedding/onnx-session.ts'
import type { SessionSetup } from '../embedding/onnx-messages.ts'
import { profileOperators, type OperatorTime } from '../embedding/operator-profile.ts'
import { readOnnxModelFacts, type OnnxModelFacts } from '../embedding/onnx-model-facts.ts'
import { pictureBytes } from '../embedding/normalise.ts'

export interface OperatorTask {
  setup: SessionSetup
  /** Of the profile. */
  runs: number
  batchSizes: number[]
  /** Of each batch size: no further run begins after it. */
  limitMs: number
}

/** One after the other, so that what came before a stop is kept. */
export type OperatorReply =
  | { kind: 'model'; facts: OnnxModelFacts }
  | { kind: 'operators'; operators: OperatorTime[] }
  | { kind: 'batch'; size: number; meanMs: number }
  | { kind: 'end' }
  | { kind: 'failed'; message: string }

function reply(message: OperatorReply): void {
  process.send?.(message)
}

async function carryOut({ setup, runs, batchSizes, limitMs }: OperatorTask): Promise<void> {
  reply({ kind: 'model', facts: await readOnnxModelFacts(setup.modelPath) })
  const picture = new Uint8Array(pictureBytes(setup.preprocessing)).map((_, k) => (k * 31) % 251)
  reply({ kind: 'operators', operators: await profileOperators(setup, picture, runs) })
  for (const size of batchSizes) {
    // Scans split batches as memory wants it; here a batch is one run.
    const session = await openSession({ ...setup, picturesPerRun: size })
    const pixels = new Uint8Array(picture.length * size)
    for (let k = 0; k < size; k++) pixels.set(picture, k * picture.length)
    await session.embed(pixels, size)
    const times: number[] = []
    for (const begun = performance.now(); times.length < runs;) {
      if (times.length > 0 && performance.now() - begun > limitMs) break
      times.push((await session.embed(pixels, size)).computeMs)
    }
    reply({ kind: 'batch', size, meanMs: times.reduce((sum, ms) => sum + ms, 0) / times.length })
  }
  reply({ kind: 'end' })
}

process.once('message', (task) => {
  carryOut(task as OperatorTask).catch((error: unknown) =>
    reply({ kind: 'failed', message: error instanceof Error ? error.message : String(error) }),
  )
})
// A process that has used WebGPU does not end by itself, and nothing may outlive the engine.
process.on('disconnect', () => process.exit(0))
// Ctrl+C in a terminal reaches every process of the command; the engine says what is to be done.
process.on('SIGINT', () => undefined)
