import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer as createHttp } from 'node:http'
import { createServer as createHttp2, createSecureServer as createSecureHttp2 } from 'node:http2'
import { createServer as createHttps } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import type { ServerKind } from '../../../shared/contract/servers.ts'
import { openConnection } from './open-connection.ts'

// Real: TLS and plain servers of HTTP and HTTP/2 on this machine, the connections of all kinds.

const certificates = join(import.meta.dirname, '../../../../test/fixtures/certificates')
const pair = {
  key: readFileSync(join(certificates, 'server.key')),
  cert: readFileSync(join(certificates, 'server.pem')),
}
const cleanUps: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

async function portOf(server: Server): Promise<number> {
  server.on('sessionError', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanUps.push(() => void server.close())
  return (server.address() as AddressInfo).port
}

async function problemAt(kind: ServerKind, url: string): Promise<string | undefined> {
  const connection = openConnection({ kind, url, token: null, headers: {}, certificate: null, metricsUrl: null })
  cleanUps.push(() => connection.close())
  const { problem, reachable } = await connection.inspect()
  expect(reachable).toBe(false)
  expect(problem?.code).toBe('server-unreachable')
  return problem?.message
}

test.each(['pytorch', 'triton'] as const)(
  '%s: https asked of a plain port says so, and http of a TLS port',
  async (kind) => {
    const plain = await portOf(createHttp((_, response) => response.writeHead(404).end()))
    expect(await problemAt(kind, `https://127.0.0.1:${plain}`)).toContain(`Enter http://127.0.0.1:${plain} instead`)
    const secured = await portOf(createHttps(pair))
    expect(await problemAt(kind, `http://127.0.0.1:${secured}`)).toContain(`Enter https://127.0.0.1:${secured} instead`)
  },
)

test('gRPC: grpcs asked of a plain port says so, and grpc of a TLS port', async () => {
  const plain = await portOf(createHttp2())
  expect(await problemAt('triton', `grpcs://127.0.0.1:${plain}`)).toContain(`Enter grpc://127.0.0.1:${plain} instead`)
  const secured = await portOf(createSecureHttp2(pair))
  expect(await problemAt('triton', `grpc://127.0.0.1:${secured}`)).toContain(
    `Enter grpcs://127.0.0.1:${secured} instead`,
  )
})

test('where nothing listens, and where a certificate is not trusted, that is what is told', async () => {
  const secured = await portOf(createHttps(pair))
  expect(await problemAt('pytorch', `https://127.0.0.1:${secured}`)).toMatch(/certificate/)
  const server = createHttp()
  const gone = await portOf(server)
  server.close()
  expect(await problemAt('pytorch', `http://127.0.0.1:${gone}`)).toMatch(/nothing listens there/)
})
