import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttp2, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { InputOffer, ServerKind } from '../../shared/contract/servers.ts'
import type { Preprocessing } from '../../shared/contract/photo.ts'
import { nullAnswers, type NullAnswers } from './null-answers.ts'

/** What the null server stands in for. */
export interface NullServerTask {
  kind: ServerKind
  offer: InputOffer
  preprocessing: Preprocessing
}

export type NullServerReply = { port: number }

/**
 * [Note: The null server]
 * Reads a request to its end and answers at once with one vector made beforehand: what the load generator reaches against it is the
 * most that the generator can do, on this machine, in this format. Both share the machine's cores, so the figure errs on the low
 * side. It runs in a process of its own and listens on this machine only.
 */
function serveHttp(answers: NullAnswers): Promise<number> {
  const server = createHttp((request: IncomingMessage, response: ServerResponse) => {
    request.on('end', () => {
      const answer = answers.http(request.method ?? 'GET', request.url ?? '/')
      response.writeHead(answer.status, { ...answer.headers, 'content-length': answer.body.length })
      response.end(answer.body)
    })
    request.resume()
  })
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)))
}

/** gRPC's status code. */
const unimplemented = '12'

function serveGrpc(answers: NullAnswers): Promise<number> {
  const server = createHttp2({ settings: { initialWindowSize: 16 * 1024 * 1024, maxConcurrentStreams: 1024 } })
  server.on('session', (session) => session.setLocalWindowSize(64 * 1024 * 1024))
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    const answer = answers.grpc(headers[':path'] ?? '')
    stream.on('error', () => undefined)
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': answer === null ? unimplemented : '0' }))
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
    stream.on('end', () => stream.end(answer ?? undefined))
    stream.resume()
  })
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)))
}

process.once('message', (message) => {
  const task = message as NullServerTask
  const answers = nullAnswers(task)
  const serving = task.offer.transport === 'grpc' ? serveGrpc(answers) : serveHttp(answers)
  serving.then((port) => process.send?.({ port } satisfies NullServerReply)).catch(() => process.exit(1))
})
// Nothing may outlive the engine.
process.on('disconnect', () => process.exit(0))
// Ctrl+C in a terminal reaches every process of the command; the engine says what is to be done.
process.on('SIGINT', () => undefined)
