import { pictureBytes } from './normalise.ts'
import type { SessionSetup } from './onnx-messages.ts'
import { openSession } from './onnx-session.ts'

/**
 * What creating a session takes, and its first inference apart, milliseconds. For a process of its own that has done nothing before:
 * loading the library belongs to the process and is not counted. Computes on the calling thread ([Note: ONNX Runtime blocks]).
 *
 * @throws Error in ONNX Runtime's words
 */
export async function measureColdStart(setup: SessionSetup): Promise<{ createMs: number; firstMs: number }> {
  await import('onnxruntime-node')
  const begun = performance.now()
  const session = await openSession(setup)
  const created = performance.now()
  await session.embed(new Uint8Array(pictureBytes(setup.preprocessing)).fill(128), 1)
  return { createMs: created - begun, firstMs: performance.now() - created }
}
