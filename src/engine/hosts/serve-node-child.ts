import { createMultiplexer } from '../../shared/rpc/multiplexer.ts'
import type { StartEngine } from './engine-options.ts'
import { hostEngine } from './host-engine.ts'

/**
 * Serves an engine in a plain Node child that was forked with `serialization: 'advanced'`; many ports share its one
 * message stream. The engine closes when the parent disconnects or is gone.
 */
export function serveNodeChild(startEngine: StartEngine): void {
  if (process.send === undefined) throw new Error('This file is started as a child process with a message stream.')
  const host = hostEngine(startEngine)
  const multiplexer = createMultiplexer(
    (message) => {
      // A message to a parent that has just gone is lost with it; without a callback the failure would end the engine
      // before it has closed its catalog.
      if (process.connected) process.send?.(message, undefined, {}, () => undefined)
    },
    (role, port) => host.connect(role, port),
  )
  process.on('message', (message) => multiplexer.receive(message))
  process.on('disconnect', () => {
    multiplexer.end()
    host.shutDown()
  })
}
