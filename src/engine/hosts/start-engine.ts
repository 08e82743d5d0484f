import { dirname } from 'node:path'
import { keepCompiledCode } from './compiled-code.ts'
import type { StartEngine } from './engine-options.ts'

/** Loads the engine and starts it; the host listens meanwhile. */
export const startEngine: StartEngine = async (options) => {
  keepCompiledCode(dirname(options.catalogDir))
  const { createEngine } = await import('../engine.ts')
  return createEngine(options)
}
