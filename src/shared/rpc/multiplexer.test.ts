import { expect, test } from 'vitest'
import type { Frame, Port } from './frames.ts'
import { createMultiplexer, joinPorts, type ChannelMessage, type PortRole } from './multiplexer.ts'

const frame = (id: number): Frame => ({ kind: 'cancel', id })

/** Two ends of one stream, in memory. */
function connect() {
  const opened: { role: PortRole; port: Port }[] = []
  const toServer: ChannelMessage[] = []
  const server = createMultiplexer(
    (message) => client.receive(message),
    (role, port) => opened.push({ role, port }),
  )
  const client = createMultiplexer((message) => {
    toServer.push(message)
    server.receive(message)
  })
  return { client, server, opened, toServer }
}

function record(port: Port) {
  const seen: unknown[] = []
  let closed = 0
  port.listen((message) => seen.push(message))
  port.onClose(() => closed++)
  return { seen, closed: () => closed }
}

test('ports share a stream without mixing, and what came before listening waits in order', () => {
  const { client, opened } = connect()
  const page = client.open('page')
  const host = client.open('host')
  page.post(frame(1))
  host.post(frame(2))
  page.post(frame(3))
  expect(opened.map(({ role }) => role)).toEqual(['page', 'host'])
  const [first, second] = opened.map(({ port }) => record(port))
  expect(first?.seen).toEqual([frame(1), frame(3)])
  expect(second?.seen).toEqual([frame(2)])
})

test('closing one port tells its other end only; the end of the stream closes the rest', () => {
  const { client, server, opened } = connect()
  const page = client.open('page')
  client.open('host')
  const [first, second] = opened.map(({ port }) => record(port))
  page.close()
  expect([first?.closed(), second?.closed()]).toEqual([1, 0])
  server.end()
  expect([first?.closed(), second?.closed()]).toEqual([1, 1])
})

test('what is not a message of the stream, or names no open port, is ignored', () => {
  const { client, server, opened, toServer } = connect()
  client.open('page')
  const seen = record(opened[0]?.port as Port)
  for (const stranger of [
    null,
    'x',
    { kind: 'frame', channel: 1, frame: { kind: 'other' } },
    { kind: 'open', channel: 2, role: 'root' },
  ]) {
    server.receive(stranger)
  }
  server.receive({ kind: 'frame', channel: 99, frame: frame(1) })
  server.receive(toServer[0])
  expect(seen.seen).toEqual([])
  expect(opened).toHaveLength(1)
})

test('joined ports pass frames both ways, drop anything else and end together', () => {
  const left = connect()
  const right = connect()
  const outerLeft = left.client.open('page')
  const outerRight = right.client.open('page')
  joinPorts(left.opened[0]?.port as Port, right.opened[0]?.port as Port)
  const seenLeft = record(outerLeft)
  const seenRight = record(outerRight)
  outerLeft.post(frame(1))
  outerRight.post(frame(2))
  expect([seenLeft.seen, seenRight.seen]).toEqual([[frame(2)], [frame(1)]])
  outerLeft.close()
  expect(seenRight.closed()).toBe(1)
})
