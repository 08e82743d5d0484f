import { parseArgs } from 'node:util'
import { TwinlensError } from '../../shared/errors.ts'
import type { Port } from '../../shared/rpc/frames.ts'

/** The engine as its hosts see it. */
export interface HostedEngine {
  connectPage(port: Port): void
  connectHost(port: Port): void
  close(): Promise<void>
}

export type StartEngine = (options: { catalogDir: string; resourcesDir: string }) => Promise<HostedEngine>

/** Reads `--catalog DIR --resources DIR`. Throws `invalid-request`. */
export function parseEngineOptions(args: readonly string[]): { catalogDir: string; resourcesDir: string } {
  const { values } = parseArgs({
    args: [...args],
    options: { catalog: { type: 'string' }, resources: { type: 'string' } },
    strict: false,
  })
  const { catalog, resources } = values
  if (typeof catalog !== 'string' || typeof resources !== 'string') {
    throw new TwinlensError('invalid-request', 'The engine needs --catalog DIR and --resources DIR.')
  }
  return { catalogDir: catalog, resourcesDir: resources }
}
