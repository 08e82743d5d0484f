import type { SessionSetup } from '../embedding/onnx-messages.ts'
import { measureColdStart } from '../embedding/session-cold-start.ts'

/** What a fresh process took to create its session, and for its first picture. */
export type ColdStartReply = { ok: true; createMs: number; firstMs: number } | { ok: false; message: string }

process.once('message', (setup) => {
  measureColdStart(setup as SessionSetup)
    .then((times): ColdStartReply => ({ ok: true, ...times }))
    .catch((error: unknown): ColdStartReply => ({
      ok: false,
      message: error instanceof Error ? error.message : String(error),
    }))
    .then((reply) => process.send?.(reply))
    .catch(() => process.exit(1))
})
// A process that has used WebGPU does not end by itself, and nothing may outlive the engine.
process.on('disconnect', () => process.exit(0))
// Ctrl+C in a terminal reaches every process of the command; the engine says what is to be done.
process.on('SIGINT', () => undefined)
