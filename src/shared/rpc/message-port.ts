import type { Port } from './frames.ts'

/** What Electron's MessagePortMain has, in the main process and in a utility process. */
export interface EventedMessagePort {
  on(event: 'message', listener: (event: { data: unknown }) => void): unknown
  on(event: 'close', listener: () => void): unknown
  postMessage(message: unknown): void
  start(): void
  close(): void
}

/** A Port over one end of a message channel. Nothing is lost before `listen`: the channel holds messages until then. */
export function portOverChannel(channel: EventedMessagePort): Port {
  const closeListeners: (() => void)[] = []
  let closed = false
  channel.on('close', () => {
    if (closed) return
    closed = true
    for (const listener of closeListeners) listener()
  })
  return {
    post: (frame) => {
      if (!closed) channel.postMessage(frame)
    },
    listen: (onMessage) => {
      channel.on('message', (event) => onMessage(event.data))
      channel.start()
    },
    onClose: (listener) => closeListeners.push(listener),
    close: () => channel.close(),
  }
}
