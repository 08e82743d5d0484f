import type { MessagePortMain } from 'electron'
import type { Port } from '../shared/rpc/frames.ts'

export interface EngineOptions {
  /** Built file of the engine's host for this kind of process. */
  entry: string
  catalogDir: string
  resourcesDir: string
}

export interface EngineEnd {
  /** Null when a signal ended it, or it never started. */
  code: number | null
  /** The end of what it wrote to stderr. */
  lastWords: string
}

/** One running engine. There are two kinds, alike in everything that can be seen from here. */
export interface EngineProcess {
  /** A port of the main process's own. */
  connectHost(): Port
  /** One end of a channel to the engine, to be posted to the page. */
  connectPage(): MessagePortMain
  /** Called once, however the process ends. */
  onEnd(listener: (end: EngineEnd) => void): void
  /** Asks the engine to close; ends it by force when it does not. */
  stop(): Promise<void>
}

export type LaunchEngine = (options: EngineOptions) => EngineProcess

/** How long an engine may take to close before it is ended by force. */
export const stopLimitMs = 5_000

export function engineArguments({ catalogDir, resourcesDir }: EngineOptions): string[] {
  return ['--catalog', catalogDir, '--resources', resourcesDir]
}

/** The engine's environment: the person's own, without what would change how Node starts. */
export function engineEnvironment(): Record<string, string> {
  const changesNode = new Set(['NODE_OPTIONS', 'ELECTRON_RUN_AS_NODE'])
  // glibc's arenas would hold hundreds of megabytes of freed memory; see [Note: One malloc arena] in the engine's hosts.
  const memory = process.platform === 'linux' ? { MALLOC_ARENA_MAX: '1' } : {}
  return Object.fromEntries(
    Object.entries({ ...memory, ...process.env }).flatMap(([name, value]) =>
      value === undefined || changesNode.has(name) ? [] : [[name, value]],
    ),
  )
}

interface TextSource {
  on(event: 'data', listener: (chunk: Buffer) => void): unknown
}

/** Passes a stream on to this process's stderr and keeps its end, for the message when the engine cannot go on. */
export function keepLastWords(stream: TextSource | null): () => string {
  let text = ''
  stream?.on('data', (chunk) => {
    process.stderr.write(chunk)
    text = (text + chunk.toString('utf8')).slice(-2_000)
  })
  return () => text.trim()
}
