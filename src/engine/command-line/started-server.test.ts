import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createTcpServer, type AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import type { ServerAccess } from '../embedding/remote/inference-client.ts'
import { startServer } from './started-server.ts'

// Real: the system's shell, processes, sockets. The server is a few lines of Node with the documented /health.

const { signal } = new AbortController()

async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await once(server.close(), 'close')
  return port
}

const accessAt = (port: number): ServerAccess => ({
  kind: 'pytorch',
  url: `http://127.0.0.1:${port}`,
  token: null,
  headers: {},
  certificate: null,
  metricsUrl: null,
})

/** Answers after half a second; the shell stays between it and us, as a script would. */
const slowServer = (port: number): string => {
  const program = `setTimeout(() => require('http').createServer((q, r) => r.end('{"status":"ok"}')).listen(${port}, '127.0.0.1'), 500)`
  return `"${process.execPath}" -e "${program.replaceAll('"', '\\"')}"; true`
}

test('a server is started, its time to ready told, and everything of it ended', async () => {
  const port = await freePort()
  const { readyMs, stop } = await startServer(slowServer(port), accessAt(port), signal)
  expect(readyMs).toBeGreaterThan(500)
  expect((await fetch(`http://127.0.0.1:${port}/health`)).ok).toBe(true)
  await stop()
  await expect
    .poll(() =>
      fetch(`http://127.0.0.1:${port}/health`)
        .then(() => 'up')
        .catch(() => 'gone'),
    )
    .toBe('gone')
})

test('a command that ends, and an address where something answers already, are told', async () => {
  const port = await freePort()
  await expect(startServer('echo no such model >&2; exit 3', accessAt(port), signal)).rejects.toMatchObject({
    code: 'server-failed',
    message: expect.stringContaining('no such model') as string,
  })
  const server = createServer((_, response) => response.end('{"status":"ok"}')).listen(port, '127.0.0.1')
  await once(server, 'listening')
  await expect(startServer('exit 3', accessAt(port), signal)).rejects.toMatchObject({ code: 'invalid-request' })
  server.close()
  server.closeAllConnections()
})
