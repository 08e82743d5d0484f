import { createServer, request as httpRequest, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { TwinlensError } from '../../shared/errors.ts'
import type { EncodedRequest } from '../embedding/remote/inference-client.ts'
import type { LoadPlan } from './load-plan.ts'
import { runLoad } from './load-run.ts'
import type { LoadOutcome } from './load-tally.ts'
import type { LoadTarget } from './load-target.ts'
import { nearestRank } from './load-windows.ts'

// Real: sockets, clocks, an HTTP server in this process with a known delay. The target below is the smallest client of it.

let server: Server | null = null

afterEach(() => {
  server?.closeAllConnections()
  server?.close()
  server = null
})

/** Answers after `delayMs`; between the two moments (since its first request) it answers nothing. */
async function serve(delayMs: number, stall?: { fromMs: number; toMs: number }): Promise<LoadTarget> {
  let firstMs: number | null = null
  server = createServer((incoming, answer) => {
    incoming.resume()
    const now = performance.now()
    firstMs ??= now
    const at = now - firstMs
    const held = stall !== undefined && at >= stall.fromMs && at < stall.toMs ? stall.toMs - at : 0
    setTimeout(() => answer.end('ok'), delayMs + held)
  })
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  return targetOf((server.address() as AddressInfo).port)
}

function targetOf(port: number): LoadTarget {
  return {
    servers: 1,
    prepare: () => Promise.reject(new Error('not used')),
    send: (_request, { signal }) =>
      new Promise((resolve, reject) => {
        const failed = (error: Error): void =>
          reject(new TwinlensError(signal?.aborted ? 'cancelled' : 'server-unreachable', error.message))
        const outgoing = httpRequest({ host: '127.0.0.1', port, method: 'POST', signal }, (answer) => {
          answer.resume()
          answer.on('error', failed)
          answer.on('end', () =>
            resolve({ requestBytes: 10, responseBytes: 2, firstByteMs: null, parseMs: 0, server: {} }),
          )
        })
        outgoing.on('error', failed)
        outgoing.end('x')
      }),
    close: () => Promise.resolve(),
  }
}

const requests: EncodedRequest[] = [{ count: 2, bodyBytes: 10, encodeMs: 1, body: null }]

function run(target: LoadTarget, plan: LoadPlan, signal = new AbortController().signal): Promise<LoadOutcome> {
  return runLoad(
    target,
    requests,
    plan,
    { timeoutMs: 5000, warmUp: 0, giveUpAfterTimeouts: 3 },
    signal,
    () => undefined,
  )
}

function percentile(samples: Float64Array, percent: number): number {
  return nearestRank(Array.from(samples.toSorted()), percent) ?? NaN
}

describe('a server that stalls for a second', () => {
  const stall = { fromMs: 1000, toMs: 2000 }

  test('shows in the tail of the open loop, as wide as it was', async () => {
    const plan = { kind: 'open', ratePerSecond: 100, durationMs: 4000, seed: 7, maxInFlight: 1000 } as const
    const outcome = await run(await serve(20, stall), plan)
    // A quarter of the time was stalled: those due then waited between 0 and 1,000 ms, evenly.
    const { samples } = outcome.latency
    expect(samples.length).toBeGreaterThan(340)
    expect(outcome.successful).toBe(samples.length)
    const held = samples.filter((ms) => ms > 70).length / samples.length
    expect(held).toBeGreaterThan(0.17)
    expect(held).toBeLessThan(0.5)
    expect(percentile(samples, 50)).toBeLessThan(45)
    expect(percentile(samples, 90)).toBeGreaterThan(400)
    expect(percentile(samples, 99)).toBeGreaterThan(850)
    expect(Math.max(...samples)).toBeLessThan(1150)
    expect(outcome.lateness?.meanMs).toBeLessThan(30)
  })

  test('counts from the moment a request was due even when there was no room to send it', async () => {
    const plan = { kind: 'open', ratePerSecond: 100, durationMs: 3000, seed: 7, maxInFlight: 4 } as const
    const outcome = await run(await serve(20, stall), plan)
    const service = outcome.service?.samples ?? new Float64Array()
    // Four were held at the server; some hundred more waited for them on this side, and their clocks ran.
    expect(service.filter((ms) => ms > 300).length).toBeLessThanOrEqual(4)
    expect(outcome.latency.samples.filter((ms) => ms > 300).length).toBeGreaterThan(50)
  })

  test('is all but invisible to a closed loop, which stops asking', async () => {
    const outcome = await run(await serve(20, stall), {
      kind: 'closed',
      concurrency: 1,
      requests: 120,
      limitMs: Infinity,
    })
    const { samples } = outcome.latency
    // The one that was held; a machine with other work may hold one more of its own.
    const held = samples.filter((ms) => ms > 300).length
    expect(held).toBeGreaterThanOrEqual(1)
    expect(held).toBeLessThanOrEqual(2)
    expect(percentile(samples, 95)).toBeLessThan(60)
  })
})

test('a closed loop keeps as many under way as it was told, and no more than the number of requests', async () => {
  const outcome = await run(await serve(50), { kind: 'closed', concurrency: 8, requests: 80, limitMs: Infinity })
  expect(outcome.successful).toBe(80)
  expect(outcome.images).toBe(160)
  expect(outcome.wallMs).toBeGreaterThan(495)
  expect(outcome.wallMs).toBeLessThan(900)
  expect(percentile(outcome.latency.samples, 50)).toBeGreaterThan(49)
})

test('windows of an even server agree, and the figures are those of the last three', async () => {
  const plan = {
    kind: 'steady',
    concurrency: 8,
    windowMs: 400,
    minPerWindow: 24,
    maxWindows: 20,
    maxMs: 12_000,
  } as const
  const outcome = await run(await serve(100), plan)
  expect(outcome.steady).toBe(true)
  const last = outcome.windows.slice(-3)
  expect(outcome.successful).toBe(last.reduce((sum, window) => sum + window.requests, 0))
  expect(outcome.successful / (outcome.wallMs / 1000)).toBeGreaterThan(8 * 7)
  expect(outcome.successful / (outcome.wallMs / 1000)).toBeLessThan(8 * 10.1)
})

test('a server that is gone ends a run by windows after the first, with the reason', async () => {
  const target = await serve(1)
  server?.close()
  const begun = performance.now()
  const plan = { kind: 'steady', concurrency: 4, windowMs: 200, minPerWindow: 20, maxWindows: 10, maxMs: 9000 } as const
  const outcome = await run(target, plan)
  expect(performance.now() - begun).toBeLessThan(2000)
  expect(outcome.successful).toBe(0)
  expect(outcome.failures[0]?.code).toBe('server-unreachable')
})

test('a stop keeps what was answered, drops what was under way, and comes at once', async () => {
  const stop = new AbortController()
  const running = run(
    await serve(40),
    { kind: 'closed', concurrency: 2, requests: 10_000, limitMs: Infinity },
    stop.signal,
  )
  setTimeout(() => stop.abort(), 500)
  const outcome = await running
  expect(outcome.stopped).toBe(true)
  expect(outcome.failures).toEqual([])
  expect(outcome.successful).toBeGreaterThan(10)
  expect(outcome.wallMs).toBeLessThan(700)
})

test('HDR buckets hold every sample within 0.1 %', async () => {
  const { latency } = await run(await serve(5), { kind: 'closed', concurrency: 4, requests: 60, limitMs: Infinity })
  expect(latency.buckets.reduce((sum, [, count]) => sum + count, 0)).toBe(60)
  const highest = Math.max(...latency.samples)
  const edge = latency.buckets.at(-1)?.[0] ?? 0
  expect(edge).toBeGreaterThanOrEqual(Math.round(highest * 1000) / 1000)
  expect(edge).toBeLessThan(highest * 1.002)
})
