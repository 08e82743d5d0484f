import type { Port } from '../../../shared/rpc/frames.ts'

/**
 * The page's end of the engine's MessagePort. Older Chromiums do not say when the other end is gone, so whoever learns that
 * the engine was replaced calls `close`, which counts as a loss and ends every open call with `engine-lost`.
 */
export function pagePort(channel: MessagePort): Port {
  const closeListeners: (() => void)[] = []
  let closed = false
  const end = (): void => {
    if (closed) return
    closed = true
    channel.close()
    for (const listener of closeListeners) listener()
  }
  channel.addEventListener('close', end)
  return {
    post: (frame) => {
      if (!closed) channel.postMessage(frame)
    },
    listen: (onMessage) => {
      channel.addEventListener('message', (event: MessageEvent<unknown>) => onMessage(event.data))
      channel.start()
    },
    onClose: (listener) => closeListeners.push(listener),
    close: end,
  }
}

const portMessage = 'twinlens:engine-port'

/** Calls back with each engine port that the preload script hands over: the first, and one more after each restart. */
export function onEnginePort(callback: (channel: MessagePort) => void): () => void {
  const listener = (event: MessageEvent<unknown>): void => {
    if (event.source !== window) return
    const message = event.data
    if (typeof message !== 'object' || message === null || !('type' in message) || message.type !== portMessage) return
    const channel = event.ports[0]
    if (channel) callback(channel)
  }
  window.addEventListener('message', listener)
  return () => window.removeEventListener('message', listener)
}
