import type { CallMap } from '../contract/call-map.ts'
import { createClient, type Client } from './client.ts'
import { Frame, type Port } from './frames.ts'
import { createServer, type Handlers } from './server.ts'

const noCalls = {} as const satisfies CallMap

/**
 * Both directions over one port: answers `served` with `handlers` and calls what the other end serves. A message that is not
 * a frame is ignored: a stranger learns nothing from it.
 */
export function connectPeer<Out extends CallMap, In extends CallMap>(
  port: Port,
  outgoing: Out,
  served?: { calls: In; handlers: Handlers<In> },
): Client<Out> {
  const client = createClient(port, outgoing)
  const server = served ? createServer(port, served.calls, served.handlers) : createServer(port, noCalls, {})
  port.listen((message) => {
    const frame = Frame.safeParse(message)
    if (!frame.success) return
    if (!client.receive(frame.data)) server.receive(frame.data)
  })
  return client
}
