import { expect, test } from 'vitest'
import { z } from 'zod'
import { TwinlensError } from '../errors.ts'
import type { Frame, Port } from './frames.ts'
import { connectPeer } from './peer.ts'
import type { Handlers } from './server.ts'

// Both ends are real; between them messages are structured clones, as over any of the app's ports.

const calls = {
  double: { params: z.number(), result: z.number() },
  slow: { params: z.null(), result: z.string(), progress: z.number() },
  broken: { params: z.null(), result: z.number() },
  refused: { params: z.null(), result: z.null() },
} as const

function channel(): { left: Port; right: Port; sent: unknown[]; inject(frame: unknown): void } {
  const listeners: Record<'left' | 'right', ((message: unknown) => void)[]> = { left: [], right: [] }
  const closers: (() => void)[] = []
  const sent: unknown[] = []
  const end = (mine: 'left' | 'right', theirs: 'left' | 'right'): Port => ({
    post(frame: Frame) {
      sent.push(frame)
      const copy: unknown = structuredClone(frame)
      queueMicrotask(() => listeners[theirs].forEach((listen) => listen(copy)))
    },
    listen: (onMessage) => void listeners[mine].push(onMessage),
    onClose: (onClose) => void closers.push(onClose),
    close: () => closers.splice(0).forEach((close) => close()),
  })
  return {
    left: end('left', 'right'),
    right: end('right', 'left'),
    sent,
    inject: (frame) => listeners.right.forEach((listen) => listen(frame)),
  }
}

const handlers: Handlers<typeof calls> = {
  double: (value) => value * 2,
  slow: (_, { signal, report }) =>
    new Promise((resolve) => {
      report(1)
      signal.addEventListener('abort', () => resolve('stopped half-way'))
    }),
  broken: () => 'not a number' as unknown as number,
  refused: () => Promise.reject(new TwinlensError('busy', 'A scan is running.')),
}

function connect() {
  const wire = channel()
  connectPeer(wire.right, {}, { calls, handlers })
  return { ...wire, client: connectPeer(wire.left, calls) }
}

test('a call is answered; an error keeps its code; a reply that does not fit the contract is refused', async () => {
  const { client } = connect()
  expect(await client.call('double', 21)).toBe(42)
  await expect(client.call('refused', null)).rejects.toMatchObject({ code: 'busy', message: 'A scan is running.' })
  await expect(client.call('broken', null)).rejects.toMatchObject({ code: 'internal' })
})

test('parameters that do not parse, and unknown calls, are answered and never run', async () => {
  const { client, inject, sent } = connect()
  await expect(client.call('double', 'x' as unknown as number)).rejects.toMatchObject({ code: 'invalid-request' })
  inject({ kind: 'call', id: 900, name: '__proto__', params: null })
  inject({ kind: 'call', id: 901, name: 'toString', params: null })
  inject('nonsense')
  inject({ kind: 'call', id: 'x' })
  await new Promise((resolve) => setTimeout(resolve, 0))
  const answers = sent.filter((frame) => ['900', '901'].includes(String((frame as { id: number }).id)))
  expect(answers).toMatchObject([{ code: 'invalid-request' }, { code: 'invalid-request' }])
})

test('raising the signal rejects at once and reaches the other end; with awaitAnswer its report still comes', async () => {
  const { client } = connect()
  const stop = new AbortController()
  const seen: number[] = []
  const call = client.call('slow', null, { signal: stop.signal, onProgress: (value) => seen.push(value) })
  setTimeout(() => stop.abort(), 5)
  await expect(call).rejects.toMatchObject({ code: 'cancelled' })
  expect(seen).toEqual([1])
  const gentle = new AbortController()
  const awaited = client.call('slow', null, { signal: gentle.signal, awaitAnswer: true })
  setTimeout(() => gentle.abort(), 5)
  expect(await awaited).toBe('stopped half-way')
})

test('when the port closes, open and later calls end with engine-lost', async () => {
  const { client, left } = connect()
  const open = client.call('slow', null)
  left.close()
  await expect(open).rejects.toMatchObject({ code: 'engine-lost' })
  await expect(client.call('double', 1)).rejects.toMatchObject({ code: 'engine-lost' })
})
