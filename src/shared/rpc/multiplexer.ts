import { z } from 'zod'
import { Frame, type Port } from './frames.ts'

/** Who sits at the other end of a port to the engine: the page, or the main process. */
export const PortRole = z.enum(['page', 'host'])
export type PortRole = z.infer<typeof PortRole>

/** Many ports over one stream of messages, for a child process that cannot be given message ports. */
export const ChannelMessage = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('open'), channel: z.number().int(), role: PortRole }),
  z.object({ kind: z.literal('frame'), channel: z.number().int(), frame: Frame }),
  z.object({ kind: z.literal('close'), channel: z.number().int() }),
])
export type ChannelMessage = z.infer<typeof ChannelMessage>

export interface Multiplexer {
  /** Opens a new port to the other end. */
  open(role: PortRole): Port
  /** Feeds a message from the stream; what does not parse is ignored. */
  receive(message: unknown): void
  /** The stream has ended: every port is closed. */
  end(): void
}

interface Channel {
  port: Port
  deliver(frame: Frame): void
  closed(): void
}

/**
 * One end of the stream. Only one end opens ports, so its numbers never clash.
 * @param send puts a message on the stream
 * @param onOpen called for each port that the other end opens; frames wait until its `listen`
 */
export function createMultiplexer(
  send: (message: ChannelMessage) => void,
  onOpen: (role: PortRole, port: Port) => void = () => undefined,
): Multiplexer {
  const channels = new Map<number, Channel>()
  let nextChannel = 1

  const create = (id: number): Channel => {
    const waiting: Frame[] = []
    const closeListeners: (() => void)[] = []
    let listener: ((message: unknown) => void) | null = null
    const channel: Channel = {
      deliver: (frame) => (listener === null ? waiting.push(frame) : listener(frame)),
      closed: () => {
        channels.delete(id)
        for (const onClose of closeListeners.splice(0)) onClose()
      },
      port: {
        post: (frame) => {
          if (channels.has(id)) send({ kind: 'frame', channel: id, frame })
        },
        listen: (onMessage) => {
          listener = onMessage
          for (const frame of waiting.splice(0)) onMessage(frame)
        },
        onClose: (onClose) => closeListeners.push(onClose),
        close: () => {
          if (!channels.has(id)) return
          send({ kind: 'close', channel: id })
          channel.closed()
        },
      },
    }
    channels.set(id, channel)
    return channel
  }

  return {
    open(role) {
      const id = nextChannel++
      const { port } = create(id)
      send({ kind: 'open', channel: id, role })
      return port
    },
    receive(message) {
      const parsed = ChannelMessage.safeParse(message)
      if (!parsed.success) return
      const { channel: id } = parsed.data
      if (parsed.data.kind === 'open') {
        if (!channels.has(id)) onOpen(parsed.data.role, create(id).port)
      } else if (parsed.data.kind === 'frame') channels.get(id)?.deliver(parsed.data.frame)
      else channels.get(id)?.closed()
    },
    end() {
      for (const channel of [...channels.values()]) channel.closed()
    },
  }
}

/** Joins two ports: what one hears the other says, and both end together. Anything but a frame is dropped. */
export function joinPorts(a: Port, b: Port): void {
  const forward = (from: Port, to: Port): void => {
    from.listen((message) => {
      const frame = Frame.safeParse(message)
      if (frame.success) to.post(frame.data)
    })
    from.onClose(() => to.close())
  }
  forward(a, b)
  forward(b, a)
}
