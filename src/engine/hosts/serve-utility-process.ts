import { z } from 'zod'
import { portOverChannel, type EventedMessagePort } from '../../shared/rpc/message-port.ts'
import { PortRole } from '../../shared/rpc/multiplexer.ts'
import type { StartEngine } from './engine-options.ts'
import { hostEngine } from './host-engine.ts'

/** Electron's `process.parentPort`; declared here because the engine does not import electron. */
interface ParentPort {
  on(event: 'message', listener: (event: { data: unknown; ports: EventedMessagePort[] }) => void): unknown
}

const HostMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('connect'), role: PortRole }),
  z.object({ type: z.literal('close') }),
])

function findParentPort(): ParentPort {
  const port: unknown = Reflect.get(process, 'parentPort')
  if (port) return port as ParentPort
  throw new Error('This file is started by Electron as a utility process.')
}

/** Serves an engine in an Electron utility process: each `connect` message brings one end of a message channel. */
export function serveUtilityProcess(startEngine: StartEngine): void {
  const parent = findParentPort()
  const host = hostEngine(startEngine)
  parent.on('message', ({ data, ports }) => {
    const message = HostMessage.safeParse(data)
    if (!message.success) return
    const [channel] = ports
    if (message.data.type === 'close') host.shutDown()
    else if (channel) host.connect(message.data.role, portOverChannel(channel))
  })
}
