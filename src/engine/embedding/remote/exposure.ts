import { BlockList, isIP } from 'node:net'
import type { Exposure } from '../../../shared/contract/servers.ts'
import type { ServerAddress } from './server-address.ts'

/** 127.0.0.0/8 and ::1 (RFC 1122, RFC 4291); 0.0.0.0 and :: connect to this machine as well. */
const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('0.0.0.0', 'ipv4')
loopback.addAddress('::1', 'ipv6')
loopback.addAddress('::', 'ipv6')

/** RFC 1918, link-local (RFC 3927, RFC 4291), shared address space (RFC 6598: VPNs use it), unique local (RFC 4193). */
const privateNetworks = new BlockList()
privateNetworks.addSubnet('10.0.0.0', 8, 'ipv4')
privateNetworks.addSubnet('172.16.0.0', 12, 'ipv4')
privateNetworks.addSubnet('192.168.0.0', 16, 'ipv4')
privateNetworks.addSubnet('169.254.0.0', 16, 'ipv4')
privateNetworks.addSubnet('100.64.0.0', 10, 'ipv4')
privateNetworks.addSubnet('fc00::', 7, 'ipv6')
privateNetworks.addSubnet('fe80::', 10, 'ipv6')

/** Names that only a local resolver answers: RFC 6762, RFC 8375, ICANN's `.internal`, and what routers commonly use. */
const localSuffixes = ['.local', '.home.arpa', '.internal', '.lan', '.home', '.localdomain']

function within(list: BlockList, host: string): boolean {
  const family = isIP(host)
  return family !== 0 && list.check(host, family === 6 ? 'ipv6' : 'ipv4')
}

/** Whether a host is this machine; decided by its name or number alone, nothing is looked up. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/\.$/, '')
  return name === 'localhost' || name.endsWith('.localhost') || within(loopback, host)
}

/**
 * How openly photos would travel to an address. It is judged by what was entered: a public-looking name that resolves to a
 * private number counts as public, which errs on the side of warning.
 */
export function exposureOf(address: Pick<ServerAddress, 'host' | 'secure'>): Exposure {
  const host = address.host.toLowerCase()
  if (isLoopback(host)) return 'this-machine'
  if (address.secure) return 'encrypted'
  const name = host.replace(/\.$/, '')
  const isLocalName = isIP(host) === 0 && (!name.includes('.') || localSuffixes.some((suffix) => name.endsWith(suffix)))
  return isLocalName || within(privateNetworks, host) ? 'private-network' : 'unencrypted'
}
