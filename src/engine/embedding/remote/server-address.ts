import { isIPv6 } from 'node:net'
import type { ServerKind, Transport } from '../../../shared/contract/servers.ts'
import { TwinlensError } from '../../../shared/errors.ts'

export interface ServerAddress {
  /** `http(s)://host:port[/path]` or `grpc(s)://host:port`: always with the port, never with a slash at its end. Safe to show. */
  url: string
  transport: Transport
  /** TLS. */
  secure: boolean
  /** Without brackets, lower case. */
  host: string
  port: number
  /** Begins with a slash, or is empty. */
  path: string
}

const defaultPorts = { pytorch: 8002, tritonHttp: 8003, tritonGrpc: 8004 }
const schemes = new Set(['http', 'https', 'grpc', 'grpcs'])

/**
 * Reads an address as a person types it: `host`, `host:8003`, `[::1]:8003`, `https://host/path`, `grpc://host`. Where the scheme is
 * left out it is http, for Triton's port 8004 grpc. Where the port is left out it is 443 behind https and grpcs, else the
 * server's usual one: 8002 for PyTorch, 8003 for Triton's HTTP, 8004 for its gRPC.
 *
 * @throws TwinlensError `invalid-request`: what is wrong with it; a password in it is not repeated
 */
export function parseServerAddress(text: string, kind: ServerKind): ServerAddress {
  const entered = text.trim()
  const { scheme, rest } = splitScheme(entered)
  if (/^[^/?#]*@/.test(rest)) {
    throw invalid('An address must not hold a user name or password. Leave them out and enter a token instead.')
  }
  if (entered.length === 0) throw invalid('Enter the address of the server, such as 192.168.1.20:8003.')
  if (/[\s?#\\]/.test(rest)) throw invalid(`“${shown(entered)}” is not an address: no spaces, “?” or “#” may be in it.`)
  const slash = rest.indexOf('/')
  const authority = slash < 0 ? rest : rest.slice(0, slash)
  const path = slash < 0 ? '' : rest.slice(slash).replace(/\/+$/, '')
  const { hostText, portText } = splitPort(authority, entered)
  const effective = scheme ?? (kind === 'triton' && portText === String(defaultPorts.tritonGrpc) ? 'grpc' : 'http')
  const transport: Transport = effective.startsWith('grpc') ? 'grpc' : 'http'
  if (transport === 'grpc' && kind === 'pytorch')
    throw invalid('A PyTorch server is reached over http or https, not gRPC.')
  if (transport === 'grpc' && path !== '') throw invalid('A gRPC address has a host and a port, and no path.')
  const secure = effective.endsWith('s')
  const host = canonicalHost(hostText, entered)
  const port = portText === null ? defaultPort(kind, transport, secure) : portNumber(portText, entered)
  const shownHost = isIPv6(host) ? `[${host}]` : host
  const url = `${effective}://${shownHost}:${port}${canonicalPath(path, entered)}`
  return { url, transport, secure, host, port, path: canonicalPath(path, entered) }
}

function splitScheme(entered: string): { scheme: string | null; rest: string } {
  const found = /^([a-z][a-z0-9+.-]*):\/\//i.exec(entered)
  if (found === null) return { scheme: null, rest: entered }
  const scheme = (found[1] ?? '').toLowerCase()
  if (!schemes.has(scheme))
    throw invalid(`An address begins with http, https, grpc or grpcs, not with “${shown(scheme)}”.`)
  return { scheme, rest: entered.slice(found[0].length) }
}

function splitPort(authority: string, entered: string): { hostText: string; portText: string | null } {
  if (isIPv6(authority)) return { hostText: `[${authority}]`, portText: null }
  const found = /^(\[[^\]]*\]|[^:[\]]+)(?::(\d+))?$/.exec(authority)
  if (found === null)
    throw invalid(`“${shown(entered)}” is not an address. It looks like 192.168.1.20:8003 or https://host.`)
  return { hostText: found[1] ?? '', portText: found[2] ?? null }
}

/** As the URL standard writes it: lower case, Punycode, numbers of IPv4 in full. */
function canonicalHost(hostText: string, entered: string): string {
  try {
    const host = new URL(`http://${hostText}`).hostname
    if (host !== '') return host.replace(/^\[(.*)\]$/, '$1')
  } catch {
    // Told below.
  }
  throw invalid(`“${shown(entered)}” has no name or number of a computer in it.`)
}

function canonicalPath(path: string, entered: string): string {
  try {
    return path === '' ? '' : new URL(`http://host${path}`).pathname.replace(/\/+$/, '')
  } catch {
    throw invalid(`“${shown(entered)}” is not an address.`)
  }
}

function portNumber(portText: string, entered: string): number {
  const port = Number(portText)
  if (port < 1 || port > 65_535) throw invalid(`The port of “${shown(entered)}” must be between 1 and 65535.`)
  return port
}

function defaultPort(kind: ServerKind, transport: Transport, secure: boolean): number {
  if (secure) return 443
  if (kind === 'pytorch') return defaultPorts.pytorch
  return transport === 'grpc' ? defaultPorts.tritonGrpc : defaultPorts.tritonHttp
}

function shown(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

function invalid(message: string): TwinlensError {
  return new TwinlensError('invalid-request', message)
}
