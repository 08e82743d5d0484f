import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Pool } from 'undici'
import { afterEach, expect, test } from 'vitest'
import { InFlightLimit } from './in-flight-limit.ts'

/** Real: an HTTP server in this process, sockets, clocks. Its work is a delay. */
let server: Server
let pool: Pool

/** @param delayMs of a request, by how many are under way; null: 503 */
async function start(delayMs: (underWay: number) => number | null): Promise<void> {
  let underWay = 0
  server = createServer((request, response) => {
    underWay++
    request.resume()
    const wait = delayMs(underWay)
    setTimeout(() => {
      underWay--
      response.writeHead(wait === null ? 503 : 200).end()
    }, wait ?? 0)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  pool = new Pool(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { connections: 64 })
}

afterEach(async () => {
  await pool.destroy()
  server.close()
})

/** Keeps as many requests under way as the limit says, for so long. */
async function drive(limit: InFlightLimit, forMs: number): Promise<void> {
  const untilMs = performance.now() + forMs
  const underWay = new Set<Promise<void>>()
  do {
    while (limit.hasRoom && performance.now() < untilMs) {
      const run: Promise<void> = send(limit).finally(() => underWay.delete(run))
      underWay.add(run)
    }
    await Promise.race(underWay)
  } while (underWay.size > 0)
}

async function send(limit: InFlightLimit): Promise<void> {
  const ticket = limit.begin(performance.now())
  const { statusCode, body } = await pool.request({ method: 'GET', path: '/' })
  await body.dump()
  if (statusCode === 503) limit.overloaded(ticket, performance.now())
  else limit.succeed(ticket, 1, performance.now())
}

test('grows while more under way brings more', async () => {
  await start(() => 60)
  const limit = new InFlightLimit(64)
  await drive(limit, 3000)
  expect(limit.limit).toBeGreaterThanOrEqual(14)
  expect(limit.inFlight).toBe(0)
})

test('stays low at a server that works on one request at a time', async () => {
  let free = 0
  await start(() => {
    const now = performance.now()
    free = Math.max(now, free) + 10
    return free - now
  })
  const limit = new InFlightLimit(64)
  await drive(limit, 2500)
  expect(limit.limit).toBeLessThanOrEqual(12)
})

test('shrinks at once where the server has no room, and stays near what it takes', async () => {
  await start((underWay) => (underWay > 5 ? null : 10))
  const limit = new InFlightLimit(64, 40)
  await drive(limit, 1500)
  expect(limit.limit).toBeLessThanOrEqual(10)
})

test('of requests that were under way together only the first “no room” counts', () => {
  const limit = new InFlightLimit(64, 32)
  const tickets = Array.from({ length: 32 }, () => limit.begin(0))
  for (const ticket of tickets) limit.overloaded(ticket, 10)
  expect(limit.limit).toBe(16)
  expect(limit.inFlight).toBe(0)
})
