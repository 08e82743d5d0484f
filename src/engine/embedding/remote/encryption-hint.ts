import { once } from 'node:events'
import { connect as connectPlainly, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { TwinlensError, type ErrorCode } from '../../../shared/errors.ts'
import { usesProxy } from './http-dispatcher.ts'
import type { ServerAddress } from './server-address.ts'

/** For each of the two looks. */
const lookMs = 1500

/** What a server that is asked in the wrong way looks like: cut connections, answers that are none, a 400 of a proxy. */
const mayBeMistaken: ReadonlySet<ErrorCode> = new Set([
  'server-unreachable',
  'server-timeout',
  'server-nonsense',
  'server-refused',
  'server-failed',
])

/**
 * Why an address could not be asked, once more: where it was asked without TLS and speaks TLS, or the other way round, that is
 * the reason, and what to enter instead is told. Nothing of the person's is sent.
 *
 * @returns `error`, or a better one of code `server-unreachable`
 */
export async function withEncryptionHint(error: TwinlensError, address: ServerAddress): Promise<TwinlensError> {
  if (!mayBeMistaken.has(error.code) || usesProxy(address)) return error
  const { url, secure, transport } = address
  const speaksTls = await opens(address, true)
  if (!secure && speaksTls) {
    const instead = url.replace(/^(http|grpc):/, '$1s:')
    return hint(`${url} expects an encrypted connection. Enter ${instead} instead.`, error)
  }
  if (secure && !speaksTls && (await opens(address, false))) {
    const instead = url.replace(/^(http|grpc)s:/, '$1:')
    const what = transport === 'grpc' ? 'gRPC' : 'HTTP'
    return hint(
      `${url} does not encrypt: ${what} without TLS answers there. Enter ${instead} instead, or set up TLS on the server.`,
      error,
    )
  }
  return error
}

function hint(message: string, cause: TwinlensError): TwinlensError {
  return new TwinlensError('server-unreachable', message, { cause })
}

/** The beginning of HTTP/2 (RFC 9113, section 3.4) with empty settings. */
const http2Preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0', 'latin1')

/** Whether a TLS handshake succeeds (whoever signed the certificate), or HTTP is answered without one. */
async function opens({ host, port, transport }: ServerAddress, tls: boolean): Promise<boolean> {
  const socket: Socket = tls
    ? connectTls({ host, port, rejectUnauthorized: false, ...(isIP(host) ? {} : { servername: host }) })
    : connectPlainly({ host, port })
  socket.on('error', () => undefined)
  const signal = AbortSignal.timeout(lookMs)
  try {
    await once(socket, tls ? 'secureConnect' : 'connect', { signal })
    if (tls) return true
    socket.write(transport === 'grpc' ? http2Preface : `GET / HTTP/1.0\r\nHost: ${host}\r\n\r\n`)
    const [first] = (await once(socket, 'data', { signal })) as [Buffer]
    return transport === 'grpc' ? first[3] === 4 : first.toString('latin1').startsWith('HTTP/')
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
