import { X509Certificate } from 'node:crypto'
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls'
import type { Dispatcher } from 'undici'
import { TwinlensError } from '../../../shared/errors.ts'
import { undici } from '../late-packages.ts'
import { isLoopback } from './exposure.ts'
import type { ServerAccess } from './inference-client.ts'
import type { ServerAddress } from './server-address.ts'

const connectTimeoutMs = 5000
/** Idle connections are given up before uvicorn's 5 seconds: a request must not meet a socket that is just being closed. */
const keepAliveMs = 4000
/** Silence in the middle of an answer. The whole exchange has a time limit of its own. */
const bodyStallMs = 20_000
/** More than are ever under way: requests wait in the caller's window, not in an unseen queue. */
const connectionLimit = 128

/**
 * Sockets for one address: kept alive, one request at a time on each, as many as there are requests under way. undici turns
 * Nagle's delay off. HTTP_PROXY, HTTPS_PROXY and NO_PROXY are followed, never for this machine's own addresses.
 *
 * @throws TwinlensError `invalid-request` for a proxy setting or a certificate that can't be read
 */
export function openDispatcher(address: ServerAddress, certificate: string | null): Dispatcher {
  const secureContext = address.secure ? contextFor(certificate) : undefined
  const tls = secureContext === undefined ? {} : { secureContext }
  const options = {
    connections: connectionLimit,
    pipelining: 1,
    allowH2: false,
    connectTimeout: connectTimeoutMs,
    keepAliveTimeout: keepAliveMs,
    headersTimeout: 0,
    bodyTimeout: bodyStallMs,
    connect: { ...tls, timeout: connectTimeoutMs },
  }
  if (!usesProxy(address)) return new (undici().Pool)(originOf(address), options)
  try {
    return new (undici().EnvHttpProxyAgent)({ ...options, requestTls: tls })
  } catch (error) {
    throw new TwinlensError(
      'invalid-request',
      'The proxy in HTTP_PROXY or HTTPS_PROXY is not an address that can be used. Correct it, or list the server in NO_PROXY.',
      { cause: error },
    )
  }
}

/** `http(s)://host:port`, without the path. */
export function originOf({ url, path }: ServerAddress): string {
  return url.slice(0, url.length - path.length)
}

/** Whether a proxy may be in between, as far as the environment tells. */
export function usesProxy({ host }: Pick<ServerAddress, 'host'>): boolean {
  const { env } = process
  const named = [env['http_proxy'], env['HTTP_PROXY'], env['https_proxy'], env['HTTPS_PROXY']]
  return !isLoopback(host) && named.some((proxy) => proxy !== undefined && proxy !== '')
}

const contexts = new Map<string, SecureContext>()

/** Made once for each certificate: reading a few hundred authorities for every connection would cost tens of milliseconds. */
export function contextFor(certificate: string | null): SecureContext {
  const known = contexts.get(certificate ?? '')
  if (known !== undefined) return known
  try {
    const own = certificate === null ? [] : certificatesIn(certificate)
    const context = createSecureContext({ ca: [...own, ...trustedAuthorities()] })
    contexts.set(certificate ?? '', context)
    return context
  } catch (error) {
    throw new TwinlensError('invalid-request', 'The certificate entered for the server is not one in PEM form.', {
      cause: error,
    })
  }
}

/** OpenSSL passes over what it can't read without a word, so each is read here first. */
function certificatesIn(pem: string): string[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? []
  if (blocks.length === 0) throw new TypeError('There is no certificate in it.')
  return blocks.map((block) => new X509Certificate(block).toString())
}

/** Node's list, and the operating system's, where companies put their own authority. */
function trustedAuthorities(): Set<string> {
  return new Set([...getCACertificates('default'), ...getCACertificates('system')])
}

/** Headers that describe the connection or the body are not the person's to set. */
const ownHeaders = new Set([
  'host',
  'connection',
  'content-length',
  'content-type',
  'transfer-encoding',
  'upgrade',
  'expect',
  'keep-alive',
  'te',
  'trailer',
  'accept-encoding',
  'inference-header-content-length',
])

/**
 * What goes along with every request. `identity`: Triton compresses otherwise, and counts its header's bytes uncompressed.
 *
 * @throws TwinlensError `invalid-request` for a header that can't be sent; its value is not told
 */
export function headersOf({ token, headers }: Pick<ServerAccess, 'token' | 'headers'>): Record<string, string> {
  const sent: Record<string, string> = { 'user-agent': 'twinlens', 'accept-encoding': 'identity' }
  for (const [name, value] of Object.entries(headers)) {
    const key = name.trim().toLowerCase()
    if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(key))
      throw invalidHeader(name, 'its name has characters that no header may have')
    if (ownHeaders.has(key)) throw invalidHeader(name, 'Twinlens sets it itself')
    if (!isHeaderValue(value)) throw invalidHeader(name, 'its value has characters that no header may have')
    sent[key] = value
  }
  if (token !== null && token !== '') {
    if (!isHeaderValue(token)) throw invalidHeader('Authorization', 'the token has characters that no header may have')
    sent['authorization'] = `Bearer ${token}`
  }
  return sent
}

function isHeaderValue(value: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(value)
}

function invalidHeader(name: string, why: string): TwinlensError {
  return new TwinlensError('invalid-request', `The header “${name.slice(0, 40)}” can't be sent: ${why}.`)
}
